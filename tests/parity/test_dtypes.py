"""Dtypes against PyTorch: promotion, of operators and of every elementwise function, in every combination."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.pytorch_parity import DTYPES, Setting, forms, kind, outcome, same, torch, torch_quietly
from . import test_indexing, test_linalg, test_reduction, test_shape
from .test_elementwise import BINARY, UNARY, WHOLE_BINARY, WHOLE_UNARY

PAIRS = list(itertools.product(DTYPES, DTYPES))
VALUES = np.array([0, 1, 2, 3, 5])
SCALARS = [True, 2, 2.5, 0, 1.0]

# Where PyTorch refuses a dtype, or a number beside a Tensor, that we take; where it takes one that we refuse.
MORE = {"hypot", "logaddexp", "logaddexp2", "ldexp", "heaviside"}
REFUSED = {("pow", "bool")}


def name_of(dtype) -> str:
    return str(dtype).removeprefix("torch.")


def both(name, *args):
    """What a function makes of the same arguments in either library, or the error."""
    results = []
    for T in (tl, torch):
        given = [T.tensor(x) if isinstance(x, np.ndarray) else x for x in args]
        try:
            results.append(name(T, *given) if callable(name) else getattr(T, name)(*given))
        except Exception as error:
            results.append(error)
    return results


def assert_agree(name, *args, more=False):
    with torch_quietly():
        found, expected = both(name, *args)
    if more and isinstance(expected, Exception):
        return
    label = f"{name}({', '.join(f'{x.dtype}{list(x.shape)}' if isinstance(x, np.ndarray) else repr(x) for x in args)})"
    if isinstance(found, Exception) and isinstance(expected, Exception):
        assert isinstance(found, kind(expected)), f"{label}: {found!r}, PyTorch {expected!r}"
        assert str(found), label
    else:
        same(found, expected, label)


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_promote_types_and_can_cast(pair):
    ours, theirs = ([getattr(T, d) for d in pair] for T in (tl, torch))
    assert name_of(tl.promote_types(*ours)) == name_of(torch.promote_types(*theirs))
    assert tl.can_cast(*ours) == torch.can_cast(*theirs)


def tensors(T, dtype):
    """A Tensor with dimensions and one without."""
    return [
        T.ones(2, dtype=getattr(T, dtype)),
        T.ones((), dtype=getattr(T, dtype)),
        T.ones((0,), dtype=getattr(T, dtype)),
    ]


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_result_type(pair):
    ours, theirs = (list(itertools.product(*(tensors(T, d) for d in pair))) for T in (tl, torch))
    for a, b in zip(ours, theirs, strict=True):
        assert name_of(tl.result_type(*a)) == name_of(torch.result_type(*b)), [x.shape for x in a]
    for a, b in zip(tensors(tl, pair[0]), tensors(torch, pair[0]), strict=True):
        for scalar in SCALARS:
            assert name_of(tl.result_type(a, scalar)) == name_of(torch.result_type(b, scalar))
            assert name_of(tl.result_type(scalar, a)) == name_of(torch.result_type(scalar, b))


def test_result_type_of_numbers():
    for a, b in itertools.product(SCALARS, SCALARS):
        assert name_of(tl.result_type(a, b)) == name_of(torch.result_type(a, b))
    with pytest.raises(ValueError, match="at least one"):
        tl.result_type()


OPERATORS = {
    "+": lambda T, x, y: x + y, "-": lambda T, x, y: x - y, "*": lambda T, x, y: x * y, "/": lambda T, x, y: x / y,
    "//": lambda T, x, y: x // y, "%": lambda T, x, y: x % y, "**": lambda T, x, y: x**y, "&": lambda T, x, y: x & y,
    "|": lambda T, x, y: x | y, "^": lambda T, x, y: x ^ y, "<<": lambda T, x, y: x << y, ">>": lambda T, x, y: x >> y,
    "==": lambda T, x, y: x == y, "!=": lambda T, x, y: x != y, "<": lambda T, x, y: x < y, ">=": lambda T, x, y: x >= y,
    "@": lambda T, x, y: x @ y, "where": lambda T, x, y: T.where(T.ones(5, dtype=T.bool), x, y),
    "cat": lambda T, x, y: T.cat([x, y]), "stack": lambda T, x, y: T.stack([x, y]),
}  # fmt: skip


def operands(pair):
    """The values in a pair of dtypes, with dimensions and without."""
    left, right = VALUES.astype(pair[0]), (VALUES[::-1] + 1).astype(pair[1])
    return [(left, right), (left[2], right), (left, right[2]), (left[2], right[2])]


@pytest.mark.parametrize("symbol", OPERATORS)
def test_operators(symbol):
    for pair in PAIRS:
        for x, y in operands(pair):
            if symbol == "@" and pair == ("bool", "bool"):
                continue  # more than PyTorch can
            assert_agree(OPERATORS[symbol], np.asarray(x), np.asarray(y))
    for dtype, scalar, reflected in itertools.product(DTYPES, SCALARS, (False, True)):
        if ((symbol, dtype) in {("**", "bool")} and scalar is True) or symbol in ("cat", "stack"):
            continue
        for x in (VALUES.astype(dtype), np.asarray(VALUES[2].astype(dtype))):
            assert_agree(OPERATORS[symbol], *((scalar, x) if reflected else (x, scalar)))


IN_PLACE = {
    "+=": lambda T, x, y: x.add_(y), "-=": lambda T, x, y: x.sub_(y), "*=": lambda T, x, y: x.mul_(y),
    "/=": lambda T, x, y: x.div_(y), "**=": lambda T, x, y: x.pow_(y), "copy_": lambda T, x, y: x.copy_(y),
    "clamp_": lambda T, x, y: x.clamp_(y), "x[0] = y": lambda T, x, y: x.__setitem__(0, y),
}  # fmt: skip


@pytest.mark.parametrize("symbol", IN_PLACE)
def test_in_place_results_must_fit(symbol):
    for pair in PAIRS:
        if symbol in ("**=", "clamp_") and "bool" in pair:
            continue
        assert_agree(IN_PLACE[symbol], *map(np.asarray, operands(pair)[2 if symbol == "x[0] = y" else 0]))


@pytest.mark.parametrize("name", sorted({*UNARY, *WHOLE_UNARY}))
def test_unary_functions(name):
    for dtype in DTYPES:
        if (name, dtype) not in REFUSED:
            assert_agree(name, VALUES.astype(dtype))
            assert_agree(name, np.asarray(VALUES[2].astype(dtype)))
            assert_agree(name, VALUES.astype(dtype)[:0])


@pytest.mark.parametrize("name", sorted({*BINARY, *WHOLE_BINARY}))
def test_binary_functions(name):
    for pair in PAIRS:
        for x, y in operands(pair):
            assert_agree(name, np.asarray(x), np.asarray(y), more=name in MORE)
    for dtype, scalar, reflected in itertools.product(DTYPES, (True, 2, 2.5), (False, True)):
        if (name, dtype) in REFUSED and scalar is True:
            continue
        for x in (VALUES.astype(dtype), np.asarray(VALUES[2].astype(dtype))):
            args = (scalar, x) if reflected else (x, scalar)
            assert_agree(name, *args, more=reflected or name in MORE)


@pytest.mark.parametrize(
    "name",
    ["sum", "mean", "prod", "amax", "max", "argmax", "all", "any", "cumsum", "cumprod", "var", "std", "norm", "softmax", "sort", "median",
     "count_nonzero", "nansum", "logsumexp", "unique", "flip", "tril", "diag", "trace", "diff", "clone", "nonzero", "aminmax", "cummax", "topk"],
)  # fmt: skip
def test_reductions_and_shapes(name):
    extra = {
        "cumsum": (0,),
        "cumprod": (0,),
        "softmax": (0,),
        "logsumexp": (0,),
        "flip": ((0,),),
        "cummax": (0,),
        "topk": (2,),
    }
    matrix = name in {"tril", "trace"}
    for dtype in DTYPES:
        x = (np.outer(VALUES, VALUES) if matrix else VALUES).astype(dtype)
        assert_agree(
            lambda T, x: getattr(T, name)(x, *extra.get(name, ())),
            x,
            more=name in {"trace", "topk"} and dtype == "bool",
        )


def test_the_default_dtype_decides_what_numbers_become():
    try:
        for T in (tl, torch):
            T.set_default_dtype(T.float64)
        for make in (lambda T: T.tensor(1.5), lambda T: T.zeros(2), lambda T: T.ones(2, dtype=T.int64) / 2, lambda T: T.arange(2.0),
                     lambda T: T.ones(2, dtype=T.int64) + 0.5, lambda T: T.ones(2, dtype=T.float32) + 0.5, lambda T: T.full((2,), 1.5),
                     lambda T: T.ones(2, dtype=T.int64).sqrt(), lambda T: T.tensor([1, 2]).float(), lambda T: T.eye(2)):  # fmt: skip
            same(make(tl), make(torch), "in float64")
        assert repr(tl.ones(1)) == repr(torch.ones(1)) == "tensor([1.])"
        assert tl.get_default_dtype() == tl.float64
    finally:
        for T in (tl, torch):
            T.set_default_dtype(T.float32)


@pytest.mark.parametrize("bad", ["int64", "bool", "complex64", "nothing", None, 3.5])
def test_the_default_dtype_must_be_a_floating_one(bad):
    with pytest.raises(TypeError):
        tl.set_default_dtype(bad)


@pytest.mark.parametrize("bad", ["complex64", "uint16", "datetime64", "nothing", 3.5, "U3"])
def test_a_dtype_that_tensors_lack_is_refused_by_name(bad):
    with pytest.raises(TypeError, match="Tensors have no dtype"):
        tl.zeros(2, dtype=bad)


@pytest.mark.parametrize("spelling", [tl.float32, np.float32, "float32", np.dtype("f4")])
def test_spellings_of_a_dtype(spelling):
    assert tl.zeros(1, dtype=spelling).dtype is tl.float32


def test_numpy_scalars_count_as_numbers():
    x = tl.ones(2)
    assert (x * np.float64(2)).dtype == (np.float64(2) * x).dtype == (x + np.int64(1)).dtype == tl.float32
    assert (tl.ones(2, dtype=tl.int64) * np.float32(0.5)).dtype == tl.float32


# Where equal elements may be taken in any order, or PyTorch computes in the narrow dtype on the way.
UNSPECIFIED = {"topk", "kthvalue", "histc", "trapz", "trapezoid", "matrix_exp"}


@pytest.mark.filterwarnings("ignore:.*degrees of freedom is <= 0")  # as PyTorch warns
@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int32", "float16"])
@pytest.mark.parametrize(
    "table",
    [test_reduction, test_shape, test_indexing, test_linalg],
    ids=lambda t: t if isinstance(t, str) else t.__name__,
)
def test_the_other_tables_in_other_dtypes(table, dtype):
    """With whole numbers and half floats for float32: PyTorch's result, or a clear refusal, never another result."""

    def converted(x):
        if isinstance(x, np.ndarray):
            with np.errstate(invalid="ignore", over="ignore"):  # NaN becomes some whole number, the same for both
                return x.astype(dtype) if x.dtype == np.float32 else x
        return type(x)(map(converted, x)) if isinstance(x, (list, tuple)) else x

    for row in table.ROWS:
        if row.more or not row.args or row.name in UNSPECIFIED:
            continue
        args = tuple(map(converted, row.args))
        case = row._replace(args=args, kwargs={k: converted(v) for k, v in row.kwargs.items()}, grad=False)
        for form, call in forms(case).items():
            with torch_quietly():
                expected, _ = outcome(torch, case, Setting(grad=False), call)
            found, _ = outcome(tl, case, Setting(grad=False), call)
            if not (isinstance(found, (RuntimeError, TypeError, IndexError)) or isinstance(expected, Exception)):
                same(found, expected, f"{case} [{form}]")
