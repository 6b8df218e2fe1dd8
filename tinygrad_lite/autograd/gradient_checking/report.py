"""The report: what a check found, and how it is printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np

from ...core.primitive import Array
from ...insight.sites import Site
from ...runtime import notebook

# From the worst to the best. The worst verdict comes first in a report, and is the verdict of the whole.
FAILING = ("error", "shape", "missing", "non-finite", "nondeterministic", "wrong", "dtype")
PASSING = ("suspicious", "precision-limited", "kink", "vacuous", "right")
VERDICTS = FAILING + PASSING
LINES = 20


@dataclass(frozen=True)
class Element:
    """One element of a gradient, or (with an empty index) its projection in fast mode.

    Attributes:
        tensor, index: its place.
        analytic: the gradient by backward.
        numeric, uncertainty: the derivative by differences, and an estimate of its error.
        tolerance: the error allowed.
    """

    tensor: str
    index: tuple[int, ...]
    analytic: float
    numeric: float
    uncertainty: float
    tolerance: float

    @property
    def absolute_error(self) -> float:
        """|analytic - numeric|."""
        return abs(self.analytic - self.numeric)

    @property
    def relative_error(self) -> float:
        """The absolute error divided by the larger of both values."""
        largest = max(abs(self.analytic), abs(self.numeric))
        return self.absolute_error / largest if largest else 0.0

    def __str__(self) -> str:
        place = indexed(self.tensor, self.index)
        digits = 10 if self.relative_error < 1e-3 else 6
        both = f"{place}: backward {self.analytic:.{digits}g}, numeric {self.numeric:.{digits}g}"
        if not np.isfinite(self.absolute_error):
            return both
        error = f"error {self.absolute_error:.2g} (relative {self.relative_error:.2g})"
        return f"{both} ± {self.uncertainty:.1g}, {error}, tolerance {self.tolerance:.1g}"


def indexed(name: str, index: tuple[int, ...]) -> str:
    """The name of an element."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


@dataclass
class Entry:
    """The result of the check for one tensor. It is true if nothing is wrong.

    Attributes:
        name, shape, dtype: those of the tensor.
        verdict: one of `VERDICTS`.
        worst: its worst element, if elements were compared.
        failing, checked, total: the numbers of elements that are wrong, that were compared, and of all.
        detail: an explanation of the verdict, beside the numbers.
        hints: statements about the reason, taken from the numbers.
        analytic: the gradient by backward.
        places, numeric, uncertainty, bad: for the elements compared their flat indices, numeric derivatives and
            uncertainties, and whether they are wrong.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    verdict: str = "right"
    worst: Element | None = None
    failing: int = 0
    checked: int = 0
    total: int = 0
    detail: str = ""
    hints: list[str] = field(default_factory=list)
    analytic: Array | None = None
    places: Array | None = None
    numeric: Array | None = None
    uncertainty: Array | None = None
    bad: Array | None = None

    def __bool__(self) -> bool:
        return self.verdict in PASSING

    def line(self, width: int, detailed: bool = True, like_it: int = 0) -> str:
        """The entry in one line.

        Args:
            width: names are padded to it.
            detailed: whether the detail is part of it, which a line above it may have too.
            like_it: how many other entries the line stands for.
        """
        verdict = self.verdict if self and self.verdict != "suspicious" else self.verdict.upper()
        line = f"  {self.name:{width}}  {verdict:9}  {_shape(self.shape)}"
        if self.failing:
            line += f", {self.failing} of {self.checked} wrong" + (
                f" (of {self.total})" if self.checked < self.total else ""
            )
        elif self.worst is not None and self.verdict in ("right", "precision-limited", "suspicious"):
            line += f", largest error {self.worst.absolute_error:.1g} where {self.worst.uncertainty:.1g} is achievable"
        if like_it:
            line += f" and {like_it} other{'s' * (like_it > 1)}"
        if self.detail and detailed:
            line += f": {self.detail}"
        return line


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


@dataclass(frozen=True)
class Culprit:
    """The operation whose own derivative is wrong.

    Attributes:
        operation: its name.
        entry: what the check of this operation by itself found about the argument whose gradient is wrong.
        defined: the line where its backward is written, for a Function.
        called: the line that called it, if that is not gradcheck itself.
    """

    operation: str
    entry: Entry
    defined: Site | None = None
    called: Site | None = None


class Report:
    """The outcome of a check. It is true if nothing is wrong, and prints what was found in at most 20 lines.

    Attributes:
        subject: the name of the function that was checked.
        entries: an `Entry` for each tensor checked, by name.
        culprits: the operations whose own derivative is wrong, as far as they were found.
        remarks: other statements about the reason.
        combined: whether the function has several results, so that the numbers are those of a sum of them.
        jacobian_entry: the derivative of one result alone by the worst element, by backward and numerically, in words.
        failed_at_once: whether the function raised an error already in the first run, as it would without a check.
    """

    def __init__(self, subject: str, entries: list[Entry]) -> None:
        self.subject = subject
        self.entries = {entry.name: entry for entry in entries}
        self.culprits: list[Culprit] = []
        self.remarks: list[str] = []
        self.combined = False
        self.jacobian_entry = ""
        self.failed_at_once = False

    def __bool__(self) -> bool:
        return all(self.entries.values())

    @property
    def culprit(self) -> Culprit | None:
        """The first of the culprits, if there are any."""
        return self.culprits[0] if self.culprits else None

    @property
    def verdict(self) -> str:
        """The worst verdict of all tensors."""
        return min((entry.verdict for entry in self.entries.values()), key=VERDICTS.index, default="vacuous")

    @property
    def worst(self) -> Element | None:
        """The worst element of all tensors, if elements were compared."""
        elements = [e for e in self._sorted() if e.worst is not None]
        return elements[0].worst if elements else None

    @property
    def hints(self) -> list[str]:
        """Statements about the reason, taken from the numbers: of the culprit's own check, if there is a culprit."""
        several = len(self.culprits) > 1
        of_culprit = [(f"{c.operation}: " if several else "") + hint for c in self.culprits for hint in c.entry.hints]
        own = [f"{e.name}: {hint}" for e in self._sorted() for hint in e.hints]
        return list(dict.fromkeys([*of_culprit, *([] if of_culprit else own), *self.remarks]))

    def _sorted(self) -> list[Entry]:
        """The entries, the worst first."""

        def badness(entry: Entry) -> tuple[int, float]:
            excess = entry.worst.absolute_error / (entry.worst.tolerance or 1e-300) if entry.worst else 0.0
            return VERDICTS.index(entry.verdict), -excess if np.isfinite(excess) else 0.0

        return sorted(self.entries.values(), key=badness)

    def __str__(self) -> str:
        entries = self._sorted()
        wrong = sum(not entry for entry in entries)
        tensors = f"{len(entries)} tensor{'s' if len(entries) != 1 else ''}"
        head = f"gradcheck of {self.subject}: " + (
            f"FAILED for {wrong} of {tensors}" if wrong else f"passed for {tensors}"
        )
        doubtful = sum(entry.verdict == "suspicious" for entry in entries)
        if doubtful:
            head += f", SUSPICIOUS for {doubtful}: the error is inside the tolerance, but far above what is achievable"
        tail = self._explanation() if wrong or doubtful else [f"  note: {hint}" for hint in self.hints[:3]]
        room = LINES - 2 - len(tail)
        names = max((len(entry.name) for entry in entries), default=0)
        body, rest = self._rows(entries, room, min(names, 40))
        if rest:
            counts = {v: sum(e.verdict == v for e in rest) for v in VERDICTS}
            body.append("  and " + ", ".join(f"{n} more {v}" for v, n in counts.items() if n))
        return "\n".join(_clipped(line) for line in (head, *body, *tail))

    @staticmethod
    def _rows(entries: list[Entry], room: int, width: int) -> tuple[list[str], list[Entry]]:
        """A line for each entry, or for several that say the same, and the entries for which there is no room."""
        alike: dict[Any, list[Entry]] = {}
        for entry in entries:
            same = (entry.verdict, entry.detail) if entry.detail and not entry.failing else entry.name
            alike.setdefault(same, []).append(entry)
        groups, told, rows = list(alike.values()), set(), []
        for entry, *others in groups[:room]:
            rows.append(entry.line(width, entry.detail not in told, len(others)))
            told.add(entry.detail)
        return rows, [entry for group in groups[room:] for entry in group]

    def _explanation(self) -> list[str]:
        lines = []
        first = self._sorted()[0]
        if self.worst is not None and (not first or first.verdict == "suspicious"):
            lines.append(f"worst: {self.worst}")
            if self.combined and np.isfinite(self.worst.absolute_error):
                alone = f"; {self.jacobian_entry}" if self.jacobian_entry else ""
                lines.append(f"  (derivatives of the sum of all results, each times a random number{alone})")
        for culprit in self.culprits[:4]:
            by = "" if culprit.entry.verdict in ("error", "shape") else f", by its {culprit.entry.name}"
            lines.append(f"culprit: {culprit.operation}{by}")
            if culprit.defined is not None:
                lines.append(f"  defined at {culprit.defined}")
            if culprit.called is not None:
                lines.append(f"  called at {culprit.called}")
        if len(self.culprits) > 4:
            lines.append("and " + ", ".join(culprit.operation for culprit in self.culprits[4:]))
        told = {entry.detail for entry in self.entries.values()}
        hints = [hint for hint in self.hints if hint not in told][:5]
        return (lines + [line for hint in hints for line in f"hint: {hint}".split("\n")])[: LINES - 3]

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """The HTML that a notebook shows: a table of the tensors, and below it the explanation."""
        rows = []
        for entry in self._sorted():
            worst = "" if entry.worst is None else f"{entry.worst.absolute_error:.2g}"
            rows.append(
                (entry.name, entry.verdict, str(tuple(entry.shape)), f"{entry.failing} of {entry.checked}", worst)
            )
        heads = ("tensor", "verdict", "shape", "wrong", "largest error")
        tail = "\n".join(self._explanation()) if not self or self.verdict == "suspicious" else "\n".join(self.hints[:3])
        head = str(self).split("\n")[0]
        return notebook.table(heads, rows, head) + (f"<pre>{escape(tail)}</pre>" if tail else "")


def _clipped(line: str) -> str:
    """A line of at most 240 characters, with the place in brackets at its end."""
    line = " ".join(line.splitlines())
    place = line[line.rfind(" (") :] if line.endswith(")") else ""
    end = "..." + (place if len(place) < 100 else "")
    return line if len(line) <= 240 else line[: 240 - len(end)] + end
