"""The same seed, the same numbers as PyTorch: dropout, fills in the order of memory, a whole training; and threads.

The constants were recorded with PyTorch 2.13 on x86-64.
"""

from __future__ import annotations

import copy
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.random import distributions

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
                start.wait()  # noqa: B023
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
    for twin in (tl.Generator().set_state(with_a_second_stream), old, pickle.loads(pickle.dumps(g))):
        assert tl.randn(5, generator=twin).tolist() == expected


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
