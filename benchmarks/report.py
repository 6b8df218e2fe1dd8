"""The report: short for the README, whole for RESULTS.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from . import contest, goals, memory, operations, scaling
from .contest import JAX, PYTORCH, Contestant, Result
from .memory import Peak
from .scaling import Line
from .tables import duration, markdown

INTRODUCTION = """\
Written by the command below, in one run. The workloads, the contestants' programs and the way of measuring are in this
folder.
"""


class Findings(NamedTuple):
    """What a run measured; what it left out is empty."""

    command: str
    facts: dict[str, str]
    contestants: Sequence[Contestant]
    steps: list[Result]
    peaks: dict[str, dict[str, Peak]]
    lines: list[Line]
    operations: list[operations.Row]

    @property
    def names(self) -> list[str]:
        """The contestants that took part."""
        return [each.name for each in self.contestants if each.installed]


def short(found: Findings) -> str:
    """A row of ratios for each workload, and the goals."""
    parts = []
    if found.steps:
        parts.append(ratios(found.steps, found.names))
    if judged := goals.table(found.steps, found.peaks, found.names):
        parts.append(judged)
    return "\n".join(parts)


def ratios(results: list[Result], names: list[str]) -> str:
    """A step's time as a ratio to PyTorch's, by workload and contestant."""
    peers = [name for name in names if name != PYTORCH.name]

    def cell(result: Result, name: str) -> str:
        ratio = result.ratio(name, PYTORCH.name)
        return "–" if ratio is None else f"{ratio:.2f}"

    rows = [[result.workload.name, *(cell(result, name) for name in peers)] for result in results]
    shared = {name: [x for r in results if (x := r.ratio(name, PYTORCH.name)) is not None] for name in peers}
    if len(results) > 1:
        means = (f"{contest.geometric_mean(values):.2f}" if values else "–" for values in shared.values())
        rows.append(["geometric mean, of what each has", *means])
    return markdown(["time of a step, PyTorch = 1", *peers], rows)


def whole(found: Findings, plot: str) -> str:
    """All tables, with what they were measured on."""
    facts = markdown(["measured on", ""], [[name, fact] for name, fact in found.facts.items()])
    sections = [f"# Results\n\n{INTRODUCTION}\n```sh\n{found.command}\n```\n\n{facts}"]
    if found.steps:
        sections += [f"## In short\n\n{short(found)}", steps(found)]
    if found.peaks:
        sections.append(f"## Memory\n\n{memory.EXPLANATION}\n{memory.table(found.peaks, found.names)}")
    if found.lines:
        picture = f"![The same as a plot]({plot})"
        sections.append(
            f"## As the work grows\n\n{scaling.EXPLANATION}\n{picture}\n\n{scaling.table(found.lines, found.names)}"
        )
    if found.operations:
        without = bullets(f"{name}: {why}" for name, why in operations.WITHOUT.items())
        sections.append(
            f"## Operations alone\n\n{operations.EXPLANATION}\n{operations.table(found.operations)}\n"
            f"Primitives for which PyTorch has no like:\n\n{without}"
        )
    return "\n".join(sections)


def steps(found: Findings) -> str:
    """The steps' times in full."""
    text = f"## Steps\n\n{contest.EXPLANATION}\n{contest.table(found.steps, found.names)}\n"
    apart = max(found.steps, key=lambda result: result.apart)
    text += f"The largest difference of losses was {apart.apart:.1e} of the loss ({apart.workload.name}).\n"
    compiled = [f"{r.workload.name}: {duration(r.first[JAX.name])}" for r in found.steps if JAX.name in r.first]
    if compiled:
        text += f"\nJAX's first step, compilation included, is not counted. It took\n\n{bullets(compiled)}"
    reasons: dict[str, list[str]] = {}
    for result in found.steps:
        for name, reason in result.missing.items():
            reasons.setdefault(f"{name}: {reason}", []).append(result.workload.name)
    if reasons:
        text += "\nLeft out (–):\n\n" + bullets(f"{reason} ({'; '.join(of)})" for reason, of in reasons.items())
    return text


def bullets(lines: Iterable[str]) -> str:
    return "".join(f"- {line}\n" for line in lines)
