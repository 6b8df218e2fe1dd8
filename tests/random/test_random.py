"""Random numbers: PyTorch's for the same seed, recorded here; and what must hold of any random numbers."""

from __future__ import annotations

import copy
import math
import pickle
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as random
from tinygrad_lite import Generator, tensor, zeros
from tinygrad_lite.random import distributions, generator


@pytest.fixture(autouse=True)
def default_generator() -> Iterator[Generator]:
    """The default generator, left as it was found."""
    state = random.get_rng_state()
    yield random.default_generator.manual_seed(1234)
    random.set_rng_state(state)


def seeded(seed: int) -> Generator:
    return Generator().manual_seed(seed)


# What PyTorch 2.13.0 (CPU, x86-64) gives for a seed.
RECORDED: list[tuple[str, int, Callable[[Generator], Any], list[Any]]] = [
    (
        "rand",
        0,
        lambda g: random.rand(5, generator=g),
        [0.49625658988952637, 0.7682217955589294, 0.08847743272781372, 0.13203048706054688, 0.30742281675338745],
    ),
    (
        "rand, seed of 41 bits",
        2**40 + 3,
        lambda g: random.rand(5, generator=g),
        [0.004263520240783691, 0.10556936264038086, 0.2858424782752991, 0.026954829692840576, 0.47161436080932617],
    ),
    (
        "rand, negative seed",
        -5,
        lambda g: random.rand(5, generator=g),
        [0.9308151006698608, 0.6607242226600647, 0.9807688593864441, 0.9324097037315369, 0.1761419177055359],
    ),
    (
        "rand, float64",
        42,
        lambda g: random.rand(2, 2, generator=g, dtype=np.float64),
        [0.05815448596142969, 0.06291016742457756, 0.12358607277440903, 0.05258016436107704],
    ),
    (
        "rand, float16",
        0,
        lambda g: random.rand(4, generator=g, dtype=np.float16),
        [0.496337890625, 0.76806640625, 0.0885009765625, 0.132080078125],
    ),
    (
        "uniform",
        42,
        lambda g: distributions.uniform(g, (5,), -0.1, 0.1),
        [0.07645385712385178, 0.0830007940530777, -0.023427248001098633, 0.09186112880706787, -0.02191035822033882],
    ),
    (
        "randn, few",
        0,
        lambda g: random.randn(5, generator=g),
        [1.5409960746765137, -0.293428897857666, -2.1787893772125244, 0.5684312582015991, -1.0845223665237427],
    ),
    (
        "randn, a block and a tail",
        42,
        lambda g: random.randn(19, generator=g),
        [
            *(1.9269152879714966, 1.4872840642929077, 0.9007171988487244, 0.439589262008667, -0.7581311464309692),
            *(1.078317642211914, 0.8008005619049072, 1.680620551109314, 0.3558599054813385, -0.6866229772567749),
            *(-0.4933563470840454, 1.334737777709961, -0.2316243201494217, 0.041759490966796875, -0.2515752911567688),
            *(0.859858512878418, -0.3097267746925354, -0.3957104980945587, 0.8034093379974365),
        ],
    ),
    (
        "randint",
        0,
        lambda g: random.randint(-5, 100, (8,), generator=g),
        [69, 19, 93, 25, 38, 4, 92, 68],
    ),
    (
        "randint, of 64 bits",
        0,
        lambda g: random.randint(2**40, (4,), generator=g),
        [741280623151, 506137267392, 291447657211, 841157541223],
    ),
    ("randperm", 0, lambda g: random.randperm(12, generator=g), [8, 0, 5, 9, 7, 4, 2, 10, 3, 1, 11, 6]),
    (
        "bernoulli, one probability",
        42,
        lambda g: random.bernoulli(zeros(16), 0.3, generator=g),
        [1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0],
    ),
    (
        "bernoulli, a probability each",
        0,
        lambda g: random.bernoulli(tensor([0.3] * 16), generator=g),
        [0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0],
    ),
    (
        "exponential",
        0,
        lambda g: distributions.exponential_array(g, (4,), 2.0),
        [1.754163146018982, 0.6151923537254333, 0.3075220584869385, 1.267559289932251],
    ),
    (
        "binomial, of misses where these are fewer",
        0,
        lambda g: random.binomial(tensor([60.0] * 4), tensor([0.502] * 4), generator=g),
        [28, 34, 29, 31],
    ),
    (
        "poisson, where a bound of the probability decides",
        65,
        lambda g: random.poisson(tensor([1e6] * 6), generator=g),
        [1000888.0, 999457.0, 999030.0, 998648.0, 1000993.0, 1001310.0],
    ),
    (
        "multinomial",
        0,
        lambda g: random.multinomial(tensor([float(i) for i in range(10)]), 6, generator=g),
        [6, 9, 7, 8, 4, 2],
    ),
    (
        "multinomial, with replacement",
        -5,
        lambda g: random.multinomial(tensor([float(i) for i in range(10)]), 12, True, generator=g),
        [6, 9, 6, 9, 4, 5, 7, 8, 2, 8, 3, 7],
    ),
]


def array_of(values: Any) -> Any:
    return values if isinstance(values, np.ndarray) else values._data


@pytest.mark.parametrize(("name", "seed", "draw", "values"), RECORDED, ids=[case[0] for case in RECORDED])
def test_recorded(name: str, seed: int, draw: Callable[[Generator], Any], values: list[Any]) -> None:
    found = array_of(draw(seeded(seed))).reshape(-1)
    assert np.array_equal(found, np.array(values, found.dtype))


def test_recorded_randn_of_float64() -> None:
    found = random.randn(17, generator=seeded(0), dtype=np.float64)._data
    # The last 16 are made anew, so the first is the only one left of the first block.
    assert found[[0, 1, 15, 16]] == pytest.approx(
        [-2.310411800234176, -0.6332746088675096, -0.8910030351707375, 0.6748575435940039], rel=1e-14
    )


def test_the_second_normal_of_a_pair_is_kept() -> None:
    one_by_one, g = seeded(3), seeded(3)
    first = [random.randn(1, generator=one_by_one)._data[0] for _ in range(5)]
    assert np.array_equal(first, random.randn(5, generator=g)._data)
    random.rand(1, generator=one_by_one), random.rand(1, generator=g)
    assert random.randn(1, generator=one_by_one)._data[0] == random.randn(1, generator=g)._data[0]
    random.randn(1, generator=g), g.manual_seed(3)  # seeding forgets it
    assert random.randn(1, generator=g)._data[0] == first[0]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (1,), (2, 3), (15,), (16,), (17,), (4, 5, 6)])
def test_shapes_and_dtypes(shape: tuple[int, ...], dtype: Any) -> None:
    like = zeros(shape, dtype=dtype)
    made = [
        random.rand(shape, dtype=dtype),
        random.rand(*shape, dtype=dtype) if shape else random.rand((), dtype=dtype),
        random.randn(list(shape), dtype=dtype),
        random.rand(size=shape, dtype=dtype),
        random.normal(1.0, 2.0, shape, dtype=dtype),
        random.rand_like(like),
        random.randn_like(like),
        random.randint_like(like, 5),
        random.bernoulli(like),
        random.bernoulli(like, p=0.5),
        random.randint(7, shape, dtype=dtype),
    ]
    for t in made:
        assert (t._data.shape, t.dtype) == (shape, dtype)
    assert random.rand_like(like, dtype=np.float64).dtype == np.float64


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64, np.uint8, np.bool_])
def test_whole_dtypes(dtype: Any) -> None:
    for t in (random.randint(2, (3, 4), dtype=dtype), random.randint(0, 2, [3, 4], dtype=dtype)):
        assert (t._data.shape, t.dtype) == ((3, 4), dtype)
        assert set(t._data.reshape(-1).tolist()) <= {0, 1}
    limits = np.iinfo(dtype) if dtype is not np.bool_ else np.iinfo(np.uint8)
    if dtype is not np.bool_:
        values = random.randint(int(limits.min), int(limits.max), (1000,), dtype=dtype)._data
        assert values.min() < 0.9 * limits.min + 0.1 * limits.max
        assert values.max() > 0.9 * limits.max


def test_defaults() -> None:
    assert random.rand(2).dtype == random.randn(2).dtype == random.normal(0, 1, (2,)).dtype == np.float32
    assert random.randint(5, (2,)).dtype == random.randperm(3).dtype == np.int64
    assert random.multinomial(tensor([1.0, 1.0]), 1).dtype == np.int64
    assert not random.rand(2).requires_grad
    assert random.rand(2, requires_grad=True).requires_grad
    assert random.randn(2, requires_grad=True, device="cpu").requires_grad


def test_forms_of_randint() -> None:
    forms: list[Callable[[Generator], Any]] = [
        lambda g: random.randint(0, 9, (4,), generator=g),
        lambda g: random.randint(9, (4,), generator=g),
        lambda g: random.randint(9, size=(4,), generator=g),
        lambda g: random.randint(high=9, size=(4,), generator=g),
        lambda g: random.randint(low=0, high=9, size=(4,), generator=g),
        lambda g: random.randint(0, high=9, size=(4,), generator=g),
        lambda g: random.randint_like(zeros(4), 9, generator=g),
        lambda g: random.randint_like(zeros(4), 0, 9, generator=g),
        lambda g: random.randint_like(zeros(4), low=0, high=9, generator=g),
    ]
    expected = forms[0](seeded(1))._data
    for form in forms:
        assert np.array_equal(form(seeded(1))._data, expected)


def test_wide_ranges() -> None:
    g = seeded(2)
    low, high = -(2**63), 2**63 - 1
    values = distributions.integers(g, (20_000,), low, high)
    assert values.min() < 0.99 * low
    assert values.max() > 0.99 * high
    halves = distributions.integers(g, (1000,), -65504, 65504, np.float16)
    assert np.all(np.isfinite(halves))
    assert np.all(halves < 65504)
    assert np.array_equal(distributions.integers(g, (3,), 7, 8), [7, 7, 7])


class TestGenerator:
    def test_seeds(self) -> None:
        g = Generator()
        assert g.initial_seed() == 67280421310721  # PyTorch's default_rng_seed_val
        assert g.device == "cpu"
        assert g.manual_seed(5) is g
        assert g.initial_seed() == 5
        assert g.manual_seed(-1).initial_seed() == 2**64 - 1
        assert g.manual_seed(np.int64(7)).initial_seed() == 7
        assert Generator(device="cpu").seed() != Generator().seed()

    def test_bad_seeds(self) -> None:
        for seed in (2**64, -(2**63) - 1):
            with pytest.raises(ValueError, match="Overflow when unpacking long long"):
                Generator().manual_seed(seed)
        with pytest.raises(RuntimeError, match="manual_seed expected a long, but got float"):
            Generator().manual_seed(1.5)
        assert random.manual_seed(1.9).initial_seed() == 1  # the function, unlike the method, takes int() of it

    def test_the_default_one(self, default_generator: Generator) -> None:
        assert random.manual_seed(11) is default_generator
        assert random.initial_seed() == 11
        first = random.rand(3)._data
        assert np.array_equal(first, random.rand(3, generator=seeded(11))._data)
        assert random.seed() == random.initial_seed() != 11
        assert generator.chosen(None) is default_generator

    def test_one_generator_does_not_move_another(self) -> None:
        g, other = seeded(1), seeded(1)
        expected = random.rand(4, generator=g)._data
        random.randn(100), random.rand(3, generator=seeded(1)), np.random.default_rng(0).random()
        assert np.array_equal(random.rand(4, generator=other)._data, expected)

    def test_numpys_own_state_is_not_touched(self) -> None:
        before: Any = np.random.get_state(legacy=True)  # noqa: NPY002  # NumPy's older generator is what is meant
        random.manual_seed(0), random.randn(20), random.randperm(5)
        after: Any = np.random.get_state(legacy=True)  # noqa: NPY002  # NumPy's older generator is what is meant
        assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))

    @pytest.mark.parametrize("words", [0, 1, 5, 623, 624, 625, 1248])
    @pytest.mark.parametrize("normals", [0, 1, 2, 3])
    def test_state(self, words: int, normals: int) -> None:
        g = seeded(8)
        distributions.bits(g, words), distributions.normal_array(g, (normals,))
        state = g.get_state()
        assert (state.dtype, state._data.ndim) == (np.uint8, 1)

        def draw(generator: Generator) -> list[Any]:
            made = [random.randn(3, generator=generator), random.rand(700, generator=generator)]
            return [t._data.tolist() for t in made]

        expected = draw(g)
        other = Generator().set_state(state)
        assert other.initial_seed() == 8
        assert draw(other) == draw(g.set_state(state)) == expected
        assert np.array_equal(Generator().set_state(state).get_state()._data, state._data)
        assert draw(Generator().set_state(state._data)) == expected  # an array of it will do

    def test_default_state(self) -> None:
        random.randn(1)
        state = random.get_rng_state()
        expected = random.randn(4)._data
        random.set_rng_state(state)
        assert np.array_equal(random.randn(4)._data, expected)

    def test_copies_go_on_alike(self) -> None:
        g = seeded(4)
        random.randn(3, generator=g)
        for twin in (copy.deepcopy(g), pickle.loads(pickle.dumps(g))):
            assert np.array_equal(twin.get_state()._data, g.get_state()._data)
            random.rand(3, generator=twin)
            assert not np.array_equal(twin.get_state()._data, g.get_state()._data)

    def test_bad_states(self) -> None:
        g = Generator()
        with pytest.raises(TypeError, match=r"expected a torch\.ByteTensor.*but got list"):
            g.set_state([1])
        with pytest.raises(TypeError, match=r"RNG state must be a torch\.ByteTensor"):
            g.set_state(zeros(3))
        with pytest.raises(RuntimeError, match="found the input RNG state size to be 3"):
            g.set_state(np.zeros(3, np.uint8))
        with pytest.raises(RuntimeError, match="Invalid mt19937 state"):
            g.set_state(np.zeros(5056, np.uint8))


class TestErrors:
    @pytest.mark.parametrize(
        ("message", "call"),
        [
            ("negative dimension -1", lambda: random.rand(2, -1)),
            (r"random_ expects 'from' to be less than 'to', but got from=0 >= to=0", lambda: random.randint(0, (2,))),
            (r"but got from=5 >= to=2", lambda: random.randint(5, 2, (2,))),
            ("to - 1 is out of bounds for uint8", lambda: random.randint(0, 300, (2,), dtype=np.uint8)),
            ("from is out of bounds for uint8", lambda: random.randint(-1, 3, (2,), dtype=np.uint8)),
            ("to - 1 is out of bounds for bool", lambda: random.randint(0, 3, (2,), dtype=np.bool_)),
            ("to - 1 is out of bounds for float16", lambda: random.randint(0, 70000, (2,), dtype=np.float16)),
            ("to - 1 is out of bounds for int64", lambda: random.randint(0, 2**63 + 1, (2,))),
            ("n must be non-negative", lambda: random.randperm(-1)),
            ("n cannot be greater than 256 for uint8", lambda: random.randperm(257, dtype=np.uint8)),
            ("n cannot be greater than 2049 for float16", lambda: random.randperm(2050, dtype=np.float16)),
            (r"normal expects std >= 0.0, but found std -1", lambda: random.normal(0.0, -1.0, (3,))),
            (r"normal expects std >= 0.0, but found std nan", lambda: random.normal(zeros(3), math.nan)),
            (r"normal expects all elements of std >= 0.0", lambda: random.normal(0.0, tensor([1.0, -1.0]))),
            ("normal: the shapes", lambda: random.normal(zeros(3), zeros(2))),
            (r"Expected p_in >= 0 && p_in <= 1", lambda: random.bernoulli(tensor([0.5, 1.5]))),
            (r"Expected p_in >= 0 && p_in <= 1", lambda: random.bernoulli(tensor([0.5, math.nan]))),
            (r"bernoulli_ expects p to be in \[0, 1\], but got p=2", lambda: random.bernoulli(zeros(2), 2.0)),
            ("sum of probabilities <= 0", lambda: random.multinomial(tensor([[0.0, 1.0], [0.0, 0.0]]), 1)),
            ("sum of probabilities <= 0", lambda: random.multinomial(zeros(2), 2, True)),
            (
                r"cannot sample n_sample > prob_dist.size\(-1\) samples without replacement",
                lambda: random.multinomial(tensor([0.0, 1.0]), 3),
            ),
            ("cannot sample n_sample <= 0 samples", lambda: random.multinomial(tensor([0.0, 1.0]), 0)),
            ("either `inf`, `nan` or element < 0", lambda: random.multinomial(tensor([-1.0, 3.0]), 1)),
            ("either `inf`, `nan` or element < 0", lambda: random.multinomial(tensor([math.inf, 3.0]), 2, True)),
            ("floating-point dtypes for input, got: int64", lambda: random.multinomial(tensor([1, 2]), 1)),
            ("prob_dist must be 1 or 2 dim", lambda: random.multinomial(tensor(1.0), 1)),
            ("uniform_ expects to return", lambda: distributions.uniform(Generator(), (3,), 2, 1)),
            ("to is out of bounds for float16", lambda: distributions.uniform(Generator(), (3,), 0, 1e6, np.float16)),
            ("exceed the limit", lambda: distributions.uniform(Generator(), (3,), -3e38, 3e38)),
            (
                "exponential_ expects lambda > 0.0, but found lambda=0",
                lambda: distributions.exponential_array(Generator(), (3,), 0.0),
            ),
            ("floating point", lambda: distributions.exponential_array(Generator(), (3,), 1.0, np.int64)),
            ("floating point", lambda: random.randint(5, (2,), requires_grad=True)),
            ("cuda", lambda: Generator("cuda")),
            ("cuda", lambda: random.rand(2, device="cuda")),
        ],
    )
    def test_runtime_errors(self, message: str, call: Callable[[], Any]) -> None:
        with pytest.raises(RuntimeError, match=message):
            call()

    @pytest.mark.parametrize(
        "call",
        [
            lambda: random.rand(3, dtype=np.int64),
            lambda: random.randn(3, dtype=np.int64),
            lambda: random.rand_like(tensor([1, 2])),
            lambda: random.normal(tensor([1, 2]), 1.0),
            lambda: random.bernoulli(tensor([0, 1])),
            lambda: random.randperm(3, dtype=np.bool_),
        ],
    )
    def test_not_implemented(self, call: Callable[[], Any]) -> None:
        with pytest.raises(NotImplementedError, match="not implemented for"):
            call()

    @pytest.mark.parametrize(
        "call",
        [
            lambda: random.rand(),
            lambda: random.rand(2.0),
            lambda: random.rand((2, 3), 4),
            lambda: random.rand(3, sise=2),
            lambda: random.rand(3, generator=1),
            lambda: random.randint(5, 2),
            lambda: random.randint(5),
            lambda: random.randint(1, 2, 3, (4,)),
            lambda: random.randint(low=2, size=(3,)),
            lambda: random.randint(0.0, 5.0, (2,)),
            lambda: random.randperm(5.5),
            lambda: random.normal(0.0, 1.0),
            lambda: random.normal(zeros(3), 1.0, (3,)),
            lambda: random.bernoulli(0.5),
            lambda: random.bernoulli(zeros(2), p=zeros(2)),
            lambda: random.multinomial([1.0, 2.0], 1),
            lambda: random.multinomial(tensor([1.0, 2.0]), 1.0),
        ],
    )
    def test_type_errors(self, call: Callable[[], Any]) -> None:
        with pytest.raises(TypeError):
            call()


# ------------------------------------------------------------------------------------------ distributions

N = 200_000


def assert_moments(values: Any, mean: float, variance: float, fourth: float) -> None:
    """Mean and variance within five standard errors, given the fourth central moment."""
    values = values.astype(np.float64)
    assert abs(values.mean() - mean) < 5 * math.sqrt(variance / values.size)
    assert abs(values.var() - variance) < 5 * math.sqrt((fourth - variance**2) / values.size)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
class TestMoments:
    def test_uniform(self, dtype: Any) -> None:
        values = distributions.uniform(seeded(1), (N,), -1, 3, dtype)
        assert values.min() >= -1
        assert values.max() < 3
        assert_moments(values, 1, 16 / 12, 256 / 80)

    def test_normal(self, dtype: Any) -> None:
        values = distributions.normal_array(seeded(1), (N,), 3, 2, dtype)
        assert_moments(values, 3, 4, 3 * 16)
        standard = (values.astype(np.float64) - 3) / 2
        assert abs((standard**3).mean()) < 5 * math.sqrt(15 / N)
        assert abs((standard**4).mean() - 3) < 5 * math.sqrt(96 / N)

    def test_few_normals(self, dtype: Any) -> None:
        g = seeded(1)
        assert_moments(np.concatenate([distributions.normal_array(g, (5,), 0, 1, dtype) for _ in range(4000)]), 0, 1, 3)

    def test_exponential(self, dtype: Any) -> None:
        values = distributions.exponential_array(seeded(1), (N,), 4, dtype)
        assert values.min() >= 0
        assert_moments(values, 1 / 4, 1 / 16, 9 / 256)

    def test_bernoulli(self, dtype: Any) -> None:
        for p in (0.0, 0.3, 1.0, np.full(N, 0.3, dtype)):
            chance = float(np.max(p))
            values = distributions.bernoulli_array(seeded(1), (N,), p, dtype)
            assert abs(values.mean(dtype=np.float64) - chance) <= 5 * math.sqrt(chance * (1 - chance) / N)
        assert distributions.bernoulli_array(seeded(1), (3, 4), np.array([0, 1, 0, 1], dtype)).sum() == 6


def assert_even(counts: Any, shares: Any) -> None:
    """Pearson's chi-squared within five standard deviations of its mean."""
    expected = counts.sum() * np.asarray(shares)
    free = len(counts) - 1
    assert abs(((counts - expected) ** 2 / expected).sum() - free) < 5 * math.sqrt(2 * free)


class TestFrequencies:
    def test_integers(self) -> None:
        for low, high in ((0, 10), (-3, 4)):
            values = distributions.integers(seeded(1), (N,), low, high)
            assert_even(np.bincount(values - low, minlength=high - low), 1 / (high - low))
        wide = distributions.integers(seeded(1), (N,), 0, 2**40)
        assert_even(np.bincount(wide >> 36), 1 / 16)

    @pytest.mark.parametrize("huge", [False, True])
    def test_permutations(self, huge: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        if huge:
            monkeypatch.setattr(distributions, "HUGE_PERMUTATION", 0)
        g = seeded(1)
        ranks = {p: i for i, p in enumerate(map(str, _orders(4)))}
        found = [ranks[str(distributions.permutation(g, 4).tolist())] for _ in range(12_000)]
        assert_even(np.bincount(found, minlength=24), 1 / 24)
        for n in (0, 1, 2, 1000):
            assert np.array_equal(np.sort(distributions.permutation(g, n)), np.arange(n))

    def test_multinomial_with_replacement(self) -> None:
        weights = tensor([[1.0, 0.0, 2.0, 5.0], [3.0, 3.0, 1.0, 1.0]])
        found = random.multinomial(weights, 40_000, True, generator=seeded(1))._data
        for row, counted in zip(weights._data, (np.bincount(f, minlength=4) for f in found), strict=True):
            some = row > 0
            assert counted[~some].sum() == 0
            assert_even(counted[some], (row / row.sum())[some])

    def test_multinomial_without_replacement(self) -> None:
        weights = tensor([[1.0, 0.0, 2.0, 5.0]]).expand(20_000, 4)
        found = random.multinomial(weights, 3, generator=seeded(1))._data
        assert np.array_equal(np.sort(found, axis=1), np.tile([0, 2, 3], (20_000, 1)))
        assert_even(np.bincount(found[:, 0], minlength=4)[[0, 2, 3]], np.array([1, 2, 5]) / 8)
        # Given that 3 was first, the second is drawn from what is left.
        assert_even(np.bincount(found[found[:, 0] == 3, 1], minlength=3)[[0, 2]], np.array([1, 2]) / 3)

    def test_each_bit_is_set_half_of_the_time(self) -> None:
        g = seeded(1)
        assert distributions.bits(g, 5).dtype == np.uint32
        assert distributions.bits64(g, 5).dtype == np.uint64
        for words, width in (
            (distributions.bits(g, 9000), 32),
            (distributions.bits64(g, 9000), 64),
        ):
            ones = np.array([int(((words >> words.dtype.type(i)) & words.dtype.type(1)).sum()) for i in range(width)])
            assert np.all(np.abs(ones - 4500) < 5 * math.sqrt(9000 / 4))


def _orders(n: int) -> list[list[int]]:
    return [[]] if n == 0 else [[*p[:i], n - 1, *p[i:]] for p in _orders(n - 1) for i in range(n)]


def test_normal_of_tensors() -> None:
    means, stds = tensor([1.0, 2.0, 3.0]), tensor([[0.0], [2.0]])
    for mean, std, shape in ((means, stds, (2, 3)), (means, 0.5, (3,)), (1.0, stds, (2, 1)), (means, 2, (3,))):
        found = random.normal(mean, std, generator=seeded(1))
        noise = distributions.normal_array(seeded(1), shape)
        middle, spread = (v if isinstance(v, float | int) else v._data for v in (mean, std))
        assert found._data.shape == shape
        assert found.dtype == np.float32
        assert np.allclose(found._data, noise * spread + middle, rtol=1e-6)
    assert random.normal(means.to(np.float64), stds).dtype == np.float64
    assert random.normal(0.0, stds.to(np.float64)).dtype == np.float64


def test_infinite_parameters_do_not_warn() -> None:
    assert np.all(np.isinf(distributions.normal_array(seeded(0), (20,), 0.0, math.inf)))
    assert np.all(distributions.normal_array(seeded(0), (20,), math.inf, 1.0) == math.inf)
    assert np.all(distributions.exponential_array(seeded(0), (5,), math.inf) == 0)
    assert np.all(np.isfinite(distributions.normal_array(seeded(0), (99,), 0.0, 1e307, np.float64)))


# ------------------------------------------------------------------------------------- PyTorch, if it is there


@pytest.fixture(scope="module")
def torch() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("torch")


class TestAgainstPyTorch:
    """Many draws from one generator each, so that what is drawn and what is left over is compared as well."""

    SEEDS = (0, 1, 42, 2**32 - 1, 2**32 + 5, 2**64 - 1, -1, -(2**63))
    SHAPES = ((), (1,), (2,), (15,), (3,), (16,), (0,), (17,), (31,), (5, 7), (32,), (33,), (1000,), (4, 251))

    def compare(
        self,
        torch: Any,
        theirs: Callable[[tuple[int, ...], Any], Any],
        ours: Callable[[tuple[int, ...], Generator], Any],
        tolerance: float = 0.0,
    ) -> None:
        # Elsewhere PyTorch calls other elementary functions, and the compiler may not fuse a * b + c.
        if torch.backends.cpu.get_cpu_capability() not in ("AVX2", "AVX512"):
            tolerance = max(tolerance, 2e-6)
        for seed in self.SEEDS:
            g, twin = torch.Generator().manual_seed(seed), seeded(seed)
            for shape in self.SHAPES:
                expected, found = theirs(shape, g).numpy(), array_of(ours(shape, twin))
                assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
                if tolerance and found.dtype.kind == "f":
                    assert np.allclose(found, expected, rtol=tolerance, atol=tolerance)
                else:
                    assert np.array_equal(found, expected)
            assert np.array_equal(twin.get_state()._data[:8], g.get_state().numpy()[:8])
            assert random.rand(1, generator=twin)._data == torch.rand(1, generator=g).numpy()

    @pytest.mark.parametrize("name", ["float16", "float32", "float64"])
    def test_real_numbers(self, torch: Any, name: str) -> None:
        dtype, tolerance = getattr(torch, name), 2e-15 if name == "float64" else 0.0
        self.compare(
            torch,
            lambda s, g: torch.rand(s, generator=g, dtype=dtype),
            lambda s, g: random.rand(s, generator=g, dtype=name),
        )
        self.compare(
            torch,
            lambda s, g: torch.randn(s, generator=g, dtype=dtype),
            lambda s, g: random.randn(s, generator=g, dtype=name),
            tolerance,
        )
        self.compare(
            torch,
            lambda s, g: torch.normal(0.3, 1.7, s, generator=g, dtype=dtype),
            lambda s, g: random.normal(0.3, 1.7, s, generator=g, dtype=name),
            tolerance,
        )
        for low, high in ((-0.1, 0.1), (0.0, 5.0), (1e-3, 1e4), (-3.0, -3.0)):
            self.compare(
                torch,
                lambda s, g, low=low, high=high: torch.empty(s, dtype=dtype).uniform_(low, high, generator=g),
                lambda s, g, low=low, high=high: distributions.uniform(g, s, low, high, name),
            )
        self.compare(
            torch,
            lambda s, g: torch.empty(s, dtype=dtype).exponential_(0.3, generator=g),
            lambda s, g: distributions.exponential_array(g, s, 0.3, name),
            tolerance,
        )

    @pytest.mark.parametrize("name", ["float16", "float32", "float64"])
    def test_bernoulli(self, torch: Any, name: str) -> None:
        dtype = getattr(torch, name)
        for p in (0.0, 0.1, 1 / 3, 1.0):
            self.compare(
                torch,
                lambda s, g, p=p: torch.empty(s, dtype=dtype).bernoulli_(p, generator=g),
                lambda s, g, p=p: distributions.bernoulli_array(g, s, p, name),
            )
        self.compare(
            torch,
            lambda s, g: torch.bernoulli(torch.full(s, 0.3, dtype=dtype), generator=g),
            lambda s, g: random.bernoulli(tensor(np.full(s, 0.3, name)), generator=g),
        )

    @pytest.mark.parametrize(
        ("name", "low", "high"),
        [
            ("bool", 0, 2),
            ("uint8", 0, 256),
            ("int8", -128, 128),
            ("int16", -(2**15), 2**15),
            ("int32", -(2**31), 2**31),
            ("int32", 0, 2**28 - 1),
            ("int32", 0, 2**28),
            ("int64", 3, 13),
            ("int64", 0, 2**28 - 1),
            ("int64", 0, 2**28),
            ("int64", 5, 2**40),
            ("int64", -(2**63), 2**63 - 1),
            ("float16", -5, 2000),
            ("float32", -(2**24), 2**24),
            ("float64", 0, 2**53),
        ],
    )
    def test_randint(self, torch: Any, name: str, low: int, high: int) -> None:
        self.compare(
            torch,
            lambda s, g: torch.randint(low, high, s, generator=g, dtype=getattr(torch, name)),
            lambda s, g: random.randint(low, high, s, generator=g, dtype=name),
        )

    @pytest.mark.parametrize(
        ("name", "low", "high"),
        [
            ("float16", -65504, 65504),
            ("float16", 0, 4099),
            ("float32", -(2**30) - 7, 2**31 + 1),
            ("float32", 0, 2**62 + 9),
        ],
    )
    def test_randint_beyond_the_precision(self, torch: Any, name: str, low: int, high: int) -> None:
        with warnings.catch_warnings():  # PyTorch's, that such a range is not covered evenly
            warnings.simplefilter("ignore")
            self.test_randint(torch, name, low, high)

    def test_randperm(self, torch: Any) -> None:
        self.compare(
            torch,
            lambda s, g: torch.randperm(math.prod(s), generator=g),
            lambda s, g: random.randperm(math.prod(s), generator=g),
        )

    @pytest.mark.parametrize("name", ["float32", "float64"])
    @pytest.mark.parametrize(("count", "replacement"), [(1, False), (5, False), (29, False), (1, True), (50, True)])
    def test_multinomial(self, torch: Any, name: str, count: int, replacement: bool) -> None:
        weights = np.random.default_rng(0).random((40, 30)).astype(name)
        weights[:, 3] = 0
        for rows in (weights, weights[0]):
            self.compare(
                torch,
                lambda s, g, rows=rows: torch.multinomial(torch.from_numpy(rows), count, replacement, generator=g),
                lambda s, g, rows=rows: random.multinomial(tensor(rows), count, replacement, generator=g),
            )

    @pytest.mark.parametrize("kinds", [("float32", "float32"), ("float32", "float64"), ("float64", "float32")])
    def test_normal_of_tensors(self, torch: Any, kinds: tuple[str, str]) -> None:
        means, stds = np.linspace(-2, 2, 50, dtype=kinds[0]), np.linspace(0, 3, 50, dtype=kinds[1])
        for mean, std in ((means, stds), (means, 0.7), (0.7, stds)):
            theirs = [torch.from_numpy(v) if isinstance(v, np.ndarray) else v for v in (mean, std)]
            ours = [tensor(v) if isinstance(v, np.ndarray) else v for v in (mean, std)]
            self.compare(
                torch,
                lambda s, g, theirs=theirs: torch.normal(*theirs, generator=g),
                lambda s, g, ours=ours: random.normal(*ours, generator=g),
                2e-15 if "float64" in kinds else 0.0,
            )

    @pytest.mark.parametrize("words", [0, 1, 623, 624, 625])
    def test_states_are_exchanged(self, torch: Any, words: int) -> None:
        theirs = torch.Generator().manual_seed(9)
        torch.rand(words, generator=theirs), torch.randn(3, generator=theirs)
        ours = Generator().set_state(theirs.get_state())
        assert ours.initial_seed() == 9
        assert np.array_equal(random.randn(3, generator=ours)._data, torch.randn(3, generator=theirs).numpy())
        back = torch.Generator()
        back.set_state(torch.from_numpy(ours.get_state()._data))
        assert np.array_equal(torch.randn(40, generator=back), torch.randn(40, generator=theirs))
