"""The training steps of all contestants, in turns, and whether their losses agree."""

from __future__ import annotations

import contextlib
import importlib.util
import math
import statistics
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from .processes import FULL, Effort, Failed, Times, Worker, in_turns
from .step import Missing
from .tables import duration, markdown
from .workloads import Workload

EXPLANATION = """\
Each contestant runs in a process of its own, in turns, round by round; two processes one after the other, since
where one has its arrays in memory can make a fifth of a difference for as long as it lives. A cell is the median of
all rounds, and its ratio to PyTorch's. The variables of the environment that choose kernels or threads are cleared.
All begin with the same weights and data, and the run fails if their losses over 20 steps disagree: one by one with
dropout's p = 0, and their mean with its own.

`tinygrad_lite` is the eager library, and "tinygrad_lite compiled" the same script with `tl.compile` around the function
that takes a step; "tinygrad_lite numba" is that with `backend="numba"`. Where JAX wins against NumPy, it is by fusing
chains of elementwise operations into one pass over memory, with threads. Of the 1,000 adds it makes one loop over ten
numbers.
"""

FIRST_STEPS = """\
The first step of those who compile is not counted above. On the fewest cores it takes so long, with nothing on disk,
and in a second process, which finds the kernels of the first one where the backend keeps any:
"""


class Contestant(NamedTuple):
    """A name, the module that builds its steps, the package that this needs, and the function that does."""

    name: str
    module: str
    package: str
    function: str = "build"

    @property
    def maker(self) -> str:
        return f"{self.module}:{self.function}"

    @property
    def installed(self) -> bool:
        return importlib.util.find_spec(self.package) is not None


OURS = Contestant("tinygrad_lite", "benchmarks.contestants.ours", "tinygrad_lite")
COMPILED = Contestant("tinygrad_lite compiled", "benchmarks.contestants.ours", "tinygrad_lite", "compiled")
NUMBA = Contestant("tinygrad_lite numba", "benchmarks.contestants.ours", "numba", "machine_code")
PYTORCH = Contestant("PyTorch", "benchmarks.contestants.pytorch", "torch")
JAX = Contestant("JAX jit", "benchmarks.contestants.jax_jit", "jax")
NUMPY = Contestant("NumPy by hand", "benchmarks.contestants.numpy_by_hand", "numpy")
CONTESTANTS = [
    OURS,
    COMPILED,
    NUMBA,
    PYTORCH,
    JAX,
    NUMPY,
    Contestant("MyGrad", "benchmarks.contestants.mygrad_eager", "mygrad"),
    Contestant("HIPS autograd", "benchmarks.contestants.hips_autograd", "autograd"),
]


class Result(NamedTuple):
    """What one workload took.

    Attributes:
        times: of each contestant that has it.
        first: the seconds until the first step was done, compilation included: of a new process, and of another that
            finds on disk what that one left there.
        missing: why the others have it not.
        apart: the largest relative difference between a contestant's losses and the median of all.
    """

    workload: Workload
    times: dict[str, Times]
    first: dict[str, list[float]]
    missing: dict[str, str]
    apart: float

    def ratio(self, name: str, to: str) -> float | None:
        """A contestant's time as a ratio to another's."""
        return self.times[name].ratio(self.times[to]) if name in self.times and to in self.times else None


def measure(workload: Workload, contestants: Iterable[Contestant], effort: Effort = FULL, steps: int = 20) -> Result:
    """One workload, by every contestant that has it.

    The losses are compared first, and without chance: dropout layers have p = 0 for that. With it, their mean is.

    Raises:
        Failed: if the losses disagree.
    """
    contestants = list(contestants)
    missing = {each.name: "not installed" for each in contestants if not each.installed}
    first: dict[str, list[float]] = {}
    losses, means = {}, {}
    with tempfile.TemporaryDirectory() as empty:
        settings = {"TINYGRAD_LITE_CACHE": empty}  # no kernels from other days
        with started(contestants, settings) as workers:
            for name, worker in list(workers.items()):
                try:
                    first[name] = [worker.ask("build", [workload.certain().fields()])]
                    losses[name] = worker.ask("numbers", steps)
                    worker.ask("build", [workload.fields()])
                    means[name] = [statistics.fmean(worker.ask("numbers", steps))]
                except Missing as reason:
                    missing[name] = str(reason)
                    del workers[name]
            apart = agreement(workload.name, losses)
            agreement(f"{workload.name}, the mean of {steps} steps", means, close=0.1)
            times = in_turns(workers, effort)
        for start in range(1, effort.starts):
            with started((each for each in contestants if each.name in times), settings) as workers:
                for name, worker in workers.items():
                    seconds = worker.ask("build", [workload.fields()])
                    if start == 1:
                        first[name].append(seconds)
                for name, more in in_turns(workers, effort).items():
                    times[name].rounds.extend(more.rounds)
    return Result(workload, times, first, missing, apart)


@contextlib.contextmanager
def started(
    contestants: Iterable[Contestant], settings: Mapping[str, str] | None = None
) -> Iterator[dict[str, Worker]]:
    """A process for each contestant that is installed."""
    with contextlib.ExitStack() as stack:
        yield {
            each.name: stack.enter_context(Worker(each.maker, settings=settings))
            for each in contestants
            if each.installed
        }


def agreement(name: str, losses: dict[str, list[float]], close: float = 1e-4, far: float = 0.05) -> float:
    """The largest relative difference of the losses from the median contestant's.

    Rounding differs between libraries, and training amplifies it: where a ReLU's input is nearly 0 a unit may be on in
    one and off in another. So the first steps must be `close` and the later ones not `far`, which a wrong gradient
    is.

    Raises:
        Failed: if they differ by more.
    """
    worst = 0.0
    for step, values in enumerate(zip(*losses.values(), strict=True)):
        middle = statistics.median(values)
        apart = [abs(value - middle) / abs(middle) for value in values]
        if not all(each <= (close if step < 5 else far) for each in apart):  # which a NaN is not
            said = ", ".join(f"{name} {value:.7g}" for name, value in zip(losses, values, strict=True))
            raise Failed(f"{name}: at step {step + 1} the losses disagree: {said}")
        worst = max(worst, *apart)
    return worst


def table(results: list[Result], names: list[str]) -> str:
    """The time of a step, and its ratio to PyTorch's."""

    def cell(result: Result, name: str) -> str:
        if name not in result.times:
            return "–"
        times = result.times[name]
        ratio = None if name == PYTORCH.name else result.ratio(name, PYTORCH.name)
        return duration(times.median) + (f", {ratio:.2f}" if ratio else "")

    rows = [[result.workload.name, *(cell(result, name) for name in names)] for result in results]
    return markdown(["a step", *names], rows)


def first_steps(results: list[Result], names: list[str]) -> str:
    """How long those who compile take until the first step is done: in a new process, and in the next one."""
    shown = [name for name in (COMPILED.name, NUMBA.name, JAX.name) if name in names]
    rows = [
        [r.workload.name, *(", ".join(map(duration, r.first[n])) if n in r.first else "–" for n in shown)]
        for r in results
    ]
    return markdown(["until the first step is done: a new process, the next", *shown], rows)


def geometric_mean(values: Iterable[float]) -> float:
    return math.exp(statistics.fmean(map(math.log, values)))
