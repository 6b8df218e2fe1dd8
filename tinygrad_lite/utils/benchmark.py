"""Measure how long a statement takes: PyTorch's `torch.utils.benchmark`, on Python's `timeit`.

>>> from tinygrad_lite.utils.benchmark import Timer
>>> measured = Timer("x * x", globals={"x": 3.0}).timeit(1000)
>>> 0 < measured.median < 1, measured.number_per_run
(True, 1000)
"""

from __future__ import annotations

import dataclasses
import statistics
import timeit
from collections.abc import Callable
from typing import Any

__all__ = ["Measurement", "Timer"]


@dataclasses.dataclass
class Measurement:
    """Hold what a `Timer` has measured: `times` are the seconds of one run, with `median`, `mean` and `iqr`.

    Args:
        number_per_run: how often the statement was run in each measurement.
        raw_times: the seconds that each measurement took.
        title: what was measured.
        num_threads: on how many threads.

    Raises:
        statistics.StatisticsError: by `median` and the like, if there are no measurements.

    >>> Measurement(2, [2.0, 4.0, 9.0], "x + 1")
    x + 1
      Median: 2.00 s
      IQR:    1.75 s
      3 measurements, 2 runs per measurement, 1 thread
    """

    number_per_run: int
    raw_times: list[float]
    title: str = "stmt"
    num_threads: int = 1

    @property
    def times(self) -> list[float]:
        """The seconds that one run took, in each measurement."""
        return [time / self.number_per_run for time in self.raw_times]

    @property
    def median(self) -> float:
        """The median of the times."""
        return statistics.median(self.times)

    @property
    def mean(self) -> float:
        """The mean of the times."""
        return statistics.fmean(self.times)

    @property
    def iqr(self) -> float:
        """The distance between the first and the third quartile; 0 for a single measurement."""
        if len(self.raw_times) < 2:
            return 0.0
        first, _, third = statistics.quantiles(self.times, n=4, method="inclusive")
        return third - first

    def __repr__(self) -> str:
        unit, scale = next((u, s) for u, s in (("s", 1), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9)) if self._fits(s))
        count, threads = len(self.raw_times), f"{self.num_threads} thread{'s' * (self.num_threads > 1)}"
        median = f"{self.median / scale:.2f} {unit}"
        if count == 1:
            return f"{self.title}\n  {median}\n  1 measurement, {self.number_per_run} runs, {threads}"
        return (
            f"{self.title}\n  Median: {median}\n  IQR:    {self.iqr / scale:.2f} {unit}\n"
            f"  {count} measurements, {self.number_per_run} runs per measurement, {threads}"
        )

    def _fits(self, scale: float) -> bool:
        return self.median >= scale or scale == 1e-9


class Timer:
    """Measure how long a statement takes, as PyTorch's Timer of the same arguments does.

    Nothing of a GPU has to be waited for, and the number of threads is the BLAS library's affair: `num_threads` is
    only written beside the result.

    Args:
        stmt: the statement, a string, or a function without arguments.
        setup: what runs before each measurement.
        global_setup: accepted as PyTorch does; it is for statements in C++.
        timer: the clock.
        globals: the names that the statement knows.
        label, sub_label, description: what to write beside the result.
        env: accepted as PyTorch does, without effect.
        num_threads: what to write beside the result.
        language: `"python"`.

    Raises:
        ValueError: for another language.

    >>> Timer(lambda: None).timeit(10).number_per_run
    10
    """

    def __init__(
        self,
        stmt: str | Callable[[], Any] = "pass",
        setup: str | Callable[[], Any] = "pass",
        global_setup: str = "",
        timer: Callable[[], float] = timeit.default_timer,
        globals: dict[str, Any] | None = None,
        label: str | None = None,
        sub_label: str | None = None,
        description: str | None = None,
        env: str | None = None,
        num_threads: int = 1,
        language: Any = "python",
    ) -> None:
        if str(getattr(language, "name", language)).lower() not in ("python", "py"):
            raise ValueError(f"Timer: the language is 'python', not {language!r}: there is nothing to compile here")
        self._timer = timeit.Timer(stmt, setup, timer, globals)
        self._num_threads = num_threads
        statement = stmt if isinstance(stmt, str) else getattr(stmt, "__name__", "stmt")
        title = ": ".join(part for part in (label or statement, sub_label) if part)
        self._title = title + (f"\n{description}" if description else "")

    def timeit(self, number: int = 1_000_000) -> Measurement:
        """Run the statement `number` times in one measurement, after a hundredth as many to warm up.

        Args:
            number: how often.

        Raises:
            ValueError: if that is not at least once.
        """
        if number < 1:
            raise ValueError(f"Timer.timeit: the statement runs at least once, but number={number}")
        self._timer.timeit(max(number // 100, 2))
        return self._measured(number, [self._timer.timeit(number)])

    def repeat(self, repeat: int = -1, number: int = -1) -> None:
        """Refuse, as PyTorch's does: `blocked_autorange` repeats.

        Args:
            repeat, number: not used.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError("See `Timer.blocked_autorange.`")

    def blocked_autorange(
        self, callback: Callable[[int, float], Any] | None = None, min_run_time: float = 0.2
    ) -> Measurement:
        """Measure in blocks, each long enough for the clock, until they have taken `min_run_time` together.

        Args:
            callback: called after each block with the number of runs and its time.
            min_run_time: the seconds.

        Raises:
            ValueError: if `min_run_time` is negative.
        """
        if min_run_time < 0:
            raise ValueError(f"Timer.blocked_autorange: min_run_time is a number of seconds, not {min_run_time}")
        number = self._block_size(min_run_time)
        times: list[float] = []
        while not times or sum(times) < min_run_time:
            times.append(self._timer.timeit(number))
            if callback is not None:
                callback(number, times[-1])
        return self._measured(number, times)

    def _block_size(self, min_run_time: float) -> int:
        """Return the runs in a thousandth of the time: enough for the clock's overhead to be small beside them."""
        number = 1
        while self._timer.timeit(number) < min_run_time / 1000 and number < 10**9:
            number *= 10
        return number

    def _measured(self, number: int, times: list[float]) -> Measurement:
        return Measurement(number, times, self._title, self._num_threads)
