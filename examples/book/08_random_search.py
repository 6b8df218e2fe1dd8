"""Random search for the learning rate and the weight decay (figure 6-24), and what the book's code leaves out.

A network of 6 hidden layers learns from 400 images, each trial with other values, drawn log-uniformly; 100 other
images, held out after shuffling, say how good the values are (the test images must not). Successive halving stops bad
trials: after a third of the epochs, and again after two thirds, a trial goes on only if it is among the better half of
those that got as far. Then the ranges narrow around the best tenth of the trials, and the search begins again.
`search.py` has the rules of the search; this script has what is searched, and its two pictures.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from search import Range, Round, Search, Space, State, leaders, ranked
from shared import BLUE, GREY, ORANGE, RED, Split, accuracy, batches, load, mlp, options, save, subplots, train

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.runtime.optional import require

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial, Trial
else:
    optuna = require("optuna", "search")

MORE = """
in parallel, on one machine (each process computes on one core):
  python examples/book/08_random_search.py --data mnist --jobs 4

on many machines: the same on each, with a storage that all of them reach - the URL of a database, or the path of a
file on a network drive. One of them reports; the others say --worker. To take up a search where it was left, the same.
  python examples/book/08_random_search.py --data mnist --storage /shared/search.journal --study first
  python examples/book/08_random_search.py --data mnist --storage /shared/search.journal --study first --worker

One seed gives the same trials in whichever way they run: values, initial weights, batches. What may differ between
parallel runs is which trials are stopped early, and so the ranges of the next round if that touches the best.
"""


class Size(NamedTuple):
    """How large the experiment is."""

    images: int
    hidden: Sequence[int]
    batch: int
    epochs: int
    trials: int
    space: Space


BOOK = Size(500, [100] * 6, 100, 50, 100, {"lr": Range(1e-6, 1e-2), "weight_decay": Range(1e-8, 1e-4)})
QUICK = Size(500, [50] * 2, 50, 9, 24, {"lr": Range(1e-4, 1e1), "weight_decay": Range(1e-8, 1e-4)})


class Result(NamedTuple):
    """The rounds of the search, and the test accuracies of networks trained with the best values on all images."""

    rounds: list[Round]
    tested: list[float]


# ------------------------------------------------------------------------------------------------- the experiment


def hold_out(images: Split, seed: int, share: float = 0.2) -> tuple[Split, Split]:
    """The images in random order, as a part to train on and a part to validate on."""
    order = tl.randperm(len(images.images), generator=tl.Generator().manual_seed(seed))
    held_out = round(share * len(order))
    validation, training = order[:held_out], order[held_out:]
    return Split(*(column[training] for column in images)), Split(*(column[validation] for column in images))


def learn(split: Split, size: Size, values: Mapping[str, float], seed: int) -> Iterator[nn.Module]:
    """Train a network; it is given out after each epoch.

    Raises:
        FloatingPointError: if it diverges.
    """
    tl.manual_seed(seed)
    model = mlp(split.images.shape[1], size.hidden)
    biases = [parameter for parameter in model.parameters() if parameter.ndim == 1]
    weights = [parameter for parameter in model.parameters() if parameter.ndim > 1]
    decayed = {"params": weights, "weight_decay": values["weight_decay"]}
    optimizer = tl.optim.SGD([decayed, {"params": biases}], lr=values["lr"])
    for _ in range(size.epochs):
        losses = train(model, optimizer, batches(split, size.batch))
        if not math.isfinite(sum(losses)):
            raise FloatingPointError("the loss is not finite")
        yield model


class Objective(NamedTuple):
    """The accuracy on the validation images after the last epoch."""

    training: Split
    validation: Split
    size: Size

    def __call__(self, trial: Trial, values: Mapping[str, float], seed: int) -> float:
        validated, trained = math.nan, []
        try:
            for epoch, model in enumerate(learn(self.training, self.size, values, seed), start=1):
                trained.append(accuracy(model, self.training))
                validated = accuracy(model, self.validation)
                trial.report(validated, epoch)
                if trial.should_prune():
                    raise optuna.TrialPruned
        except FloatingPointError:
            return math.nan
        finally:
            trial.set_user_attr("trained", trained)
        return validated


def pruner(size: Size) -> optuna.pruners.BasePruner:
    """Of the trials that got through a third of the epochs, and again through two thirds, the better half goes on."""
    return optuna.pruners.SuccessiveHalvingPruner(min_resource=size.epochs // 3, reduction_factor=2)


def retrain(images: Split, test: Split, size: Size, values: Mapping[str, float], seed: int) -> float:
    """The test accuracy of a network trained on all images."""
    try:
        *_, model = learn(images, size, values, seed)
    except FloatingPointError:
        return math.nan
    return accuracy(model, test)


# --------------------------------------------------------------------------------------------------- the processes


@contextmanager
def workers(options: argparse.Namespace, arguments: Sequence[str]) -> Iterator[None]:
    """`options.jobs - 1` processes beside this one, on one storage: the same script again, as on other machines."""
    with TemporaryDirectory() as folder, require("threadpoolctl", "examples").threadpool_limits(1):
        if options.jobs > 1 and options.storage is None:
            options.storage = os.path.join(folder, "journal")
        command = [sys.executable, __file__, *arguments, "--jobs=1", "--worker", f"--storage={options.storage}"]
        started = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(options.jobs - 1)]
        try:
            yield
            for worker in started:
                if code := worker.wait():
                    raise subprocess.CalledProcessError(code, command)
        finally:
            for worker in started:
                worker.kill()  # if this process failed; else it has ended
                worker.wait()


# ---------------------------------------------------------------------------------------------------- the pictures


def draw_curves(rounds: Sequence[Round]) -> Any:
    """Figure 6-24: how the best twenty trials of all rounds learned."""
    origin = {id(trial): number for number, round_ in enumerate(rounds, start=1) for trial in round_.trials}
    best = ranked([trial for round_ in rounds for trial in round_.trials])[:20]
    figure, axes = subplots(4, 5, height=7.6, sharex=True, sharey=True)
    for place, (cell, trial) in enumerate(zip(axes.flat, best, strict=False), start=1):
        validated = trial.intermediate_values
        cell.plot(list(validated), trial.user_attrs["trained"], color=BLUE, label="training images")
        cell.plot(list(validated), list(validated.values()), color=ORANGE, label="validation images")
        cell.set(title=f"{place}: {trial.value or 0:.0%} in round {origin[id(trial)]}", ylim=(0, 1.04))
        values = f"lr {trial.params['lr']:.2g}\ndecay {trial.params['weight_decay']:.0e}"
        cell.text(0.97, 0.05, values, transform=cell.transAxes, ha="right", fontsize="small")
    figure.supxlabel("epoch", fontsize="medium")
    figure.supylabel("accuracy", fontsize="medium")
    figure.legend(*axes.flat[0].get_legend_handles_labels(), loc="outside upper center", ncols=2, frameon=False)
    return figure


SHAPES = {State.COMPLETE: ("o", "ran to the end"), State.PRUNED: ("v", "stopped early"), State.FAIL: ("X", "diverged")}


def draw_search(rounds: Sequence[Round]) -> Any:
    """What each round tried, how good it was, and the ranges that followed from it."""
    rectangle = require("matplotlib.patches", "examples").Rectangle
    percent = require("matplotlib.ticker", "examples").PercentFormatter(1)
    figure, axes = subplots(2, len(rounds), height=7, sharex=True, sharey="row", squeeze=False)
    top = max(trial.value or 0 for round_ in rounds for trial in round_.trials)
    for number, (tried, reached) in enumerate(axes.T):
        trials = [
            trial for trial in reversed(ranked(rounds[number].trials)) if trial.params
        ]  # the best over the others
        for state, (marker, label) in SHAPES.items():
            shown = [trial for trial in trials if trial.state == state]
            values = [trial.value or 0 for trial in shown]
            look = {"c": values, "marker": marker, "vmin": 0, "vmax": top, "cmap": "viridis_r", "ec": GREY, "lw": 0.4}
            points = tried.scatter(*columns(shown), label=label if shown else None, **look)
            reached.scatter(columns(shown)[0], values, **look)
        best = leaders(trials)
        tried.scatter(*columns(best), s=90, fc="none", ec=RED, lw=1.4, label="best tenth")
        for round_, style, label in zip(rounds[number:], "-:", ["searched", "searched next"], strict=False):
            (left, right), (low, high) = round_.space["lr"], round_.space["weight_decay"]
            corner, width, height = (left, low), right - left, high - low
            tried.add_patch(rectangle(corner, width, height, fill=False, ec=RED, ls=style, lw=2, label=label))
        tried.set(title=f"Round {number + 1}", xscale="log", yscale="log")
        reached.set_xlabel("learning rate")
    axes[0, 0].set_ylabel("weight decay")
    axes[1, 0].set_ylabel("validation accuracy")
    axes[1, 0].yaxis.set_major_formatter(percent)
    figure.colorbar(points, ax=axes, label="validation accuracy", format=percent, aspect=40)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=6, frameon=False)
    return figure


def columns(trials: Sequence[FrozenTrial]) -> tuple[list[float], list[float]]:
    """The learning rates and the weight decays that were tried."""
    return [trial.params["lr"] for trial in trials], [trial.params["weight_decay"] for trial in trials]


# ------------------------------------------------------------------------------------------------------------ main


def report(rounds: Sequence[Round]) -> None:
    """Print the ranges of each round, what became of its trials, and the best five."""
    for number, (space, trials) in enumerate(rounds, start=1):
        states = Counter(trial.state for trial in trials)
        print(f"round {number}: " + ", ".join(f"{name} {low:.3g} to {high:.3g}" for name, (low, high) in space.items()))
        print("  " + ", ".join(f"{states[state]} {label}" for state, (_, label) in SHAPES.items()))
        for trial in leaders(trials, at_least=5)[:5]:
            values = ", ".join(f"{name} {value:.2g}" for name, value in trial.params.items())
            print(f"  trial {trial.number:3}: {trial.value:.1%} with {values}")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options of this experiment."""

    class Formatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
        """Leaves the lines of the commands as they are."""

    parser = options(__doc__ or "", "08_random_search")
    parser.formatter_class, parser.epilog = Formatter, MORE
    trials = f"in each round (default: {BOOK.trials}, or {QUICK.trials} with --quick)"
    parser.add_argument("--rounds", type=int, default=2, help="how often to search")
    parser.add_argument("--trials", type=int, default=argparse.SUPPRESS, help=trials)
    parser.add_argument("--jobs", type=int, default=1, help="processes on this machine")
    parser.add_argument("--storage", help="where the trials are kept: a URL or a journal file")
    parser.add_argument("--study", default="book", help="name of the search in the storage")
    parser.add_argument("--worker", action="store_true", help="only do trials: another process reports")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> Result:
    """Search, report and draw."""
    given = sys.argv[1:] if arguments is None else arguments
    options = parse(given)
    size = QUICK if options.quick else BOOK
    images, test = load(options, train=size.images)
    training, validation = hold_out(images, options.seed)
    with workers(options, given):
        search = Search(
            Objective(training, validation, size),
            size.space,
            rounds=options.rounds,
            trials=getattr(options, "trials", size.trials),
            seed=options.seed,
            pruner=pruner(size),
            storage=options.storage,
            name=options.study,
            settings={"data": options.data, "quick": options.quick},
            quiet=options.worker,
        )
        rounds = list(search.run())
    if options.worker:
        return Result(rounds, [])
    report(rounds)
    best = ranked([trial for round_ in rounds for trial in round_.trials])[0]
    tested = [retrain(images, test, size, best.params, seed) for seed in range(5)]
    print(
        f"test accuracy with the best values, trained on all {len(images.images)} images from 5 seeds: "
        f"{sum(tested) / len(tested):.1%} on average, {min(tested):.1%} to {max(tested):.1%}"
    )
    save(draw_curves(rounds), options, "08_learning_curves")
    save(draw_search(rounds), options, "08_random_search")
    return Result(rounds, tested)


if __name__ == "__main__":
    main()
