"""The Timer measures what it says: with a clock of the test's own, the numbers are known."""

from __future__ import annotations

import pytest

from tinygrad_lite.utils import benchmark


class Clock:
    """A clock that the statement itself moves forward."""

    now = 0.0

    def __call__(self) -> float:
        return self.now

    def work(self) -> None:
        self.now += 0.5


def test_timeit_divides_by_the_number_of_runs() -> None:
    clock = Clock()
    measured = benchmark.Timer("work()", timer=clock, globals={"work": clock.work}, label="work").timeit(300)
    assert (measured.number_per_run, measured.raw_times, measured.median, measured.iqr) == (300, [150.0], 0.5, 0.0)
    assert clock.now == 151.5  # a hundredth as many runs warmed it up
    assert repr(measured) == "work\n  500.00 ms\n  1 measurement, 300 runs, 1 thread"
    with pytest.raises(ValueError, match="number=0"):
        benchmark.Timer().timeit(0)


def test_blocks_fill_the_time() -> None:
    clock, seen = Clock(), []
    timer = benchmark.Timer(clock.work, timer=clock, sub_label="half a second", description="here", num_threads=2)
    measured = timer.blocked_autorange(lambda number, time: seen.append((number, time)), min_run_time=2000)
    assert measured.number_per_run == 10  # a thousandth of the time is 2 s, and ten runs are 5 s
    assert seen == [(10, 5.0)] * 400
    assert measured.mean == 0.5
    assert repr(measured).splitlines() == [
        "work: half a second", "here", "  Median: 500.00 ms", "  IQR:    0.00 ms", "  400 measurements, 10 runs per measurement, 2 threads",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="min_run_time"):
        timer.blocked_autorange(min_run_time=-1)
    with pytest.raises(ValueError, match="language"):
        benchmark.Timer(language="c++")
    with pytest.raises(NotImplementedError):
        timer.repeat()


def test_measured_quartiles() -> None:
    measured = benchmark.Measurement(2, [2.0, 4.0, 6.0, 8.0, 30.0])
    assert (measured.median, measured.mean, measured.iqr) == (3.0, 5.0, 2.0)
