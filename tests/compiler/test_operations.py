"""Every operation and layer, compiled: each call of the parity tables is traced with some values and replayed with
others, which differ in all that could be taken for a constant, and must do what the plain function does: the same
values, gradients, effects on its arguments, random numbers and errors, bit for bit.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

import tinygrad_lite as tl

from ..nn import test_losses as losses
from ..nn.test_parity import made
from ..support.answers import PRESENT
from ..support.layer_samples import FUNCTIONS, MODULES, Sample
from ..support.parity_tables import RANDOM as EVERY_RANDOM
from ..support.parity_tables import TABLES
from ..support.pytorch_parity import Row, f, forms, i, pos, row

# They take minutes and ask nothing of PyTorch, so that one of the two environments in which the suite runs is enough.
pytestmark = pytest.mark.skipif(not PRESENT, reason="takes minutes; is run where PyTorch is installed")

# -------------------------------------------------------------------------------------------------- the cases


class Case(NamedTuple):
    """A function of Tensors, and the arrays that it is traced with; those that are floating require gradients."""

    label: str
    call: Callable[..., Any]
    arrays: list[np.ndarray]
    grad: bool = True


def of_row(row: Row) -> Iterator[Case]:
    """The forms of a row that are not the same code; and those in place on the very arguments, without gradients."""
    arrays: list[np.ndarray] = []

    def place(x: Any) -> Any:
        if isinstance(x, np.ndarray):
            arrays.append(x)
            return _Place(len(arrays) - 1)
        if isinstance(x, (list, tuple)):
            return type(x)(map(place, x))
        return getattr(tl, x.name) if isinstance(x, np.dtype) else x

    args, kwargs = place(row.args), {k: place(x) for k, x in row.kwargs.items()}

    def bound(call: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *tensors: call(tl, *_filled(args, tensors), **{k: _filled(x, tensors) for k, x in kwargs.items()})

    found = forms(row)
    if "function" in found:
        found.pop("method", None)
    for form, call in found.items():
        yield Case(f"{row} [{form}]", bound(call), arrays, row.grad)
    if "in place" in found:
        yield Case(f"{row} [itself]", bound(lambda T, x, *a, **kw: getattr(x, f"{row.name}_")(*a, **kw)), arrays, False)


class _Place(int):
    """Where a Tensor goes."""


def _filled(x: Any, tensors: Any) -> Any:
    if isinstance(x, _Place):
        return tensors[x]
    return type(x)(_filled(item, tensors) for item in x) if type(x) in (list, tuple) else x


def of_loss(function: str, sample: Any) -> Iterator[Case]:
    """A loss with each of its reductions; arrays among the options are Tensors from outside."""
    module = next(m for m, f in losses.SAMPLES if f == function)
    for reduction in losses.reductions(module):
        options = {k: tl.tensor(v) if isinstance(v, np.ndarray) else v for k, v in sample.options.items()}
        if reduction is not None:
            options["reduction"] = reduction
        names = [k for k, v in options.items() if isinstance(v, tl.Tensor)]
        extra = [options.pop(k)._data for k in names]
        arrays = [np.asarray(x) for x in sample.make(np.random.default_rng(0))]
        diff, count = sample.diff, len(arrays)

        def call(*ts: Any, options: Any = options, names: Any = names, diff: int = diff, count: int = count) -> Any:
            args = [t if k < diff else t.detach() for k, t in enumerate(ts[:count])]
            more = {k: t.detach() for k, t in zip(names, ts[count:], strict=True)}
            return getattr(tl.nn.functional, function)(*args, **options, **more)

        yield Case(f"{function}, {sample.options}, {reduction}", call, arrays + extra)


def draw(name: str, *args: Any, **kwargs: Any) -> Row:
    """What draws random numbers: a function of the module, with the arrays among its arguments as Tensors."""
    return row(name, *args, call=lambda T, *a, **kw: getattr(T, name)(*a, **kw), **kwargs)


def fill(name: str, x: np.ndarray, *args: Any, **kwargs: Any) -> list[Row]:
    """What fills a Tensor with random numbers: a copy, and the Tensor itself."""
    return [
        row(name, x, *args, call=lambda T, x, *a, **kw: getattr(x.clone(), name)(*a, **kw), **kwargs),
        row(name, x, *args, call=lambda T, x, *a, **kw: getattr(x, name)(*a, **kw), grad=False, **kwargs),
    ]


MANY = f(5, 7)
CHANCES = f(2, 3, low=0, high=1)
RANDOM: list[Row] = [
    *(draw(name, *size) for name in ("rand", "randn") for size in ((3,), (5, 7), ((2, 3),), ())),
    *(draw(name, x) for name in ("rand_like", "randn_like") for x in (f(3), MANY)),
    *(draw(name, 3, dtype=np.dtype("float64"), requires_grad=True) for name in ("rand", "randn")),
    draw("normal", MANY, pos(5, 7)), draw("normal", f(3), pos(2, 1)), draw("normal", MANY, 0.5), draw("normal", 1.0, pos(3)),
    draw("normal", 1.0, 2.0, (5, 7)),
    draw("randint", 10, (3,)), draw("randint", 3, 9, (2, 3)), draw("randint_like", f(3), 7), draw("randint_like", i(3), 2, 9),
    draw("randperm", 5), draw("randperm", 0),
    draw("bernoulli", CHANCES), draw("bernoulli", f(3), 0.3), draw("bernoulli", CHANCES.astype(np.float64)),
    *(draw("multinomial", x, k, again) for x in (pos(5), pos(2, 5)) for k, again in ((1, False), (3, False), (7, True))),
    *fill("uniform_", f(3)), *fill("uniform_", MANY, -1.0, 3.0), *fill("normal_", f(3)), *fill("normal_", MANY, 1.0, 2.0),
    *fill("bernoulli_", f(3)), *fill("bernoulli_", f(2, 3), 0.3), *fill("bernoulli_", f(2, 3), CHANCES),
    *fill("exponential_", MANY), *fill("exponential_", f(3), 2.0), *fill("random_", f(3)), *fill("random_", i(3), 2, 9),
    *fill("random_", i(3), 5), *fill("cauchy_", f(3)), *fill("cauchy_", MANY, 1.0, 2.0),
    draw("poisson", pos(3)), draw("poisson", MANY * MANY), draw("binomial", np.float32([5, 9, 0]), np.float32([0.2, 0.5, 0.9])),
]  # fmt: skip


def together(name: str, call: Callable[[Any], Any]) -> Row:
    return row(name, f(3, 3), call=lambda T, x: call(x))


def with_generator(x: Any, source: Any) -> Any:
    return x * tl.rand(3, generator=source)


TOGETHER: list[Row] = [
    together("seeded inside", lambda x: (tl.manual_seed(4), x * tl.rand(3))[1]),
    together("a generator inside", lambda x: with_generator(x, tl.Generator())),
    together("a seeded generator inside", lambda x: with_generator(x, tl.Generator().manual_seed(3))),
    together("places found", lambda x: (x[:, x.argmax(1)], x[x[:, 0].argsort()], x.gather(0, x.argsort(0)))),
    together("place found", lambda x: x[0, x[0].argmax()]),
    together("places written", lambda x: put(x, 5.0, (x.argmax(1), 0))),
    together("mask written", lambda x: put(x, 5.0, x > 0)),
    together("mask read", lambda x: x[x > 0].mean()),
    together("mask counted", lambda x: x.sum() / (x > 0).sum()),
    together("classes found", lambda x: tl.nn.functional.cross_entropy(x, x.argmax(1))),
    together("probabilities", lambda x: x * tl.bernoulli(x.detach().sigmoid())),
    together("branch", lambda x: x * 2 if x.sum() > 0 else x),
    together("numbers", lambda x: x * tl.full((3,), x.detach()[0, 0])),
    together("both true", lambda x: ((x > 0).any(), (x > -1).any(), (x < 0).all())),
    together("rows", lambda x: [r * r.max() for r in x]),
    together("a view written", lambda x: (x.clone()[0].mul_(2), put(x.T, 3.0, (0, 1)))),
]


def put(x: Any, value: Any, index: Any) -> Any:
    new = x.clone()
    new[index] = value
    return new * x


def tables() -> Iterator[tuple[str, Callable[[], Iterator[Case]]]]:
    """The names of the operations, each with what makes its cases."""
    for rows in (*(table.ROWS for table in TABLES), FUNCTIONS, RANDOM, TOGETHER):
        for name in sorted({r.name for r in rows}):
            named = [r for r in rows if r.name == name]
            yield name, lambda named=named: itertools.chain.from_iterable(map(of_row, named))
    for (_, function), samples in losses.SAMPLES.items():
        yield function, lambda f=function, s=samples: itertools.chain.from_iterable(of_loss(f, each) for each in s)


# ------------------------------------------------------------------------------------------- other values for them

KINDS: list[dict[str, Callable[[np.ndarray], Any]]] = [
    {  # other values of the same range, in another order
        "f": lambda x: x.reshape(-1)[::-1].reshape(x.shape) * x.dtype.type(0.75),
        "i": lambda x: x.reshape(-1)[::-1].reshape(x.shape) if x.size > 1 else x // 2,
        "b": lambda x: ~x,
    },
    {"f": lambda x: -x, "i": lambda x: ~x, "b": lambda x: np.zeros_like(x)},
    {"f": lambda x: _with_ends(x + 1), "i": lambda x: x + 100, "b": lambda x: np.ones_like(x)},
    {"f": lambda x: abs(x) / 8, "i": lambda x: x * 0, "b": lambda x: np.roll(x, 1)},
    {  # equal ones, and a class that is ignored
        "f": lambda x: np.full_like(x, 0.5),
        "i": lambda x: np.where(np.arange(x.size).reshape(x.shape) == 0, np.array(-100).astype(x.dtype), x),
        "b": lambda x: x & np.roll(x, 1),
    },
    {"f": lambda x: np.round(x), "i": lambda x: np.roll(x, 1) + (x.size == 1), "b": lambda x: ~np.roll(x, 1)},
]


def _with_ends(x: np.ndarray) -> np.ndarray:
    """x with NaN and the infinities in it, if there is room."""
    x = np.array(x)
    x.reshape(-1)[::5], x.reshape(-1)[1::5], x.reshape(-1)[3::5] = np.nan, np.inf, -np.inf
    return x


def other(arrays: list[np.ndarray], kind: Any, only: int | None = None) -> list[np.ndarray]:
    """Arrays like these with other values of a kind: all of them, or only one."""
    found = [kind[{"u": "i"}.get(x.dtype.kind, x.dtype.kind)](x) for x in arrays]
    chosen = [new if only in (None, k) else x for k, (x, new) in enumerate(zip(arrays, found, strict=True))]
    return [np.array(new, x.dtype, order="C") for x, new in zip(arrays, chosen, strict=True)]


def others(arrays: list[np.ndarray]) -> Iterator[list[np.ndarray]]:
    """Arrays like these with other values: all of them at once, and each of several by itself."""
    for kind in KINDS if arrays else []:
        yield other(arrays, kind)
        for k in range(len(arrays) if len(arrays) > 1 else 0):
            yield other(arrays, kind, only=k)


# ------------------------------------------------------------------------------------------------ what is compared


def results(found: Any) -> list[Any]:
    """What a call returned, one after the other: new Tensors, as views cannot be returned, and other things by text."""
    if isinstance(found, tl.Tensor):
        return [found.clone()]
    if isinstance(found, (tuple, list)):
        return [item for each in found for item in results(each)]
    return [found if found is None or isinstance(found, (bool, int, float, np.ndarray)) else str(found)]


def outcome(function: Callable[..., Any], case: Case, arrays: list[np.ndarray], backwards: bool) -> list[Any]:
    """Everything that a call did: results, gradients, what became of the arguments, and the next random number."""
    tl.manual_seed(3)
    leaves = [
        tl.tensor(
            np.ascontiguousarray(x.T) if backwards and x.ndim else x, requires_grad=case.grad and x.dtype.kind == "f"
        )
        for x in arrays
    ]
    tensors = [x.permute(*range(x.ndim)[::-1]) for x in leaves] if backwards else leaves
    done: list[Any]
    try:
        found = function(*tensors)
        done = [(x.requires_grad, *_bits(x._data)) if isinstance(x, tl.Tensor) else repr(x) for x in found]
        roots = [x for x in found if isinstance(x, tl.Tensor) and x.requires_grad]
        if roots:
            rng = np.random.default_rng(7)
            weights = [tl.tensor(rng.uniform(0.5, 1.5, tuple(x.shape)).astype(x.dtype)) for x in roots]
            tl.autograd.backward(roots, weights)
    except Exception as error:
        # A program consists of operations; of the public functions and modules that called them it knows nothing.
        told = re.sub(r"( \(in \w+\)|, in [\w. ()]+)+$", "", str(error))
        done = [type(error), re.sub(r"(?<=\. )(\w+|x\[index\] = value): ", "", told)]
    done += [None if x.grad is None else _bits(x.grad._data) for x in leaves]
    done += [(x._version, *_bits(x._data)) for x in leaves]
    source = tl.default_generator
    drawn = source._engine is not None  # else it is as it was seeded
    return [*done, _bits(source.get_state()._data) if drawn else None]


def _bits(x: Any) -> tuple[Any, ...]:
    return x.dtype, x.shape, x.tobytes()


def follow(case: Case, backwards: bool = False) -> str | None:
    """Compile the case and hold every replay against the plain function. Why it is run as written, if it is.

    With `backwards`, memory is in another order, and it is traced with values that may be NaN or infinite.
    """
    arrays = [x.astype(np.float64) if backwards and x.dtype.kind == "f" else x for x in case.arrays]

    def function(*tensors: Any) -> Any:
        return results(case.call(*tensors))

    compiled = tl.compile(function)

    def compare(values: list[np.ndarray]) -> bool:
        """Whether the plain function takes these values."""
        expected, found = (outcome(each, case, values, backwards) for each in (function, compiled))
        assert found == expected, f"{case.label}, with {values}:\n{found}\nwhere plainly\n{expected}"
        return type(expected[0]) is not type

    first, *rest = [arrays, *others(arrays)]
    if backwards:
        first, *rest = [other(arrays, KINDS[2]), arrays, other(arrays, KINDS[0])]
    if not compare(first):
        return UNFIT
    for values in [*rest, first]:
        compare(values)
    (call,) = [call for group in compiled._calls.values() for call in group]  # and not another for other values
    return call.reason


UNFIT = "the plain function refuses the values with which it would be traced"
READ = "values are read by Python"
LIES = "where a Tensor lies in memory"
COUNTED = "how many elements there are depends on their values"
GIVEN = "belongs neither to an argument"  # it is an array that is made outside, or shared with outside
AS_WRITTEN: dict[str, tuple[int, str]] = {
    "__array__": (2, READ),
    "__bool__": (1, READ),
    "__complex__": (1, READ),
    "__contains__": (2, READ),
    "__float__": (2, READ),
    "__format__": (8, READ),
    "__index__": (4, READ),
    "__round__": (1, READ),
    "allclose": (5, READ),
    "arange": (1, READ),
    "equal": (4, READ),
    "is_nonzero": (2, READ),
    "linalg.lstsq": (7, "whether the matrices have full rank"),
    "item": (4, READ),
    "numpy": (3, READ),
    "tensor_split": (1, "whose values it reads"),
    "tolist": (6, READ),
    "storage_offset": (1, LIES),
    "data_ptr": (1, LIES),
    "__hash__": (1, r"hash\(\) is called"),
    "full": (1, "whose value it reads"),
    "new_tensor": (6, f"whose values it reads|{GIVEN}"),
    "__getitem__": (21, f"{COUNTED}|which Python reads"),
    "__setitem__": (6, f"{COUNTED}|which Python reads"),
    "argwhere": (3, COUNTED),
    "masked_select": (6, COUNTED),
    "nonzero": (21, COUNTED),
    "where": (1, COUNTED),
    "masked_scatter": (6, "counts the elements that the mask selects"),
    "unique": (11, "how many elements are distinct depends on their values"),
    "bincount": (6, "depends on the largest"),
    "place found": (1, "which Python reads"),
    "mask read": (1, COUNTED),
    "branch": (1, READ),
    "numbers": (1, "whose value it reads"),
    "one_hot": (1, "finds the number of classes"),
    "repeat_interleave": (5, "depends on the repeats"),
    "Tensor": (2, GIVEN),
    "batch_norm": (8, f"{GIVEN}|is a cython_function_or_method"),
    "from_dlpack": (1, GIVEN),
    "from_numpy": (2, GIVEN),
    "frombuffer": (1, GIVEN),
    "tensor": (6, GIVEN),
}
"""What is run as it is written: how many of an operation's cases, and why."""


@pytest.mark.parametrize(("name", "cases"), [pytest.param(*each, id=each[0]) for each in tables()])
@pytest.mark.filterwarnings("ignore::UserWarning")  # what the operations say of their arguments, and compile of reasons
def test_operation(name: str, cases: Callable[[], Iterator[Case]]) -> None:
    expected, why = AS_WRITTEN.get(name, (0, "never"))
    count = 0
    for case in cases():
        reason = follow(case)
        if reason == UNFIT:
            continue
        assert reason is None or re.search(why, reason), f"{case.label} runs as written: {reason}"
        count += reason is not None
        if any(x.ndim > 1 for x in case.arrays):
            again = follow(case, backwards=True)
            assert again == UNFIT or (again is None) == (reason is None), f"{case.label} runs as written: {again}"
    assert count == expected


def test_every_random_function_is_here() -> None:
    state = re.compile("Generator|seed|default_generator|rng_state")
    assert {r.name for r in RANDOM} == {name for name in EVERY_RANDOM if not state.search(name)}


def layer_as_written(sample: Sample, training: bool) -> bool:
    """Whether a layer is run as it is written: this one computes its momentum from a count."""
    settings = [*sample.args, *sample.kwargs.values()]  # of which None is the momentum
    return sample.name.startswith("BatchNorm") and None in settings and training


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("name", dict.fromkeys(sample.name for sample in MODULES))
@pytest.mark.filterwarnings("ignore::UserWarning")  # what the operations say of their arguments, and compile of reasons
def test_a_layer_and_its_program_give_the_same(name: str, training: bool) -> None:
    """Every layer, with the gradients of its parameters and what it keeps."""
    for sample in MODULES:
        if sample.name == name:
            plain, copy = (made(tl, sample).train(training) for _ in range(2))
            compiled = tl.compile(_calling(copy))
            functions = [_calling(plain), compiled]
            for values in [[*sample.inputs], *others([*sample.inputs]), [*sample.inputs]]:
                plain.zero_grad(), copy.zero_grad()
                expected, found = (
                    [*outcome(function, Case(str(sample), function, values), values, False), *_kept(module)]
                    for function, module in zip(functions, (plain, copy), strict=True)
                )
                assert found == expected, f"{sample}, with {values}:\n{found}\nwhere plainly\n{expected}"
            (call,) = [call for group in compiled._calls.values() for call in group]
            assert (call.reason is not None) == layer_as_written(sample, training), f"{sample}: {call.reason}"


def _calling(module: Any) -> Callable[..., Any]:
    def call(*tensors: Any) -> Any:
        return results(module(*[x * 1 if x.requires_grad else x for x in tensors]))  # it may work in place

    return call


def _kept(module: Any) -> list[Any]:
    """The gradients of its parameters, and its state."""
    gradients = [None if p.grad is None else _bits(p.grad._data) for p in module.parameters()]
    return [*gradients, *[(x._version, *_bits(x._data)) for x in module.state_dict().values()]]
