"""Peak memory: of the whole process, and of what a step keeps for its backward pass."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .contest import PYTORCH, Contestant
from .processes import Worker
from .step import Missing
from .tables import markdown
from .workloads import Workload

EXPLANATION = """\
Each figure is of a process of its own that takes three steps. The total is the largest resident size that the process
ever had, with its libraries, at the workload's batch. Activations are what grows with the batch: the difference of the
peaks of two processes, with a large batch and a quarter of it, divided by the difference in samples (of which the input
itself is a part, the same for all). The C library is told to give large arrays back at once
(MALLOC_MMAP_THRESHOLD_=131072); left to itself it keeps holes of tens of megabytes, which come and go by chance.
"""
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(128 * 1024)}


class Peak(NamedTuple):
    """MiB of the whole process, and KiB for each sample."""

    total: float
    activations: float


def batches(workload: Workload) -> tuple[int, int]:
    """A small batch and a large one, whose activations are tens of megabytes and more."""
    wide = any(name == "Linear" and sizes[1] >= 512 for name, *sizes in workload.layers)
    large = 8192 if wide else 32768
    return large // 4, large


def peak(workload: Workload, contestant: Contestant) -> float:
    """The peak of a process that takes some steps, in MiB."""
    with Worker(contestant.maker, settings=ALLOCATOR) as worker:
        worker.ask("build", [workload.fields()])
        worker.ask("run", 2)
        return float(worker.ask("memory", True))


def measure(workload: Workload, contestants: Iterable[Contestant]) -> dict[str, Peak]:
    """The peaks of every contestant that has the workload."""
    found = {}
    small, large = batches(workload)
    for each in contestants:
        if not each.installed:
            continue
        try:
            grown = peak(workload.sized(large), each) - peak(workload.sized(small), each)
            found[each.name] = Peak(peak(workload, each), grown * 1024 / (large - small))
        except Missing:
            continue
    return found


def distinct(workloads: Iterable[Workload]) -> list[Workload]:
    """Those whose memory grows with a batch, and each network once: the update rule has no part in activations."""
    kept: dict[tuple[object, ...], Workload] = {}
    for workload in workloads:
        if workload.kind in ("training", "evaluation"):
            kept.setdefault((workload.kind, workload.layers), workload)
    return list(kept.values())


def ratios(peaks: dict[str, dict[str, Peak]], of: str) -> dict[str, float]:
    """A contestant's activations as a ratio to PyTorch's, by workload."""
    both = {name: each for name, each in peaks.items() if of in each and PYTORCH.name in each}
    return {name: each[of].activations / each[PYTORCH.name].activations for name, each in both.items()}


def table(peaks: dict[str, dict[str, Peak]], names: list[str]) -> str:
    """KiB of activations for each sample with the ratio to PyTorch's, and MiB in total."""

    def cell(found: dict[str, Peak], name: str) -> str:
        if name not in found:
            return "–"
        ratio = found[name].activations / found[PYTORCH.name].activations if PYTORCH.name in found else None
        share = "" if ratio is None or name == PYTORCH.name else f" ({ratio:.2f})"
        return f"{found[name].activations:.2f} KiB{share}, {found[name].total:.0f} MiB"

    return markdown(
        ["activations of a sample (to PyTorch), total", *names],
        [[workload, *(cell(found, name) for name in names)] for workload, found in peaks.items()],
    )
