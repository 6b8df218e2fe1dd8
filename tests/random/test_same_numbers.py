"""The same seed, the same numbers as PyTorch: dropout, fills in the order of memory, a whole training; and threads.

The constants were recorded with PyTorch 2.13 on x86-64.
"""

from __future__ import annotations

import copy
import math
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.random import distributions, rejection

from ..support.both_libraries import on_both


@pytest.fixture(autouse=True)
def _default_generator() -> Iterator[None]:
    state = tl.get_rng_state()
    yield
    tl.set_rng_state(state)


def F(T: Any) -> Any:
    return T.nn.functional


RECORDED: list[tuple[str, Callable[[Any], Any], Any]] = [
    ("dropout", lambda T: F(T).dropout(T.arange(1.0, 9.0), 0.5), [0, 0, 6, 0, 0, 0, 14, 16]),
    (
        "dropout of a transposed matrix",
        lambda T: F(T).dropout(T.arange(1.0, 9.0).reshape(2, 4).t(), 0.3),
        [[0, 7.142857551574707], [0, 0], [4.285714149475098, 10], [0, 11.428571701049805]],
    ),
    (
        "alpha_dropout",
        lambda T: F(T).alpha_dropout(T.arange(1.0, 9.0), 0.3, True),
        [-1.059548258781433, -1.059548258781433, 3.036949872970581, -1.059548258781433, 4.758854866027832,
         -1.059548258781433, 6.48076057434082, 7.341712951660156],
    ),
    (
        "uniform_ of a transposed matrix",
        lambda T: T.empty(3, 2).t().uniform_(),
        [[0.49625658988952637, 0.08847743272781372, 0.30742281675338745],
         [0.7682217955589294, 0.13203048706054688, 0.6340786814689636]],
    ),
    (
        "normal_ of a transposed matrix",  # in pairs, however many they are
        lambda T: T.empty(6, 4).t().normal_()[:2],
        [[1.5409960746765137, -1.0845223665237427, -0.7192575931549072, -0.8566746115684509, -0.5663174986839294,
          0.3703935444355011],
         [-0.293428897857666, -1.3985954523086548, -0.40334352850914, 1.1006041765213013, 0.3731146454811096,
          1.4565025568008423]],
    ),
    ("random_ of a transposed matrix", lambda T: T.empty(3, 2).t().random_(0, 100), [[44, 33, 63], [39, 60, 79]]),
    (
        "bernoulli_ of a transposed matrix, a probability for each column",
        lambda T: T.empty(3, 2).t().bernoulli_(T.tensor([0.1, 0.5, 0.9])),
        [[0, 1, 1], [0, 1, 1]],
    ),
    (
        "exponential_ of a transposed matrix",
        lambda T: T.empty(3, 2).t().exponential_(),
        [[3.508326292037964, 0.615044116973877, 1.0357054471969604],
         [1.2303847074508667, 2.535118579864502, 1.5661288499832153]],
    ),
    (
        "rand_like of a permuted Tensor",
        lambda T: T.rand_like(T.empty(2, 3, 2).permute(2, 0, 1)),
        [[[0.49625658988952637, 0.08847743272781372, 0.30742281675338745],
          [0.4900934100151062, 0.455627977848053, 0.3488934636116028]],
         [[0.7682217955589294, 0.13203048706054688, 0.6340786814689636],
          [0.8964447379112244, 0.6323062777519226, 0.40171730518341064]]],
    ),
    ("multinomial of a transposed matrix", lambda T: T.multinomial(T.ones(3, 4).t(), 2), [[2, 1], [2, 0], [1, 2], [2, 1]]),
    (
        "rrelu",
        lambda T: F(T).rrelu(-T.ones(4), training=True),
        [-0.3270943760871887, -0.27246248722076416, -0.22070477902889252, -0.31682243943214417],
    ),
]  # fmt: skip


@on_both
@pytest.mark.parametrize(("call", "expected"), [row[1:] for row in RECORDED], ids=[row[0] for row in RECORDED])
def test_recorded(library: str, call: Callable[[Any], Any], expected: Any) -> None:
    T = pytest.importorskip(library)
    T.manual_seed(0)
    assert np.array_equal(call(T).numpy(), np.array(expected, np.float32))


@on_both
@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        ("float32", [8325664.0, 12888472.0, 1484222.0]),
        ("float64", [8737460674930124.0, 6375474555111176.0, 4137753702977065.0]),
        ("int32", [209652396, 398764591, 924231285]),
        ("int64", [900450186894289455, 3969543146641149120, 1895649597198586619]),
        ("uint8", [172, 47, 117]),
    ],
)
def test_random_without_ends_draws_all_numbers_that_the_dtype_holds(
    library: str, dtype: str, expected: list[float]
) -> None:
    """Of 64 random bits for 8 bytes, else of 32; float32 holds those up to 2**24."""
    T = pytest.importorskip(library)
    T.manual_seed(0)
    assert T.empty(3, dtype=getattr(T, dtype)).random_().tolist() == expected


LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "contiguous": lambda x: x.clone(),
    "transposed": lambda x: x.permute(2, 1, 0),
    "permuted": lambda x: x.permute(1, 2, 0),
    "with gaps": lambda x: x[:, :, ::2],
    "permuted with gaps": lambda x: x.permute(2, 0, 1)[::2],
    "expanded": lambda x: x[:, :1].expand(4, 5, 6),
    "expanded and transposed": lambda x: x[:1].permute(2, 1, 0).expand(6, 5, 3),
    "few": lambda x: x[:1, :3, :2].permute(2, 1, 0),
    "empty": lambda x: x[:0],
    "one number": lambda x: x[0, 0, 0],
}
DRAWS: dict[str, Callable[[Any, Any], Any]] = {
    "uniform_": lambda T, x: x.uniform_(-1.0, 3.0),
    "normal_": lambda T, x: x.normal_(1.0, 2.0),
    "bernoulli_": lambda T, x: x.bernoulli_(0.3),
    "bernoulli_ of probabilities": lambda T, x: x.bernoulli_(T.tensor(0.4, dtype=x.dtype).expand(x.shape)),
    "exponential_": lambda T, x: x.exponential_(1.5),
    "random_": lambda T, x: x.random_(0, 100),
    "rand_like": lambda T, x: T.rand_like(x),
    "randn_like": lambda T, x: T.randn_like(x),
    "randint_like": lambda T, x: T.randint_like(x, 50),
    "bernoulli": lambda T, x: T.bernoulli(x.sigmoid()),
    "normal": lambda T, x: T.normal(x, x.abs()),
    "dropout": lambda T, x: F(T).dropout(x, 0.3),
    "dropout of nothing": lambda T, x: F(T).dropout(x, 0.0),
    "dropout of all": lambda T, x: F(T).dropout(x, 1.0),
    "alpha_dropout": lambda T, x: F(T).alpha_dropout(x, 0.9, True),
    "rrelu": lambda T, x: F(T).rrelu(x, training=True),
    "init.trunc_normal_": lambda T, x: T.nn.init.trunc_normal_(x),
    "init.trunc_normal_ far out": lambda T, x: T.nn.init.trunc_normal_(x, a=1.0, b=3.0),
}
IN_PLACE = ("uniform_", "normal_", "bernoulli_", "exponential_", "random_", "init.trunc_normal_")
CASES = [
    (draw, layout, dtype)
    for draw in DRAWS
    for layout in LAYOUTS
    for dtype in ("float32", "float64", "float16")
    if not (draw.startswith(IN_PLACE) and "expanded" in layout)  # which cannot be written to
    if (draw, dtype) != ("rrelu", "float16")  # which PyTorch does not have
]


@pytest.mark.parametrize(("draw", "layout", "dtype"), CASES)
def test_every_layout(draw: str, layout: str, dtype: str) -> None:
    """The numbers, and how far the generator has moved."""
    torch = pytest.importorskip("torch")
    values = np.random.default_rng(0).standard_normal((4, 5, 6))
    found = []
    for T in (torch, tl):
        x = LAYOUTS[layout](T.tensor(values, dtype=getattr(T, dtype)))
        T.manual_seed(3)
        found.append((DRAWS[draw](T, x).numpy(), T.rand(1).item()))
    (expected, after), (given, after_ours) = found
    if dtype == "float64":  # the last bit of cosines and logarithms
        np.testing.assert_allclose(given, expected, rtol=2e-15, atol=1e-15)
    else:
        assert np.array_equal(given, expected)
    assert after_ours == after


DIGEST_DTYPES = ("float32", "float64", "float16")


def digest(T: Any, x: Any) -> float:
    """One number that depends on every number drawn, on its place, and on how far the generator has moved."""
    values = np.append(x.numpy().astype(np.float64), T.rand(1).item())
    return math.fsum(values * (np.arange(values.size) % 997 + 1))


def digest_of_layouts(T: Any, draw: str, dtype: str) -> float:
    values, found = np.random.default_rng(0).standard_normal((4, 5, 6)), 0.0
    for layout in LAYOUTS:
        if not (draw.startswith(IN_PLACE) and "expanded" in layout):
            T.manual_seed(3)
            found += digest(T, DRAWS[draw](T, LAYOUTS[layout](T.tensor(values, dtype=getattr(T, dtype)))))
    return found


def repeated(T: Any, values: list[float], count: int) -> Any:
    return T.tensor(np.repeat(values, count))


RATES = [0.0, 0.7, 4.0, 9.9, 10.0, 13.0, 60.0, 2e3]
COUNTS, SHARES = [5.0, 30.0, 40.0, 60.0, 90.0, 400.0, 5000.0], [0.3, 0.25, 0.5, 0.9, 0.12, 0.4, 0.03]
CONCENTRATIONS = [0.0, 0.05, 0.6, 1.0, 1.7, 30.0]
MANY: dict[str, Callable[[Any], Any]] = {
    "normal_ in blocks": lambda T: T.empty(40005).normal_(0.5, 3.0),
    "normal_ of float64": lambda T: T.empty(4005, dtype=T.float64).normal_(-0.5, 3.0),
    "normal_ of few": lambda T: T.cat([T.empty(n).normal_(1.0, 2.0) for n in (1, 3, 0, 15, 16, 17, 31, 32, 2)]),
    "uniform_": lambda T: T.cat([T.empty(100, dtype=d).uniform_(-1.0, 2.5).double() for d in (T.float16, T.float64)]),
    "exponential_": lambda T: T.empty(300, dtype=T.float64).exponential_(0.7),
    "geometric_": lambda T: T.cat([T.empty(300).geometric_(0.2), T.empty(9, dtype=T.int64).geometric_(0.9)]),
    "cauchy_": lambda T: T.empty(300, dtype=T.float64).cauchy_(0.5, 2.0),
    "log_normal_": lambda T: T.cat([T.empty(n, dtype=T.float64).log_normal_(0.5, 0.25) for n in (300, 3, 2)]),
    "bernoulli_": lambda T: T.cat([T.empty(99).bernoulli_(p) for p in (0.0, 1e-3, 0.5, 0.999, 1.0)]),
    "random_ in a wide range": lambda T: T.empty(99, dtype=T.int64).random_(-(2**40), 2**41) // 2**20,
    "random_ in a range of 32 bits": lambda T: T.empty(99, dtype=T.int64).random_(-(2**30), 2**30 + 7),
    "random_ at the edge of wide": lambda T: T.cat(
        [T.empty(50, dtype=T.int64).random_(0, 2**28 + k) for k in (-1, 0, 1)]
    ),
    "random_ of floats": lambda T: T.cat([T.empty(50).random_(2**24 + 1, 2**25 + k) for k in (3, 4)] + [T.empty(50).random_(-(2**24) - 5, -7)]),
    "random_ of float16": lambda T: T.empty(99, dtype=T.float16).random_(-2049, 4099),
    "random_ without ends": lambda T: T.cat(
        [T.empty(50, dtype=d).random_().double() for d in (T.bool, T.uint8, T.int16, T.int32, T.float16, T.float32)]
    ),
    "randperm": lambda T: T.cat([T.randperm(n) for n in (0, 1, 2, 500)]),
    "multinomial": lambda T: T.cat([T.multinomial(T.arange(1.0, 9.0), 5).float(), T.multinomial(T.ones(4), 99, True).float()]),
    "poisson": lambda T: T.poisson(repeated(T, RATES, 4000)),
    "binomial": lambda T: T.binomial(repeated(T, COUNTS, 4000), repeated(T, SHARES, 4000)),
    "gamma": lambda T: gamma(T, repeated(T, CONCENTRATIONS, 1000)),
    "gamma of float32": lambda T: gamma(T, repeated(T, CONCENTRATIONS, 1000).float()),
    "dirichlet": lambda T: dirichlet(T, T.tensor([[0.001, 0.7, 20.0], [0.001, 0.002, 30.0]] * 25, dtype=T.float64)),
    "dirichlet of float32": lambda T: dirichlet(T, T.tensor([[0.001, 0.7, 20.0], [0.001, 0.002, 30.0]] * 25)),
}  # fmt: skip


def gamma(T: Any, x: Any) -> Any:
    return T.tensor(rejection.gamma_array(T.default_generator, x.numpy())) if T is tl else T._standard_gamma(x)


def dirichlet(T: Any, x: Any) -> Any:
    return T.tensor(rejection.dirichlet_array(T.default_generator, x.numpy())) if T is tl else T._sample_dirichlet(x)


OF_LAYOUTS: dict[str, list[float]] = {
    "uniform_": [22216.66182458, 22438.58111143, 22217.01274478],
    "normal_": [21952.26825, 21728.61369999, 22341.18784761],
    "bernoulli_": [7669.550372481, 7669.550372481, 7669.550372481],
    "bernoulli_ of probabilities": [12377.81950748, 10801.55037248, 12377.81950748],
    "exponential_": [15022.76156857, 15022.76162581, 15022.60722673],
    "random_": [1155172.819507, 1155172.819507, 1155172.819507],
    "rand_like": [17512.26972896, 17518.56029773, 17512.19230568],
    "randn_like": [-1224.339544532, -1354.690138158, -574.6581648588],
    "randint_like": [839292.454795, 839292.454795, 839292.454795],
    "bernoulli": [20624.454795, 20482.43827724, 20624.454795],
    "normal": [1698.096666089, 3168.744876263, 2802.860413194],
    "dropout": [3371.588165227, 3371.588143082, 3371.087035179],
    "dropout of nothing": [2182.234545796, 2182.234601009, 2182.382167697],
    "dropout of all": [3.014308810234, 3.014308810234, 3.014308810234],
    "alpha_dropout": [4548.89089191, 4548.884913196, 4506.313277245], "rrelu": [12357.42005291, 12357.42014911],
    "init.trunc_normal_": [-1517.792723313, -1101.134018774, -1045.706691742],
    "init.trunc_normal_ far out": [40017.10732931, 38268.84520631, 40111.07756698],
}  # fmt: skip
"""The digests of all layouts, in float32, float64 and float16."""
OF_MANY = {
    "normal_ in blocks": 9552706.59298, "normal_ of float64": -999171.169707, "normal_ of few": 8985.499907315,
    "uniform_": 13277.34684525, "exponential_": 67427.3204586, "geometric_": 221640.882838, "cauchy_": 97253.22609567,
    "log_normal_": 80493.63645692, "bernoulli_": 91077.38209343, "random_ in a wide range": 1836491980.204,
    "random_ in a range of 32 bits": -16524165445.8, "random_ at the edge of wide": 1556204340068.0,
    "random_ of floats": 71494578914.84, "random_ of float16": 6926147.209025,
    "random_ without ends": 8588582894740.0, "randperm": 31699040.57752, "multinomial": 7681.131112218,
    "poisson": 4175311726.344, "binomial": 804147610.1422, "gamma": 16492629.67038,
    "gamma of float32": 16492629.37411, "dirichlet": 3940.464176568, "dirichlet of float32": 3940.464066562,
}  # fmt: skip


@on_both
@pytest.mark.filterwarnings("ignore:.* is out of bounds")
def test_the_numbers_are_pytorchs_by_their_digests(library: str) -> None:
    """Of every draw in every layout, and of many numbers from each distribution, with PyTorch's own from version 2.13."""
    T = pytest.importorskip(library)
    found = {
        draw: [digest_of_layouts(T, draw, d) for d in DIGEST_DTYPES[: len(row)]] for draw, row in OF_LAYOUTS.items()
    }
    many = {}
    for name, call in MANY.items():
        T.manual_seed(0)
        many[name] = digest(T, call(T))
    wrong = [name for name, row in OF_LAYOUTS.items() if found[name] != pytest.approx(row, rel=1e-11)]
    wrong += [name for name, value in OF_MANY.items() if many[name] != pytest.approx(value, rel=1e-11)]
    assert not wrong


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_the_factor_of_dropout(dtype: str) -> None:
    """1 / (1 - p), rounded as PyTorch rounds it; and p itself is not rounded."""
    torch = pytest.importorskip("torch")
    for p in np.random.default_rng(1).random(300):
        found = []
        for T in (torch, tl):
            T.manual_seed(0)
            x = T.ones(50, dtype=getattr(T, dtype), requires_grad=True)
            y = F(T).dropout(x, float(p))
            y.backward(T.full((50,), 3.0, dtype=getattr(T, dtype)))
            found.append((y.detach().numpy(), x.grad.numpy()))
        assert np.array_equal(found[0], found[1]), p


@pytest.mark.parametrize("name", ["int64", "bool"])
@pytest.mark.parametrize("call", ["dropout", "alpha_dropout"])
@on_both
def test_dropout_of_whole_numbers(library: str, call: str, name: str) -> None:
    T = pytest.importorskip(library)
    x = T.ones(4, dtype=getattr(T, name))
    with pytest.raises(RuntimeError, match=r"result type Float can't be cast to the desired output type (Long|Bool)"):
        getattr(F(T), call)(x, 0.3, True)
    for same in (getattr(F(T), call)(x, 0.0, True), getattr(F(T), call)(x[:0], 0.3, True)):
        assert same.dtype == x.dtype


def losses_of_a_training(T: Any, compiled: bool = False) -> list[float]:
    """A network with two kinds of dropout, Adam, and a shuffled loader, 200 steps in all."""
    T.manual_seed(0)
    data = T.utils.data
    x = T.randn(160, 12)
    target = (x[:, 0] * x[:, 1] > 0).long()
    loader = data.DataLoader(data.TensorDataset(x, target), batch_size=16, shuffle=True)
    model = T.nn.Sequential(
        T.nn.Linear(12, 32), T.nn.ReLU(), T.nn.Dropout(0.3), T.nn.Linear(32, 32), T.nn.SELU(), T.nn.AlphaDropout(0.1),
        T.nn.Linear(32, 2),
    )  # fmt: skip
    optimizer = T.optim.Adam(model.parameters(), lr=0.01)

    def step(inputs: Any, labels: Any) -> Any:
        optimizer.zero_grad()
        loss = F(T).cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
        return loss

    run = T.compile(step) if compiled else step
    losses = [run(*batch).item() for _ in range(20) for batch in loader]
    return [*losses, T.rand(1).item()]


# Every 40th of the losses; and the number drawn after them.
LOSSES = [0.7272762060165405, 0.5460289716720581, 0.38691043853759766, 0.19307833909988403, 0.1089109554886818]
DRAWN_AFTER = 0.4979540705680847


def test_losses_of_a_training_with_dropout() -> None:
    losses = losses_of_a_training(tl)
    np.testing.assert_allclose(losses[:200:40], LOSSES, rtol=1e-3)
    assert losses[-1] == pytest.approx(DRAWN_AFTER, rel=1e-7)
    assert losses_of_a_training(tl, compiled=True) == losses


def test_losses_of_a_training_with_dropout_are_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        expected = losses_of_a_training(torch)
    finally:
        torch.set_num_threads(threads)
    found = losses_of_a_training(tl)
    assert len(found) == len(expected) == 201
    np.testing.assert_allclose(found[:40], expected[:40], rtol=1e-5)
    np.testing.assert_allclose(found, expected, rtol=1e-3)
    assert found[-1] == expected[-1]


# ------------------------------------------------------------------------------------------------- the generator


def test_many_words_at_once() -> None:
    """The quick way to draw many words of 64 bits gives those of the plain way, and stops at the same place."""
    for count in (4096, 5001):
        g, one_by_one = tl.Generator().manual_seed(1), tl.Generator().manual_seed(1)
        few = [distributions.bits64(one_by_one, n) for n in [count // 4] * 4 + [count % 4]]
        assert np.array_equal(distributions.bits64(g, count), np.concatenate(few))
        assert np.array_equal(g.get_state().numpy(), one_by_one.get_state().numpy())


@pytest.mark.parametrize("fresh", [True, False])
def test_threads_share_a_generator(fresh: bool) -> None:
    """No number is drawn twice, whether or not the generator has drawn before the threads start."""
    g, drawn, interval = tl.Generator(), [], sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for seed in range(5):
            g.manual_seed(seed)
            if not fresh:
                tl.rand(1, generator=g)
            drawn.clear()
            start = threading.Barrier(8)

            def draw() -> None:
                start.wait()  # noqa: B023  # called at once
                for _ in range(100):
                    # Fewer than 16 normal numbers are made in pairs, of which the generator keeps the second one.
                    drawn.append(tuple(tl.rand(4, generator=g).tolist()))
                    drawn.append(tuple(tl.randn(3, generator=g).tolist()))

            threads = [threading.Thread(target=draw) for _ in range(8)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            assert len(set(drawn)) == 1600
    finally:
        sys.setswitchinterval(interval)


def test_a_state_is_read_whole_while_others_draw() -> None:
    """From a state that was read between two draws of another thread, the numbers go on as they did there."""
    g = tl.Generator().manual_seed(0)
    alone = tl.Generator().manual_seed(0)
    numbers = [tl.randn(5, generator=alone).tolist() for _ in range(2002)]
    found = []

    def draw() -> None:
        found.extend(tl.randn(5, generator=g).tolist() for _ in range(2000))

    thread = threading.Thread(target=draw)
    thread.start()
    copies = []
    while thread.is_alive():
        copies.append(tl.Generator().set_state(g.get_state()))
        copies.append(copy.deepcopy(g))
    thread.join()
    assert found == numbers[:2000]
    for twin in copies[:200]:
        first, second = (tl.randn(5, generator=twin).tolist() for _ in range(2))
        assert numbers[numbers.index(first) + 1] == second


def test_a_generator_may_be_used_again_in_the_midst_of_a_draw() -> None:
    """As a signal handler or a finalizer would."""
    g = tl.Generator().manual_seed(0)
    with g.lock:
        assert tl.rand(1, generator=g).item() == pytest.approx(0.49625658988952637)


def test_generators_and_states_of_version_0_1() -> None:
    g = tl.Generator().manual_seed(4)
    tl.randn(3, generator=g)
    state = g.get_state().numpy()
    assert state.shape == (5056,)
    with_a_second_stream = np.concatenate([state, np.arange(32, dtype=np.uint8)])
    old = tl.Generator()
    old.__setstate__({**g.__getstate__(), "_fast": np.random.SFC64(0)})
    expected = tl.randn(5, generator=copy.deepcopy(g)).tolist()
    assert "_fast" not in vars(old)
    for twin in (tl.Generator().set_state(with_a_second_stream), old, pickle.loads(pickle.dumps(g))):
        assert tl.randn(5, generator=twin).tolist() == expected


def test_products_and_sums_are_rounded_once() -> None:
    """The fused product and sum of float64, against fractions."""
    a, b, c = np.random.default_rng(0).standard_normal((3, 40))
    for i in range(40):
        found = distributions._fused(a, float(b[i]), float(c[i]))
        exact = [float(Fraction(x) * Fraction(float(b[i])) + Fraction(float(c[i]))) for x in a.tolist()]
        np.testing.assert_array_equal(found, exact)


def test_the_rest_of_stirlings_formula() -> None:
    for k in range(60):
        exact = math.lgamma(k + 1) - (k + 0.5) * math.log(k + 1) + k + 1 - 0.5 * math.log(2 * math.pi)
        assert rejection._stirling_rest(k) == pytest.approx(exact, abs=2e-9)


def test_a_huge_permutation(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many draws of 64 bits as there are numbers, each modulo how many have a place so far."""
    monkeypatch.setattr(distributions, "HUGE_PERMUTATION", 3)
    expected = [0] * 50
    for i, word in enumerate(distributions.bits64(tl.Generator().manual_seed(0), 50).tolist()):
        pick = word % (i + 1)
        expected[i], expected[pick] = expected[pick], i
    assert distributions.permutation(tl.Generator().manual_seed(0), 50).tolist() == expected


@pytest.mark.filterwarnings("ignore:compile")
def test_a_compiled_function_reads_the_seed_each_time() -> None:
    g = tl.Generator()
    read = tl.compile(lambda x: x + g.initial_seed())
    follow = tl.compile(lambda x, state: x + g.set_state(state).initial_seed())
    for seed in (3, 3, 5):
        g.manual_seed(seed)
        assert read(tl.zeros(1)).item() == seed
    for seed in (3, 3, 5):
        assert follow(tl.zeros(1), tl.Generator().manual_seed(seed).get_state()).item() == seed


@on_both
def test_fork_rng(library: str) -> None:
    T = pytest.importorskip(library)
    T.manual_seed(0)
    T.randn(3)  # so that a number is kept for the next time
    with suppress(KeyError), T.random.fork_rng():
        inside = T.randn(5)
        raise KeyError
    assert T.randn(5).equal(inside)
    T.manual_seed(0)
    with T.random.fork_rng(enabled=False):
        first = T.rand(1)
    assert not T.rand(1).equal(first)
