"""Random search in rounds, on Optuna: try values at random, narrow the ranges around the best, and try again.

Any number of processes, on one machine or on many, may work on one search. They share nothing but an Optuna storage,
which numbers the trials and hands each number to one process. What a trial tries, and the seed that it trains with,
follow from (seed, round, number) alone: they are the same in whichever process it runs, and however many trials there
are. What may differ when processes run side by side is which trials the pruner stops, since it compares a trial with
those that got as far before it.
"""

from __future__ import annotations

import math
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_lite.runtime.optional import require

if TYPE_CHECKING:
    import optuna
    from optuna.study import Study
    from optuna.trial import FrozenTrial, Trial
else:
    optuna = require("optuna", "search")

State = optuna.trial.TrialState
optuna.logging.set_verbosity(optuna.logging.ERROR)  # a trial that diverges is no news: it is in the result


class Range(NamedTuple):
    """The values to try, all of its orders of magnitude alike."""

    low: float
    high: float


Space = Mapping[str, Range]
Objective = Callable[["Trial", Mapping[str, float], int], float]
"""How good the values are (NaN: of no use), given the trial to report progress to, the values and a seed."""


# ------------------------------------------------------------------------------------------------- what a trial tries


def generator(seed: int, round_: int, trial: int, purpose: str) -> np.random.Generator:
    """Random numbers for one purpose of one trial, which no other trial and no other purpose can move."""
    return np.random.default_rng([seed, round_, trial, zlib.crc32(purpose.encode())])


class NumberedSampler(optuna.samplers.BaseSampler):
    """Log-uniform values that depend on the trial's number, and not on who asks or in which order.

    (Optuna's own `RandomSampler` draws from one stream: two processes with the same seed would try the same values.)
    """

    def __init__(self, seed: int, round_: int) -> None:
        self.seed, self.round = seed, round_

    def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, Any]:
        """None: every value is drawn by itself."""
        return {}

    def sample_relative(self, study: Any, trial: Any, search_space: Any) -> dict[str, Any]:
        """Nothing, for the same reason."""
        return {}

    def sample_independent(self, study: Any, trial: FrozenTrial, param_name: str, param_distribution: Any) -> float:
        """One value of one trial."""
        low, high = param_distribution.low, param_distribution.high
        share = generator(self.seed, self.round, trial.number, param_name).uniform()
        return min(low * (high / low) ** share, high)


# ------------------------------------------------------------------------------------------------ how ranges narrow


def ranked(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Best first: those that ran to the end, then those stopped early, then those that failed (diverged, say).

    Of equals the one with the lower number comes first.
    """
    order = [State.COMPLETE, State.PRUNED, State.FAIL]

    def place(trial: FrozenTrial) -> tuple[int, float, int]:
        return order.index(trial.state), math.inf if trial.value is None else -trial.value, trial.number

    return sorted(trials, key=place)


def leaders(trials: Sequence[FrozenTrial], share: float = 0.1, at_least: int = 3) -> list[FrozenTrial]:
    """The best tenth of the trials, and at least three, if so many ran to the end."""
    count = max(math.ceil(share * len(trials)), at_least)
    return [trial for trial in ranked(trials)[:count] if trial.state == State.COMPLETE]


def narrow(previous: Range, best: Sequence[float], margin: float = 0.25, least: float = 0.25) -> Range:
    """The next range: where the best values lie, and somewhat beyond. All of it on a logarithmic scale.

    To the span of the best values a `margin` of its width is added at either end; what is less than `least` of the
    previous range's width is widened to that. A range that reaches beyond the previous one is moved back inside.
    Without any value it stays the previous one.

    >>> narrow(Range(1e-6, 1e-2), [1e-4, 1e-3, 2e-4])  # a decade, and a quarter of one at either end
    Range(low=5.62e-05, high=0.00178)
    """
    if not best:
        return previous
    low, high, first, last = (math.log(value) for value in (*previous, min(best), max(best)))
    width = min(max((1 + 2 * margin) * (last - first), least * (high - low)), high - low)
    start = min(max((first + last - width) / 2, low), high - width)
    # Three digits, so that machines whose logarithms differ in the last bit agree. Rounding must not lead outside.
    left, right = (float(f"{math.exp(end):.3g}") for end in (start, start + width))
    return Range(max(left, previous.low), min(right, previous.high))


# ---------------------------------------------------------------------------------------------------- how it is done


class Round(NamedTuple):
    """The ranges that were searched, and the trials in the order of their numbers."""

    space: Space
    trials: list[FrozenTrial]


@dataclass
class Search:
    """A search for the values with the highest objective.

    With a `storage` this process does a share of the search called `name` in it, or takes it up where it was left; it
    waits for the other processes at the end of a round, since the next ranges follow from all of its trials. Where
    nothing moves for `patience` seconds, the trials still missing count as failed: their machine may be off.

    Args:
        objective: what to maximise.
        space: the ranges of the first round.
        rounds, trials: how many rounds, and how many trials in each.
        seed: decides what is tried, and what the objective is told to train with.
        pruner: stops trials that promise little.
        storage: the URL of a database, or the path of a journal file; None for this process' memory.
        name: of the search in the storage.
        settings: what else the processes have to agree on.
        patience: in seconds.
        quiet: whether to show no progress bar.
    """

    objective: Objective
    space: Space
    rounds: int
    trials: int
    seed: int
    pruner: optuna.pruners.BasePruner = field(default_factory=optuna.pruners.NopPruner)
    storage: str | None = None
    name: str = "search"
    settings: Mapping[str, Any] = field(default_factory=dict)
    patience: float = 600.0
    quiet: bool = False

    def run(self) -> Iterator[Round]:
        """Each round when it is done.

        Raises:
            ValueError: if the search in the storage was begun with other ranges, trials, seed or settings.
        """
        storage, space = open_storage(self.storage), self.space
        for number in range(self.rounds):
            study = optuna.create_study(
                storage=storage,
                study_name=f"{self.name}, round {number + 1}",
                sampler=NumberedSampler(self.seed, number),
                pruner=self.pruner,
                direction="maximize",
                load_if_exists=True,
            )
            ranges = {name: list(values) for name, values in space.items()}
            agree(study, {"seed": self.seed, "trials": self.trials, "ranges": ranges, **self.settings})
            done = Round(space, self._carry_out(study, number, space))
            yield done
            best = leaders(done.trials)
            space = {name: narrow(values, [trial.params[name] for trial in best]) for name, values in space.items()}

    def _carry_out(self, study: Study, number: int, space: Space) -> list[FrozenTrial]:
        """Do trials while there are any to begin, and wait for those that others are at."""

        def attempt(trial: Trial) -> float:
            if trial.number >= self.trials:  # another process began the last one a moment ago
                raise optuna.TrialPruned
            values = {name: trial.suggest_float(name, *ends, log=True) for name, ends in space.items()}
            seed = int(generator(self.seed, number, trial.number, "training").integers(2**32))
            return self.objective(trial, values, seed)

        moved, last = time.monotonic(), None
        bar = require("tqdm", "examples").tqdm(
            desc=f"round {number + 1}", total=self.trials, unit="trial", disable=self.quiet or None, leave=False
        )
        with bar:
            while True:
                trials = study.get_trials(deepcopy=False)[: self.trials]
                bar.update(sum(trial.state.is_finished() for trial in trials) - bar.n)
                if len(trials) < self.trials:
                    study.optimize(attempt, n_trials=1)
                    continue
                running = [(trial.number, trial.last_step) for trial in trials if not trial.state.is_finished()]
                if not running:
                    return trials
                if running != last:
                    moved, last = time.monotonic(), running
                elif time.monotonic() - moved > self.patience:
                    for missing, _ in running:
                        study.tell(missing, state=State.FAIL, skip_if_finished=True)
                time.sleep(0.1)


def agree(study: Study, settings: Mapping[str, Any]) -> None:
    """Say what a new study is about, or see that an old one is about the same."""
    if "settings" not in study.user_attrs:
        study.set_user_attr("settings", settings)
    theirs = study.user_attrs["settings"]
    if different := [name for name in settings if theirs.get(name) != settings[name]]:
        listed = "; ".join(f"{name} {theirs.get(name)} there, {settings[name]} here" for name in different)
        raise ValueError(f"the storage has another search by the name of {study.study_name!r}: {listed}")


def open_storage(where: str | None) -> optuna.storages.BaseStorage | None:
    """The storage at the URL of a database, or in a journal file (which may lie on a network drive); or None."""
    if where is None:
        return None
    if "://" in where:
        try:
            return optuna.storages.RDBStorage(where)
        except require("sqlalchemy.exc", "search").DatabaseError:  # two processes make the tables at once: one fails
            time.sleep(1)
            return optuna.storages.RDBStorage(where)
    Path(where).parent.mkdir(parents=True, exist_ok=True)
    journal = optuna.storages.journal
    # Of the two locks the one that works on Windows too.
    return optuna.storages.JournalStorage(journal.JournalFileBackend(where, journal.JournalFileOpenLock(where)))
