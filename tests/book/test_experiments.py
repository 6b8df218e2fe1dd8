"""The claims of the book's experiments, each on a small seeded run of its script; the search has tests of its own."""

from __future__ import annotations

import importlib.util
import math
import re
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn

threadpoolctl = pytest.importorskip("threadpoolctl", reason="the examples' extra is not installed")
pytest.importorskip("matplotlib")

EXAMPLES = Path(__file__).parents[2] / "examples"
BOOK = EXAMPLES / "book"
SCRIPTS = sorted(BOOK.glob("[01]*.py"))
sys.path.insert(0, str(BOOK))

import shared  # noqa: E402  # after the path was set


def load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"book_{name}", BOOK / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Several processes that each multiply small matrices on all cores wait for one another most of the time."""
    with threadpoolctl.threadpool_limits(1):
        yield


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[str], Any]:
    """What a script measures with --quick; it has printed something, and drawn a small picture."""

    def run(name: str) -> Any:
        measured = load(name).main(["--quick", "--out", str(tmp_path / "new")])
        picture = tmp_path / "new" / f"{name}.png"
        assert 5_000 < picture.stat().st_size < 100_000
        assert capsys.readouterr().out.endswith(f"the picture is {picture}\n")
        return measured

    return run


# ---------------------------------------------------------------------------------------------------- the claims


def recurrences() -> dict[str, tuple[float, float]]:
    """Where 30 steps of each rule end, number by number as the papers write them, from (-7, 2)."""
    ends: dict[str, list[float]] = {name: [] for name in ("SGD", "Momentum", "AdaGrad", "RMSprop", "Adam")}
    for start, curvature in ((-7.0, 0.1), (2.0, 2.0)):  # f is separable, with f' = curvature · w
        w = dict.fromkeys(ends, start)
        v = h = r = m = s = 0.0
        for t in range(1, 31):
            g = {name: curvature * w[name] for name in w}
            w["SGD"] -= 0.95 * g["SGD"]
            v = 0.9 * v - 0.1 * g["Momentum"]
            w["Momentum"] += v
            h += g["AdaGrad"] ** 2
            w["AdaGrad"] -= 1.5 * g["AdaGrad"] / (math.sqrt(h) + 1e-10)
            r = 0.99 * r + 0.01 * g["RMSprop"] ** 2
            w["RMSprop"] -= 0.1 * g["RMSprop"] / (math.sqrt(r) + 1e-8)
            m = 0.9 * m + 0.1 * g["Adam"]
            s = 0.999 * s + 0.001 * g["Adam"] ** 2
            w["Adam"] -= 0.3 * (m / (1 - 0.9**t)) / (math.sqrt(s / (1 - 0.999**t)) + 1e-8)
        for name, value in w.items():
            ends[name].append(value)
    return {name: (x, y) for name, (x, y) in ends.items()}


def test_1_sgd_zigzags(run: Callable[[str], Any]) -> None:
    paths = run("01_paths")
    for name, end in recurrences().items():
        assert paths[name].points.shape == (31, 2)
        assert paths[name].points[-1] == pytest.approx(end, rel=1e-9), name
        assert paths[name].distance == pytest.approx(math.hypot(*end))
    sgd, others = paths["SGD"], [path for name, path in paths.items() if name != "SGD"]
    assert (np.diff(np.sign(sgd.points[:, 1])) != 0).all()  # each step crosses the valley
    assert sgd.turning > 5 * max(path.turning for path in others)
    assert paths["Momentum"].turning > 2 * max(paths[name].turning for name in ("AdaGrad", "RMSprop", "Adam"))


@pytest.mark.parametrize(
    ("points", "degrees"),
    [
        ([(0, 0), (1, 1), (3, 3)], 0),
        ([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)], 270),
        ([(0, 0), (-1, 0.1), (-2, 0)], 2 * math.degrees(math.atan(0.1))),  # across the cut of arctan2
        ([(0, 0), (1, 0), (0, 0), (1, 0)], 360),
    ],
)
def test_turning(points: list[tuple[float, float]], degrees: float) -> None:
    assert math.degrees(load("01_paths").turning(np.array(points, dtype=float))) == pytest.approx(degrees, abs=1e-9)


def test_2_sgd_is_the_slowest(run: Callable[[str], Any]) -> None:
    sgd, *others = run("02_optimizers").values()
    assert len(others) == 3
    for other in others:
        assert other.steps < sgd.steps / 2
        assert other.final < sgd.final / 3
        assert other.accuracy > 0.92


def test_3_what_collapses(run: Callable[[str], Any]) -> None:
    layers = run("03_activations")
    assert {(len(some), *{layer.values.shape for layer in some}) for some in layers.values()} == {(5, (1000, 100))}

    for name in ("sigmoid", "tanh", "ReLU"):  # next to nothing of the input comes through
        assert layers[name, "std 0.01"][-1].signal < 1e-3 * layers[name, "std 0.01"][0].signal
    for name, weights, low, high in [("sigmoid", "std 1", 0.4, 0.8), ("tanh", "std 1", 0.75, 0.95)]:
        assert all(low < layer.saturated < high for layer in layers[name, weights]), name
    for name, most in [("sigmoid", 0.01), ("tanh", 0.12)]:
        assert all(layer.saturated < most for layer in layers[name, "Xavier"]), name

    def kept(name: str, weights: str) -> float:
        first, *_, last = layers[name, weights]
        return float(last.std / first.std)

    assert 0.35 < kept("sigmoid", "Xavier") < 1
    assert 0.35 < kept("tanh", "Xavier") < 1
    assert kept("ReLU", "Xavier") < 0.45
    assert 0.5 < kept("ReLU", "He") < 2
    assert kept("ReLU", "std 1") > 500
    # He's weights keep the mean square of what ReLU passes on where it was: at 1.
    assert (layers["ReLU", "He"][0].values ** 2).mean() == pytest.approx(1, rel=0.2)
    assert all(0.3 < layer.zero < 0.7 for layer in layers["ReLU", "He"])


def test_4_what_does_not_learn(run: Callable[[str], Any]) -> None:
    runs = run("04_initial_weights")
    for start in ("zeros", "all equal", "std 0.01"):
        assert runs[start].final == pytest.approx(math.log(10), abs=0.02), start
        assert runs[start].accuracy < 0.2, start
    assert runs["zeros"].spread == 0
    assert runs["all equal"].spread < 1e-6
    assert not np.array_equal(runs["all equal"].weight, np.full_like(runs["all equal"].weight, 0.01))  # it did move
    for start, most in [("Xavier", 1.5), ("He", 0.5)]:
        assert runs[start].final < most, start
        assert runs[start].accuracy > 0.65, start
        assert runs[start].spread > 0.1, start


def test_5_batch_norm_learns_across_scales(run: Callable[[str], Any]) -> None:
    pairs = run("05_batch_norm")
    assert list(pairs) == pytest.approx([10 ** (-4 * i / 15) for i in range(16)])
    assert sum(pair.normed[-1] > 0.5 for pair in pairs.values()) >= 9
    assert sum(pair.plain[-1] > 0.5 for pair in pairs.values()) <= 3
    for scale, pair in pairs.items():
        if 0.002 < scale < 0.06:
            assert pair.normed[-1] > 0.6
            assert pair.plain[-1] < 0.25


def test_6_weight_decay_closes_the_gap(run: Callable[[str], Any]) -> None:
    plain, decayed = run("06_weight_decay").values()
    assert plain.gap > 0.08
    assert decayed.gap < plain.gap - 0.15
    assert decayed.train[-1] < plain.train[-1] - 0.1


def test_7_dropout_closes_the_gap(run: Callable[[str], Any]) -> None:
    plain, *dropped = run("07_dropout").values()
    assert plain.gap > 0.08
    for history in dropped:
        assert history.gap < plain.gap - 0.08
        assert history.test[-1] > plain.test[-1]


def test_the_books_dropout_scales_at_test_time() -> None:
    layer = load("07_dropout").nn.book.Dropout(0.25)
    tl.manual_seed(0)
    kept = layer(tl.ones(10_000))
    assert set(kept.tolist()) == {0.0, 1.0}
    assert kept.mean().item() == pytest.approx(0.75, abs=0.02)
    assert layer.eval()(tl.ones(3)).tolist() == [0.75] * 3


def test_9_gradients_are_right_and_a_planted_bug_is_named(run: Callable[[str], Any]) -> None:
    checks = run("09_gradient_check")
    assert checks.sound
    assert not checks.planted
    wrong = {name for name, entry in checks.planted.entries.items() if not entry}
    assert wrong == {"input", "0.weight", "1.weight", "1.bias", "3.weight", "3.bias"}  # all below layer 4
    steps = load("09_gradient_check").STEPS
    assert steps[0] > steps[-1]
    for values in checks.errors.values():  # an error that falls with the step and then rises again
        assert min(values[0], values[-1]) > 100 * values.min()
    best = {name: values.min() for name, values in checks.errors.items()}
    assert best["central"] < best["one-sided"] / 10 < best["central, float32"] / 100
    assert 1e-8 < steps[checks.errors["central"].argmin()] < 1e-4


def test_1_hardly_any_arrow_points_at_the_minimum() -> None:
    script = load("01_paths")
    found = script.field()
    assert (found.points.shape, found.arrows.shape, found.angles.shape) == ((400, 2), (400, 2), (400,))
    directions = np.stack([-found.points[:, 0] / 10, -2 * found.points[:, 1]], axis=1)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    np.testing.assert_allclose(found.arrows, directions, atol=1e-6)
    # By hand: of (x, y) the arrow (x/10, 2y) is off by arctan(2y / (x/10)) - arctan(y / x).
    expected = [abs(math.atan2(2 * y, x / 10) - math.atan2(y, x)) for x, y in np.abs(found.points).tolist()]
    np.testing.assert_allclose(found.angles, expected, atol=1e-3)
    assert found.share() == pytest.approx(np.mean(np.degrees(expected) <= 10))
    assert found.share() < 0.1
    assert script.field(lambda x, y: x**2 + y**2).share(0.1) == 1.0  # in a round bowl all of them do


def test_3_uniform_weights_lose_the_spread_layer_by_layer(run: Callable[[str], Any]) -> None:
    script = load("03_activations")
    tl.manual_seed(0)
    x = tl.randn(1000, 100)
    for name, kind, factor in [("tanh", nn.Tanh, math.sqrt(3)), ("ReLU", nn.ReLU, math.sqrt(6))]:
        layers = [script.measure(name, values) for values in script.activations(kind, "uniform", x)]
        squares = [float(np.sqrt((layer.values**2).mean())) for layer in layers]
        for before, after in pairwise(squares[1:]):  # the first still saturates a little
            assert before / after == pytest.approx(factor, rel=0.3), name
    for name in ("sigmoid", "tanh", "ReLU"):  # no histogram with nearly all in one bar, but for ReLU's bar of zeros
        for weights in script.WEIGHTS:
            layers = [
                script.measure(name, v)
                for v in script.activations(script.ACTIVATIONS[name][0], script.WEIGHTS[weights], x)
            ]
            for layer, (low, high, _) in zip(layers, script.ranges(name, layers), strict=True):
                shares = np.histogram(layer.values, 30, range=(low, high))[0] / layer.values.size
                assert shares.max() < 0.8, (name, weights)


def test_10_adagrad_dies_out_and_a_falling_rate_has_both(run: Callable[[str], Any]) -> None:
    rates, decay = run("10_learning_rates")
    assert rates.slopes["AdaGrad"] < -0.25
    assert rates.medians["AdaGrad"][-1] < rates.medians["AdaGrad"][150] / 2
    assert rates.slopes["RMSprop"] > 0
    large, small, falling = decay.losses.values()
    assert falling[-1] < 0.7 * large[-1] < 0.7 * small[-1]
    assert large[len(large) // 10] < small[len(small) // 10] / 2


def test_11_the_noise_falls_like_the_root_and_small_batches_get_further(run: Callable[[str], Any]) -> None:
    noises, runs = run("11_batch_sizes")
    for size, error in noises.items():
        assert error == pytest.approx(noises[1] / math.sqrt(size), rel=0.25), size
    whole, mini, single = runs.values()
    assert (whole.steps, mini.steps, single.steps) == (10, 100, 4000)
    assert single.losses[-1] < mini.losses[-1] / 2 < whole.losses[-1] / 2
    assert whole.losses[0] == mini.losses[0] == single.losses[0]


def test_12_the_scaled_network_is_as_good_as_the_average_of_many(run: Callable[[str], Any]) -> None:
    found, rates = run("12_dropout_ensemble")
    assert np.mean(found.single) < found.averaged[-1] - 0.1
    assert abs(found.scaled - found.averaged[-1]) < 0.05
    assert found.distance[-1] < found.distance[0] / 2
    assert list(rates) == [i / 10 for i in range(10)]
    assert max(rates[p].test for p in (0.1, 0.2, 0.3)) > rates[0.0].test
    assert rates[0.9].test < rates[0.8].test + 0.1 < rates[0.5].test


def test_13_only_the_proximal_step_makes_zeros(run: Callable[[str], Any]) -> None:
    runs = run("13_sparse_weights")
    assert {kind: found.zero for kind, found in runs.items() if kind != "L1, proximal"} == {
        "none": 0.0,
        "L2": 0.0,
        "L1, subgradient": 0.0,
    }
    assert runs["L1, proximal"].zero > 0.05
    assert runs["L1, subgradient"].small > 0.05
    assert abs(runs["L1, proximal"].accuracy - runs["L1, subgradient"].accuracy) < 0.02
    assert min(found.accuracy for found in runs.values()) > 0.88


def test_13_soft_thresholding() -> None:
    weight = tl.tensor([3.0, -3.0, 0.5, -0.5, 1.0, 0.0])
    load("13_sparse_weights").shrink(weight, 1.0)
    assert weight.tolist() == [2, -2, 0, 0, 0, 0]


def test_14_batch_norm_overfits_the_recipe_but_not_small_batches(run: Callable[[str], Any]) -> None:
    recipe, small = run("14_batch_norm_overfitting").values()
    assert recipe["batch norm"].gap > recipe["without"].gap + 0.2
    assert recipe["batch norm"].test[-1] < recipe["without"].test[-1] - 0.08
    assert small["batch norm"].test[-1] > recipe["batch norm"].test[-1] + 0.05
    assert small["batch norm"].gap < recipe["batch norm"].gap - 0.1


def test_15_equal_budgets_but_five_times_as_many_learning_rates(run: Callable[[str], Any]) -> None:
    found = run("15_grid_search")
    grid, random = found["grid"], found["random"]
    assert grid.tried.shape == random.tried.shape == (4, 25, 2)
    assert [len({*some[0, :, 0].tolist()}) for some in (grid.tried, random.tried)] == [5, 25]
    assert sorted({*grid.tried[0, :, 0].tolist()}) == pytest.approx([10 ** (-3.5 + i) for i in range(5)])
    for each in found.values():
        assert (each.tried[..., 0] > 1e-4).all()
        assert (each.tried[..., 0] < 10).all()
        assert each.best.mean() > 0.75


def test_mnist_that_is_missing_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match=r"(?s)there is no t10k-images-idx3-ubyte.*Say --download to fetch the 1.6 MB"):
        shared.load(arguments("--data", "mnist", "--root", str(tmp_path)))
    asked = []

    def fetch(urls: Any, path: Path, md5: str) -> None:
        asked.append((path.name, md5))
        raise RuntimeError("could not download it: no network")

    monkeypatch.setattr(tl.datasets.mnist, "fetch", fetch)
    with pytest.raises(SystemExit, match="no network"):
        shared.load(arguments("--data", "mnist", "--download", "--root", str(tmp_path)))
    assert asked == [("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3")]


# ------------------------------------------------------------------------------------------------ what they share


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_help_names_the_options(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        load(script.stem).main(["--help"])
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: {script.name} ")
    assert {"--seed", "--quick", "--data", "--root", "--out"} <= set(re.findall(r"--\w+", shown))


def arguments(*given: str) -> Any:
    return shared.options("", "some").parse_args(given)


def test_digits_are_shuffled_by_the_seed_and_parted() -> None:
    training, test = shared.load(arguments())
    assert (training.images.shape, test.images.shape) == ((1438, 64), (359, 64))
    assert (training.images.dtype, training.labels.dtype) == (tl.float32, tl.int64)
    everything = np.concatenate([training.images.numpy(), test.images.numpy()])
    assert sorted(map(bytes, everything)) == sorted(map(bytes, tl.datasets.digits().images.numpy()))
    tl.manual_seed(1)  # of no meaning
    again, few = (shared.load(arguments(), train)[0].labels.tolist() for train in (None, 100))
    assert again == training.labels.tolist()
    assert few == again[:100]
    assert shared.load(arguments("--seed", "1"))[0].labels.tolist() != again


def write_idx(path: Path, array: np.ndarray) -> None:
    path.write_bytes(
        bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape) + array.tobytes()
    )


def write_mnist(root: Path, kind: str, count: int) -> None:
    """Images whose first two pixels are their number."""
    images = np.zeros((count, 28, 28), dtype=np.uint8)
    images[:, 0, 0], images[:, 0, 1] = np.divmod(np.arange(count), 256)
    write_idx(root / f"{kind}-images-idx3-ubyte", images)
    write_idx(root / f"{kind}-labels-idx1-ubyte", (np.arange(count) % 10).astype(np.uint8))


def test_mnist_of_only_the_test_images_is_parted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_mnist(tmp_path, "t10k", 10_000)
    given = arguments("--data", "mnist", "--root", str(tmp_path))
    training, test = shared.load(given)
    assert "only MNIST's 10,000 test images" in capsys.readouterr().out
    numbers = [(split.images[:, :2] * 255) @ tl.tensor([256.0, 1.0]) for split in (training, test)]
    assert [[round(x) for x in some.tolist()] for some in numbers] == [[*range(8000)], [*range(8000, 10_000)]]
    assert test.labels[:3].tolist() == [0, 1, 2]

    write_mnist(tmp_path, "train", 30)
    training, test = shared.load(given, train=20)
    assert (len(training.images), len(test.images)) == (20, 10_000)
    assert capsys.readouterr().out == ""


def test_mlp_is_as_asked() -> None:
    tl.manual_seed(0)
    model = shared.mlp(400, [300, 200], activation=nn.Tanh, std="xavier", batch_norm=True, dropout=0.3, outputs=7)
    hidden = [nn.Linear, nn.BatchNorm1d, nn.Tanh, nn.Dropout]
    assert [type(layer) for layer in model] == [*hidden, *hidden, nn.Linear]
    assert [tuple(model[i].weight.shape) for i in (0, 4, 8)] == [(300, 400), (200, 300), (7, 200)]
    assert all(not model[i].bias.any() for i in (0, 4, 8))
    for std, expected in [("he", math.sqrt(2 / 400)), ("xavier", math.sqrt(1 / 400)), (0.03, 0.03)]:
        plain = shared.mlp(400, [300], std=std)
        assert [type(layer) for layer in plain] == [nn.Linear, nn.ReLU, nn.Linear]
        assert plain[0].weight.std().item() == pytest.approx(expected, rel=0.02)


def test_accuracy_is_of_the_evaluated_model() -> None:
    model = nn.Sequential(nn.Dropout(1.0), nn.Identity())
    split = shared.Split(tl.eye(3), tl.tensor([0, 1, 1]))
    assert shared.accuracy(model, split) == pytest.approx(2 / 3)
    assert model.training


def test_fit_learns_and_remembers() -> None:
    tl.manual_seed(0)
    training, test = shared.load(arguments(), 200)
    model = shared.mlp(64, [30])
    history = shared.fit(model, tl.optim.SGD(model.parameters(), lr=0.5), training, test, epochs=15, size=50)
    assert (len(history.train), len(history.test)) == (15, 15)
    assert history.train[-1] == shared.accuracy(model, training) > 0.9
    assert history.test[-1] == shared.accuracy(model, test)
    assert history.gap == pytest.approx(np.mean(history.train[-2:]) - np.mean(history.test[-2:]))


def test_batches() -> None:
    split = shared.Split(tl.arange(10.0)[:, None], tl.arange(10))
    epoch = [labels.tolist() for _, labels in shared.batches(split, 4)]
    assert [len(labels) for labels in epoch] == [4, 4, 2]
    assert sorted(label for labels in epoch for label in labels) == list(range(10))
    drawn = [(images.flatten().tolist(), labels.tolist()) for images, labels in shared.batches(split, 4, steps=9)]
    assert [len(labels) for _, labels in drawn] == [4] * 9
    assert all(images == labels for images, labels in drawn)
    assert any(len(set(first + second)) < 8 for (_, first), (_, second) in pairwise(drawn))  # with replacement


def test_mislabel() -> None:
    split = shared.Split(tl.zeros(1000, 1), tl.full((1000,), 3))
    labels = shared.mislabel(split, 0.3).labels
    assert (labels[300:] == 3).all()
    assert (labels[:300] == 3).sum().item() == pytest.approx(30, abs=20)
    assert (labels.dtype, set(labels.tolist())) == (tl.int64, set(range(10)))


def test_smooth() -> None:
    values = [3.0, 0.0, 9.0, 6.0, 1.0]
    assert shared.smooth(values, 3).tolist() == pytest.approx([1.5, 4, 5, 16 / 3, 3.5])


@pytest.mark.parametrize("page", [EXAMPLES / "README.md", BOOK / "RESULTS.md"], ids=lambda path: path.name)
def test_the_pages_show_every_experiment_and_link_to_what_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for script in SCRIPTS:
        assert script.name in text, script.name
        assert f"pictures/{script.stem}.png" in text, script.stem
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        path = page.parent / target
        assert path.exists(), target
        assert path.suffix != ".png" or path.stat().st_size < 100_000, target
