"""The measurements of a profiler: single events, their averages by name, and the table of them."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Shapes = list[list[int]]


@dataclass(eq=False)
class FunctionEvent:
    """One operation, or one block that was given a name: when it ran, and what ran inside it. Times are in µs."""

    id: int
    name: str
    start_us: float
    thread: int
    kind: str = "cpu_op"
    end_us: float = 0.0
    input_shapes: Shapes = field(default_factory=list)
    cpu_memory_usage: int = 0
    stack: list[str] = field(default_factory=list)
    cpu_parent: FunctionEvent | None = None
    cpu_children: list[FunctionEvent] = field(default_factory=list)
    count: int = 1
    trace_name: str = ""

    @property
    def key(self) -> str:
        """The name."""
        return self.name

    @property
    def cpu_time_total(self) -> float:
        """The time from the beginning to the end."""
        return self.end_us - self.start_us

    cpu_time = cpu_time_total

    @property
    def self_cpu_time_total(self) -> float:
        """The time without that of the events inside."""
        return self.cpu_time_total - sum(child.cpu_time_total for child in self.cpu_children)

    @property
    def self_cpu_memory_usage(self) -> int:
        """The bytes of results without those of what ran inside."""
        return self.cpu_memory_usage - sum(child.cpu_memory_usage for child in self.cpu_children)

    def __repr__(self) -> str:
        return (
            f"<FunctionEvent id={self.id} name={self.name} cpu_time={time_text(self.cpu_time_total)} "
            f"start_us={self.start_us:.3f} end_us={self.end_us:.3f} cpu_children={[c.id for c in self.cpu_children]} "
            f"thread={self.thread} input_shapes={self.input_shapes} cpu_memory_usage={self.cpu_memory_usage}>"
        )


@dataclass(eq=False)
class FunctionEventAvg:
    """The events of one name together. Times are in µs."""

    key: str
    count: int = 0
    cpu_time_total: float = 0.0
    self_cpu_time_total: float = 0.0
    cpu_memory_usage: int = 0
    self_cpu_memory_usage: int = 0
    input_shapes: str | Shapes = ""
    stack: list[str] = field(default_factory=list)

    @property
    def cpu_time(self) -> float:
        """The mean of the times."""
        return self.cpu_time_total / self.count if self.count else 0.0

    @property
    def cpu_time_str(self) -> str:
        """The mean of the times as a text."""
        return time_text(self.cpu_time)

    @property
    def cpu_time_total_str(self) -> str:
        """The sum of the times as a text."""
        return time_text(self.cpu_time_total)

    @property
    def self_cpu_time_total_str(self) -> str:
        """The sum without what ran inside as a text."""
        return time_text(self.self_cpu_time_total)

    def add(self, event: Any) -> FunctionEventAvg:
        """Take another event in."""
        self.count += event.count
        self.cpu_time_total += event.cpu_time_total
        self.self_cpu_time_total += event.self_cpu_time_total
        self.cpu_memory_usage += event.cpu_memory_usage
        self.self_cpu_memory_usage += event.self_cpu_memory_usage
        return self

    def __repr__(self) -> str:
        return (
            f"<FunctionEventAvg key={self.key} self_cpu_time={self.self_cpu_time_total_str} "
            f"cpu_time={self.cpu_time_str}  input_shapes={self.input_shapes} cpu_memory_usage={self.cpu_memory_usage}>"
        )


class EventList(list[Any]):
    """Events, or averages of them, which can be shown as a table and written as a trace."""

    def __init__(self, events: Iterable[Any] = (), profile_memory: bool = False, record_shapes: bool = False) -> None:
        super().__init__(events)
        self._profile_memory, self._record_shapes = profile_memory, record_shapes

    @property
    def self_cpu_time_total(self) -> float:
        """The time that was measured, each moment once."""
        return sum(event.self_cpu_time_total for event in self)

    def key_averages(
        self,
        group_by_input_shapes: bool = False,
        group_by_stack_n: int = 0,
        group_by_overload_name: bool = False,
    ) -> EventList:
        """The events of each name together; of each name and shapes, or of each name and line, if that is asked for."""
        groups: dict[Any, FunctionEventAvg] = {}
        for event in self:
            shapes = event.input_shapes if group_by_input_shapes else ""
            stack = event.stack[:group_by_stack_n]
            group = groups.get(key := (event.key, str(shapes), tuple(stack)))
            if group is None:
                group = groups[key] = FunctionEventAvg(event.key, input_shapes=shapes, stack=stack)
            group.add(event)
        return EventList(groups.values(), self._profile_memory, group_by_input_shapes)

    def total_average(self) -> FunctionEventAvg:
        """All events together."""
        total = FunctionEventAvg("Total")
        for event in self:
            total.add(event)
        return total

    def table(
        self,
        sort_by: str | None = None,
        row_limit: int = 100,
        max_src_column_width: int = 75,
        max_name_column_width: int = 55,
        max_shapes_column_width: int = 80,
        header: str | None = None,
        top_level_events_only: bool = False,
        time_unit: str | None = None,
    ) -> str:
        """The events as PyTorch's table.

        Args:
            sort_by: an attribute, such as `"cpu_time_total"` or `"count"`: the largest come first.
            row_limit: how many rows there are at most; -1 for all.
            max_src_column_width: the width of the column of lines.
            max_name_column_width: the width of the column of names.
            max_shapes_column_width: the width of the column of shapes.
            header: a title.
            top_level_events_only: leave out what ran inside others.
            time_unit: "s", "ms" or "us" for all times; by default what fits each.

        Raises:
            AttributeError: for another `sort_by`.
        """
        events: list[Any] = list(self)
        if not events:
            return ""
        if top_level_events_only:
            events = [event for event in events if getattr(event, "cpu_parent", None) is None]
        if sort_by is not None:
            events.sort(key=lambda event: getattr(event, sort_by), reverse=True)
        total = self.self_cpu_time_total
        columns = ["Name", "Self CPU %", "Self CPU", "CPU total %", "CPU total", "CPU time avg"]
        columns += ["CPU Mem", "Self CPU Mem"] if self._profile_memory else []
        columns.append("# of Calls")
        shapes = self._record_shapes and any(event.input_shapes for event in events)
        columns += ["Input Shapes"] if shapes else []
        sources = any(event.stack for event in events)
        columns += ["Source Location"] if sources else []
        rows = []
        for event in events if row_limit < 0 else events[:row_limit]:
            row = [
                _cut(event.key, max_name_column_width),
                _percent(event.self_cpu_time_total, total),
                time_text(event.self_cpu_time_total, time_unit),
                _percent(event.cpu_time_total, total),
                time_text(event.cpu_time_total, time_unit),
                time_text(event.cpu_time, time_unit),
            ]
            if self._profile_memory:
                row += [memory_text(event.cpu_memory_usage), memory_text(event.self_cpu_memory_usage)]
            row.append(str(event.count))
            row += [_cut(str(event.input_shapes), max_shapes_column_width)] if shapes else []
            row += [_cut("".join(event.stack[:1]), max_src_column_width)] if sources else []
            rows.append(row)
        widths = [max(12, len(title)) for title in columns]
        for i, title in enumerate(columns):
            if title in ("Name", "Input Shapes", "Source Location"):
                widths[i] = max(len(title), *(len(row[i]) for row in rows)) + (4 if title == "Name" else 0)
        line = "  ".join("-" * width for width in widths) + "  "
        text = [] if header is None else ["=" * len(line), header]
        text += [line, "  ".join(t.rjust(w) for t, w in zip(columns, widths, strict=True)) + "  ", line]
        text += ["  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)) + "  " for row in rows]
        return "\n".join([*text, line, f"Self CPU time total: {time_text(total, time_unit)}"]) + "\n"

    def export_chrome_trace(self, path: str | os.PathLike[str]) -> None:
        """Write the events as a trace for chrome://tracing and Perfetto; packed, if the name ends in .gz.

        Args:
            path: the file.
        """
        process = os.getpid()
        events = [
            {
                "ph": "X",
                "cat": event.kind,
                "name": event.trace_name or event.name,
                "pid": process,
                "tid": event.thread,
                "ts": round(event.start_us, 3),
                "dur": round(event.cpu_time_total, 3),
                "args": {"Input Dims": event.input_shapes} | ({"Call stack": event.stack} if event.stack else {}),
            }
            for event in self
        ]
        text = json.dumps({"schemaVersion": 1, "traceEvents": events, "displayTimeUnit": "ms"}).encode()
        Path(path).write_bytes(gzip.compress(text) if str(path).endswith(".gz") else text)

    def __str__(self) -> str:
        return self.table()


def time_text(us: float, unit: str | None = None) -> str:
    """A time in µs as PyTorch writes it: `12.345us`, `1.234ms`, `1.234s`."""
    unit = unit or ("s" if us >= 1e6 else "ms" if us >= 1e3 else "us")
    return f"{us / {'s': 1e6, 'ms': 1e3, 'us': 1.0}[unit]:.3f}{unit}"


def memory_text(count: int) -> str:
    """A number of bytes as PyTorch writes it."""
    for unit, size in (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
        if abs(count) >= size:
            return f"{count / size:.2f} {unit}"
    return f"{count} B"


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.2f}%" if whole else "NaN"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."
