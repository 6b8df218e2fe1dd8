"""The report: short for the README, whole for RESULTS.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from . import contest, goals, memory, operations, scaling
from .contest import PYTORCH, Contestant, Result
from .memory import Peak
from .scaling import Line
from .tables import markdown

INTRODUCTION = """\
Each part says by which command it was written, and on what that ran; a run renews the parts that it measured and leaves
the others as they are. The workloads, the contestants' programs and the way of measuring are in this folder.
"""
ORDER = ("In short", "Steps", "Networks", "Memory", "As the work grows", "Operations alone")
"""The titles of the sections, as they follow one another."""


class Findings(NamedTuple):
    """What a run measured; what it left out is empty.

    Attributes:
        steps: the workloads' results, for each number of cores that the contestants might use.
    """

    command: str
    facts: dict[str, str]
    contestants: Sequence[Contestant]
    steps: dict[int, list[Result]]
    peaks: dict[str, dict[str, Peak]]
    lines: list[Line]
    operations: list[operations.Row]

    @property
    def names(self) -> list[str]:
        """The contestants that took part."""
        return [each.name for each in self.contestants if each.installed]


def cores_in_words(count: int) -> str:
    return "one core, with one thread" if count == 1 else f"{count} cores, with the threads that each library chooses"


def short(found: Findings) -> str:
    """A row of ratios for each workload, the means with more cores, and the goals."""
    parts = []
    if found.steps:
        parts.append(ratios(found.steps, found.names))
    if judged := goals.table(found.steps, found.peaks):
        parts.append(judged)
    return "\n".join(parts)


def ratios(measured: dict[int, list[Result]], names: list[str]) -> str:
    """A step's time as a ratio to PyTorch's, by workload and contestant, with the fewest cores; then the means."""
    peers = [name for name in names if name != PYTORCH.name]
    fewest, *more = measured

    def cell(result: Result, name: str) -> str:
        ratio = result.ratio(name, PYTORCH.name)
        return "–" if ratio is None else f"{ratio:.2f}"

    def means(results: list[Result]) -> list[str]:
        shared = ([x for r in results if (x := r.ratio(name, PYTORCH.name)) is not None] for name in peers)
        return [f"{contest.geometric_mean(values):.2f}" if values else "–" for values in shared]

    rows = [[result.workload.name, *(cell(result, name) for name in peers)] for result in measured[fewest]]
    if len(rows) > 1:
        rows.append(["geometric mean, of what each has", *means(measured[fewest])])
        rows += [[f"the same on {cores} cores", *means(measured[cores])] for cores in more]
    return markdown(["time of a step, PyTorch = 1", *peers], rows)


def written(before: str, found: Findings, plot: str) -> str:
    """The report `before`, in which the sections of what was measured are new."""
    kept = dict(section.partition("\n")[::2] for section in f"\n{before}".split("\n## ")[1:])
    renewed = {title: text.strip("\n") for title, text in {**kept, **sections(found, plot)}.items()}
    order = [*ORDER, *(title for title in kept if title not in ORDER)]
    parts = [f"## {title}\n\n{renewed[title]}\n" for title in order if title in renewed]
    return "\n".join([f"# Results\n\n{INTRODUCTION}", *parts])


def sections(found: Findings, plot: str) -> dict[str, str]:
    """The text of each section that the run has something for, by its title."""
    facts = markdown(["measured on", ""], [[name, fact] for name, fact in found.facts.items()])
    origin, made = f"```sh\n{found.command}\n```\n\n{facts}", {}
    if found.steps:
        made["In short"] = f"{origin}\n{short(found)}"
        made["Steps"] = steps(found)
    if found.peaks:
        made["Memory"] = f"{origin}\n{memory.EXPLANATION}\n{memory.table(found.peaks, found.names)}"
    if found.lines:
        picture = f"![The same as a plot]({plot})"
        table = scaling.table(found.lines, found.names)
        made["As the work grows"] = f"{origin}\n{scaling.EXPLANATION}\n{picture}\n\n{table}"
    if found.operations:
        without = bullets(f"{name}: {why}" for name, why in operations.WITHOUT.items())
        made["Operations alone"] = (
            f"{origin}\n{operations.EXPLANATION}\n{operations.table(found.operations)}\n"
            f"Primitives for which PyTorch has no like:\n\n{without}"
        )
    return made


def steps(found: Findings) -> str:
    """The steps' times in full."""
    text = contest.EXPLANATION
    for cores, results in found.steps.items():
        text += f"\nOn {cores_in_words(cores)}:\n\n{contest.table(results, found.names)}"
    together = [result for results in found.steps.values() for result in results]
    apart = max(together, key=lambda result: result.apart)
    text += f"\nThe largest difference of losses was {apart.apart:.1e} of the loss ({apart.workload.name}).\n"
    fewest = next(iter(found.steps.values()))
    text += f"\n{contest.FIRST_STEPS}\n{contest.first_steps(fewest, found.names)}"
    reasons: dict[str, list[str]] = {}
    for result in fewest:
        for name, reason in result.missing.items():
            reasons.setdefault(f"{name}: {reason}", []).append(result.workload.name)
    if reasons:
        text += "\nLeft out (–):\n\n" + bullets(f"{reason} ({'; '.join(of)})" for reason, of in reasons.items())
    return text


def bullets(lines: Iterable[str]) -> str:
    return "".join(f"- {line}\n" for line in lines)
