"""The random search of the book's examples: what is tried, how it narrows, and that processes can share it."""

from __future__ import annotations

import doctest
import importlib.util
import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_lite as tl

optuna = pytest.importorskip("optuna")
pytest.importorskip("sklearn")

FOLDER = Path(__file__).parents[2] / "examples" / "book"
SCRIPT = FOLDER / "08_random_search.py"
sys.path.insert(0, str(FOLDER))

import search  # noqa: E402  # after the path was set
from search import Range, Search, State, leaders, narrow, ranked  # noqa: E402  # after the path was set

spec = importlib.util.spec_from_file_location("book_random_search", SCRIPT)
experiment: Any = importlib.util.module_from_spec(spec)
spec.loader.exec_module(experiment)

BOOK = {"lr": Range(1e-6, 1e-2), "weight_decay": Range(1e-8, 1e-4)}


def hill(trial: Any, values: dict[str, float], seed: int) -> float:
    """Best at a learning rate of 1e-3."""
    return -abs(math.log10(values["lr"]) + 3)


def tried(objective: Callable[..., float] = hill, **settings: Any) -> list[list[tuple[dict[str, float], int]]]:
    """The values and seeds that each round of a search hands to the objective."""
    calls: list[Any] = []

    def note(trial: Any, values: dict[str, float], seed: int) -> float:
        calls.append((values, seed))
        return objective(trial, values, seed)

    count = {"rounds": 2, "trials": 8, "seed": 0, "space": BOOK, **settings}
    rounds = list(Search(note, **count).run())
    assert [[trial.params for trial in round_.trials] for round_ in rounds] == [
        [values for values, _ in calls[i : i + count["trials"]]] for i in range(0, len(calls), count["trials"])
    ]
    return [calls[i : i + count["trials"]] for i in range(0, len(calls), count["trials"])]


# ------------------------------------------------------------------------------------------------- what a trial tries


def test_one_seed_one_search() -> None:
    assert tried(seed=3) == tried(seed=3)


def test_seeds_rounds_trials_and_purposes_differ() -> None:
    # In a space that cannot narrow, each draw is of its own.
    flat = {name: Range(1.0, 1e4) for name in BOOK}
    draws = [
        number
        for seed in (0, 1)
        for round_ in tried(lambda *_: 0.0, seed=seed, space=flat, trials=30)
        for values, training in round_
        for number in (*values.values(), training)
    ]
    assert len(set(draws)) == len(draws) == 2 * 2 * 30 * 3


def test_the_first_trials_are_those_of_a_shorter_search() -> None:
    assert tried(rounds=1, trials=4)[0] == tried(rounds=1, trials=11)[0][:4]


def test_values_are_log_uniform_and_independent() -> None:
    [calls] = tried(lambda *_: 0.0, rounds=1, trials=1500)
    lr, decay = (np.log10([values[name] for values, _ in calls]) for name in BOOK)
    for logarithms, lowest in ((lr, -6), (decay, -8)):
        decades = np.histogram(logarithms, bins=lowest + np.arange(5))[0]
        np.testing.assert_allclose(decades, 375, atol=5 * math.sqrt(375))
    assert abs(np.corrcoef(lr, decay)[0, 1]) < 0.1


# ------------------------------------------------------------------------------------------------- how ranges narrow


@pytest.mark.parametrize(
    ("best", "expected"),
    [
        ([1e-4, 1e-3], (10**-4.25, 10**-2.75)),
        ([3e-4, 1e-4, 1e-3, 5e-4], (10**-4.25, 10**-2.75)),  # only the span counts
        ([1e-4], (10**-4.5, 10**-3.5)),  # a quarter of four decades
        ([1e-4] * 5, (10**-4.5, 10**-3.5)),
        ([1e-2], (1e-3, 1e-2)),  # moved back inside
        ([1e-6], (1e-6, 1e-5)),
        ([1e-2, 1e-4], (1e-5, 1e-2)),
        ([1e-6, 1e-2], (1e-6, 1e-2)),
        ([], (1e-6, 1e-2)),
    ],
)
def test_narrow(best: list[float], expected: tuple[float, float]) -> None:
    assert narrow(Range(1e-6, 1e-2), best) == pytest.approx(expected, rel=5e-3)


@given(st.tuples(*[st.floats(-9, 3)] * 2).filter(lambda ends: ends[1] - ends[0] > 0.1), st.data())
def test_narrow_stays_inside_keeps_the_best_and_is_not_too_narrow(
    ends: tuple[float, float], data: st.DataObject
) -> None:
    previous = Range(10 ** ends[0], 10 ** ends[1])
    best = data.draw(st.lists(st.floats(*previous), max_size=5))
    low, high = narrow(previous, best)
    assert previous.low <= low < high <= previous.high
    assert all(low / 1.01 <= value <= high * 1.01 for value in best)
    assert math.log10(high / low) >= 0.25 * (ends[1] - ends[0]) - 0.01


def trials(*outcomes: tuple[Any, float | None]) -> list[Any]:
    """Finished trials with these states and values."""
    study = optuna.create_study(direction="maximize")
    study.add_trials([optuna.trial.create_trial(state=state, value=value) for state, value in outcomes])
    return study.get_trials()


DONE, STOPPED, FAILED = State.COMPLETE, State.PRUNED, State.FAIL


@pytest.mark.parametrize(
    ("outcomes", "order", "leading"),
    [
        ([(DONE, 0.5), (DONE, 0.9), (DONE, 0.7)], [1, 2, 0], 3),
        ([(FAILED, None), (DONE, 0.1), (STOPPED, 0.9), (STOPPED, None), (DONE, 0.2)], [4, 1, 2, 3, 0], 2),
        ([(DONE, 0.5)] * 4, [0, 1, 2, 3], 3),  # equals: the first comes first
        ([(STOPPED, None), (STOPPED, -0.5), (DONE, -0.7)], [2, 1, 0], 1),
        ([(DONE, -math.inf), (FAILED, None), (DONE, -1.0)], [2, 0, 1], 2),
        ([(FAILED, None)] * 4, [0, 1, 2, 3], 0),
        ([(DONE, 0.1)], [0], 1),
        ([], [], 0),
        ([(DONE, i / 50) for i in range(50)], [*range(49, -1, -1)], 5),
        ([(DONE, i / 51) for i in range(51)], [*range(50, -1, -1)], 6),
    ],
)
def test_ranked_and_leaders(outcomes: list[Any], order: list[int], leading: int) -> None:
    given = trials(*outcomes)
    assert [trial.number for trial in ranked(given)] == order
    assert [trial.number for trial in leaders(given)] == order[:leading]


def test_a_round_searches_what_the_best_of_the_last_leave() -> None:
    first, second, third = Search(hill, BOOK, rounds=3, trials=40, seed=1).run()
    for before, after in ((first, second), (second, third)):
        best = sorted(before.trials, key=lambda trial: -trial.value)[:4]
        for name, ends in after.space.items():
            assert ends == narrow(before.space[name], [trial.params[name] for trial in best])
        assert all(low <= trial.params[n] <= high for trial in after.trials for n, (low, high) in after.space.items())
    assert third.space["lr"].low < 1e-3 < third.space["lr"].high


# ------------------------------------------------------------------------------------------- trials that go wrong


@pytest.mark.parametrize("useless", [lambda lr: lr > 1e-4, lambda lr: True], ids=["some", "all"])
def test_trials_without_a_value_come_last_and_stop_nothing(useless: Callable[[float], bool]) -> None:
    def objective(trial: Any, values: dict[str, float], seed: int) -> float:
        return math.nan if useless(values["lr"]) else values["lr"]

    first, second = Search(objective, BOOK, rounds=2, trials=20, seed=0).run()
    assert [useless(trial.params["lr"]) for trial in ranked(first.trials)] == sorted(
        useless(trial.params["lr"]) for trial in first.trials
    )
    assert len(second.trials) == 20
    if useless(1e-6):
        assert second.space == BOOK
    else:
        assert 1e-4 < second.space["lr"].high < 1e-3


def test_a_network_that_diverges_is_such_a_trial() -> None:
    size = experiment.QUICK._replace(space={"lr": Range(1e-1, 1e12), "weight_decay": Range(1e-8, 1e-4)}, epochs=3)
    [(_, done)] = Search(objective(size), size.space, rounds=1, trials=12, seed=0).run()
    failed = [trial.params["lr"] for trial in done if trial.state == FAILED]
    fine = [trial.params["lr"] for trial in done if trial.state == DONE]
    assert failed
    assert fine
    assert max(fine) < min(failed)


def test_a_bug_is_not_a_diverging_trial() -> None:
    with pytest.raises(ZeroDivisionError):
        list(Search(lambda *_: 1 / 0, BOOK, rounds=1, trials=2, seed=0).run())


# ------------------------------------------------------------------------------------------------- the experiment


def quick(*arguments: str) -> list[Any]:
    """The rounds of the script's quick version, which neither reports nor draws."""
    return experiment.main(["--quick", "--worker", *arguments]).rounds


def objective(size: Any) -> Any:
    """The experiment's objective on the digits."""
    images, _ = experiment.load(experiment.parse([]), train=size.images)
    return experiment.Objective(*experiment.hold_out(images, seed=0), size)


def test_the_script_reports_draws_and_supports_its_claim(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = experiment.main(["--quick", "--out", str(tmp_path)])
    first, second = ([trial.value for trial in ranked(round_.trials)[:5]] for round_ in result.rounds)
    assert second[0] >= first[0]
    assert sum(second) >= sum(first)
    assert min(result.tested) > 0.5
    assert f"round 2: lr {result.rounds[1].space['lr'].low:.3g}" in capsys.readouterr().out
    for name in ("08_learning_curves", "08_random_search"):
        picture = (tmp_path / f"{name}.png").read_bytes()
        assert picture.startswith(b"\x89PNG")
        assert len(picture) < 100_000


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_second_round_is_no_worse(seed: int) -> None:
    """What is typical gets better; the best does not get worse, up to what 100 validation images can tell."""
    first, second = ([trial.value for trial in round_.trials] for round_ in quick(f"--seed={seed}"))
    assert np.median(second) >= np.median(first) + 0.1
    assert max(second) >= max(first) - 0.05


def test_the_pruner_stops_bad_trials() -> None:
    size = experiment.QUICK
    settings: dict[str, Any] = {"rounds": 1, "trials": size.trials, "seed": 0, "space": size.space}
    [(_, pruned)] = Search(objective(size), pruner=experiment.pruner(size), **settings).run()
    [(_, complete)] = Search(objective(size), **settings).run()
    assert {trial.state for trial in complete} == {DONE}
    stopped = {trial.number for trial in pruned if trial.state == STOPPED}
    reached = [sum(trial.last_step > epochs for trial in pruned) for epochs in (size.epochs // 3, 2 * size.epochs // 3)]
    assert size.trials * 0.4 < reached[0] < size.trials * 0.8  # about half of them, and half of these
    assert reached[0] * 0.4 < reached[1] < reached[0] * 0.8
    for number, (trial, whole) in enumerate(zip(pruned, complete, strict=True)):
        curve = list(whole.intermediate_values.values())
        assert len(curve) == size.epochs
        assert list(trial.intermediate_values.values()) == curve[: len(trial.intermediate_values)]
        assert len(trial.intermediate_values) == (size.epochs if number not in stopped else trial.last_step)
        assert trial.last_step == size.epochs or trial.last_step in (size.epochs // 3, 2 * size.epochs // 3)
    values = np.array([trial.value for trial in complete])
    kept = np.isin(np.arange(size.trials), list(stopped), invert=True)
    assert values[kept].mean() > values[~kept].mean() + 0.1


def test_it_learns_by_gradient_descent_with_decay_of_the_weights_alone() -> None:
    images, _ = experiment.load(experiment.parse([]), train=50)
    size = experiment.QUICK._replace(epochs=3, batch=50)
    *_, learned = experiment.learn(images, size, {"lr": 0.3, "weight_decay": 0.5}, seed=7)
    tl.manual_seed(7)
    expected = experiment.mlp(64, size.hidden)
    for _ in range(3):
        loss = tl.nn.functional.cross_entropy(expected(images.images), images.labels)
        gradients = tl.autograd.grad(loss, list(expected.parameters()))
        with tl.no_grad():
            for p, g in zip(expected.parameters(), gradients, strict=True):
                p -= 0.3 * (g + (0.5 * p if p.ndim == 2 else 0.0))
    for p, q in zip(learned.parameters(), expected.parameters(), strict=True):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), atol=1e-5)


def test_validation_images_are_held_out_after_shuffling() -> None:
    images = experiment.Split(tl.arange(500).reshape(-1, 1), tl.arange(500) % 10)
    training, validation = experiment.hold_out(images, seed=0)
    rows = [set(split.images.flatten().tolist()) for split in (training, validation)]
    assert [len(part) for part in rows] == [400, 100]
    assert rows[0] | rows[1] == set(range(500))
    assert rows[1] not in (set(range(100)), set(range(400, 500)))
    assert all((split.images[:, 0] % 10 == split.labels).all() for split in (training, validation))
    assert experiment.hold_out(images, seed=1)[1].images.tolist() != validation.images.tolist()


def test_trials_are_judged_by_the_validation_images() -> None:
    held = objective(experiment.QUICK)
    shifted = held.validation._replace(labels=(held.validation.labels + 1) % 10)
    space = {"lr": Range(0.2, 0.3), "weight_decay": Range(1e-8, 1e-4)}
    [(_, [trial])] = Search(held._replace(validation=shifted), space, rounds=1, trials=1, seed=0).run()
    assert trial.user_attrs["trained"][-1] > 0.8
    assert trial.value < 0.2
    assert trial.value == trial.intermediate_values[experiment.QUICK.epochs]


def test_the_test_images_take_no_part_in_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    images, test = experiment.load(experiment.parse([]), train=500)
    held = objective(experiment.QUICK)
    seen, tested = ({row.tobytes() for row in rows.numpy()} for rows in (images.images, test.images))
    used = [{row.tobytes() for row in split.images.numpy()} for split in (held.training, held.validation)]
    assert used[0] | used[1] == seen
    assert not used[0] & used[1]
    assert not seen & tested
    monkeypatch.setattr(experiment, "load", lambda *args, **kwargs: (images, None))
    assert len(quick("--trials=2", "--rounds=1")[0].trials) == 2


# -------------------------------------------------------------------------------------------------- the processes

PARTNER = """
import json, math, os, sys, time
sys.path.insert(0, {folder!r})
from search import Range, Search

def objective(trial, values, seed):
    with open({log!r}, "a") as log:
        print(json.dumps([os.getpid(), trial.study.study_name, trial.number, values, seed]), file=log)
    time.sleep(0.1)
    return -abs(math.log10(values["lr"]) + 3)

list(Search(objective, {{"lr": Range(1e-6, 1e-2)}}, rounds=2, trials=12, seed=5, storage={storage!r}).run())
"""


@pytest.mark.parametrize("storage", ["{}/search.journal", "sqlite:///{}/search.db"])
def test_two_processes_share_one_search(tmp_path: Path, storage: str) -> None:
    where, log = storage.format(tmp_path), tmp_path / "log"
    code = PARTNER.format(folder=str(FOLDER), storage=where, log=str(log))
    partners = [subprocess.Popen([sys.executable, "-W", "error", "-c", code]) for _ in range(2)]
    assert [partner.wait(timeout=120) for partner in partners] == [0, 0]

    done = [json.loads(line) for line in log.read_text().splitlines()]
    assert {process for process, *_ in done} == {partner.pid for partner in partners}
    alone = tried(space={"lr": BOOK["lr"]}, trials=12, seed=5)
    expected = [
        [f"search, round {number}", trial, *what]
        for number, calls in enumerate(alone, 1)
        for trial, what in enumerate(calls)
    ]
    assert sorted(what for _, *what in done) == expected  # each of the trials, and once


def test_jobs_on_one_machine_try_the_same(tmp_path: Path) -> None:
    few = ["--trials=6", "--rounds=1"]
    [alone], [together] = quick(*few), quick(*few, "--jobs=2")
    assert [trial.params for trial in together.trials] == [trial.params for trial in alone.trials]
    for one, other in zip(alone.trials, together.trials, strict=True):
        common = zip(one.intermediate_values.items(), other.intermediate_values.items(), strict=False)
        assert all(mine == theirs for mine, theirs in common)


def test_a_worker_that_fails_is_noticed() -> None:
    with (
        pytest.raises(subprocess.CalledProcessError, match="exit status 2"),
        experiment.workers(experiment.parse(["--jobs=2"]), ["--no-such-option"]),
    ):
        pass


def test_a_search_is_taken_up_where_it_was_left(tmp_path: Path) -> None:
    storage = str(tmp_path / "folder" / "journal")
    begun = tried(storage=storage, rounds=1)
    continued: list[Any] = []

    def objective(trial: Any, values: dict[str, float], seed: int) -> float:
        continued.append((values, seed))
        return hill(trial, values, seed)

    rounds = list(Search(objective, BOOK, rounds=2, trials=8, seed=0, storage=storage).run())
    assert [*begun, continued] == tried(rounds=2)
    assert [len(round_.trials) for round_ in rounds] == [8, 8]


@pytest.mark.parametrize(
    "other",
    [{"seed": 1}, {"trials": 9}, {"space": {"lr": Range(1e-6, 1e-1)}}, {"settings": {"data": "mnist"}}],
    ids=str,
)
def test_another_search_of_the_same_name_is_refused(tmp_path: Path, other: dict[str, Any]) -> None:
    settings: dict[str, Any] = {"space": BOOK, "rounds": 1, "trials": 3, "seed": 0, "settings": {"data": "digits"}}
    storage = str(tmp_path / "journal")
    list(Search(hill, storage=storage, **settings).run())
    with pytest.raises(ValueError, match=r"the storage has another search by the name of 'search, round 1': .* here"):
        list(Search(hill, storage=storage, **settings | other).run())
    assert len(list(Search(hill, storage=storage, name="mine", **settings | other).run())) == 1


def test_a_trial_that_nobody_finishes_counts_as_failed(tmp_path: Path) -> None:
    storage = str(tmp_path / "journal")
    opened = search.open_storage(storage)
    optuna.create_study(study_name="search, round 1", storage=opened, direction="maximize").ask()
    [round_] = Search(hill, BOOK, rounds=1, trials=4, seed=0, storage=storage, patience=0.3).run()
    assert [trial.state for trial in round_.trials] == [FAILED, DONE, DONE, DONE]
    assert ranked(round_.trials)[-1].number == 0


def test_a_trial_begun_a_moment_too_late_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Between counting the trials and beginning one, another process may begin the last."""
    storage = str(tmp_path / "journal")
    optimize = optuna.study.Study.optimize

    def after_another(study: Any, *args: Any, **kwargs: Any) -> None:
        study.tell(study.ask({"lr": optuna.distributions.FloatDistribution(1e-3, 1e-2, log=True)}), 0.0)
        optimize(study, *args, **kwargs)

    monkeypatch.setattr(optuna.study.Study, "optimize", after_another)
    calls = []
    space = {"lr": Range(1e-3, 1e-2)}
    [round_] = Search(lambda *call: calls.append(call) or 0.0, space, 1, trials=3, seed=0, storage=storage).run()
    assert [trial.number for trial in round_.trials] == [0, 1, 2]
    assert len(calls) == 1


def test_the_example_in_the_documentation() -> None:
    assert doctest.testmod(search).failed == 0
