"""Single calls against PyTorch: dtypes, shapes and errors of what is asked at the edges, listed in calls.txt by topic.

And sweeps: numbers that do not fit a dtype in every operation; every function with a dim, on 0-d and empty Tensors.
"""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.answers import answer
from ..support.pytorch_parity import DTYPES, described, same, same_as_described, torch_quietly

CALLS: dict[str, list[str]] = {}
for section in (Path(__file__).parent / "calls.txt").read_text(encoding="utf-8").split("\n## ")[1:]:
    topic, *lines = section.strip().split("\n")
    CALLS[topic] = lines

MORE = "we take what PyTorch refuses"
NUMPY = "NumPy's scalars, arrays and dtypes are welcome here"
CLASS = "the class of this error was another in version 0.1"
DEVIATIONS = {
    "T.searchsorted(t([1.,nan]),t([nan,2.]))": "NaN is larger than any number; PyTorch finds 2 behind it",
    "T.isin(t([True,False]),t([1,5]))": MORE,
    "T.isin(t([True,False]),1)": MORE,
    "T.isin(t([1,3,250],dtype=T.uint8),True)": MORE,
    "T.isin(element=3,test_elements=t([1,3]))": "elements= is the name here",
    "[x.tolist() for x in T.split(T.arange(4),t([1,3]))]": MORE,
    "T.einsum(T.arange(4.).reshape(2,2),[0,1],T.arange(4.).reshape(2,2))": "a TypeError that names the argument",
    "T.einsum()": "a TypeError that names the argument",
    "T.gather(T.ones(2,2),0,t([],dtype=T.int64))": "PyTorch does not look at the shape of an empty index",
    "F.cosine_similarity(t([1e30,0.]),t([1e30,0.]),dim=0)": "1: the squares overflow in PyTorch, which gives 0",
    "T.cdist(T.ones(2,3).half(),T.zeros(4,3).half())": MORE,
    "T.repeat_interleave(t([1,2]),t([1,2],dtype=T.uint8))": MORE,
    "T.manual_seed(0); T.normal(T.zeros(2),T.ones(2),requires_grad=True)": MORE,
    "T.manual_seed(0); x=t([0.5,0.5],requires_grad=True); T.bernoulli(x,0.5).sum().backward(); x.grad": "0, as for bernoulli(x)",
    "x=T.ones(2); x.requires_grad_(np.bool_(True))": NUMPY,
    "T.ones(2)*np.array(2.)": NUMPY,
    "np.ones(2)@T.ones(2)": NUMPY,
    "np.ones(2)+T.ones(2)": NUMPY,
    "F.batch_norm(T.ones(3),None,None,training=True)": "a RuntimeError that names the shapes which are possible",
    "F.batch_norm(t(1.),None,None,training=True)": "a RuntimeError that names the shapes which are possible",
    "F.batch_norm(T.ones(0,3),T.zeros(3),T.ones(3),training=True)": "there is no mean of no values",
    "F.batch_norm(T.ones(2,0),None,None,training=True)": "there is no mean of no values",
    "T.arange(t([5]))": MORE,
    "T.arange(0,1,0.1,dtype=T.int64)": CLASS,
    "T.arange(5,dtype=T.bool)": MORE,
    "T.arange(2,dtype=T.bool)": MORE,
    "T.arange()": MORE,
    "T.arange(1,None)": MORE,
    "T.linspace(0,1,5,dtype=T.bool)": MORE,
    "T.linspace(t([0.]),1,3)": MORE,
    "T.linspace(0,inf,3)": "computed from the other end",
    "T.linspace(nan,1,3)": "computed from the other end",
    "T.linspace(-3.4e38,3.4e38,3)": "computed in float64, without overflow",
    "T.zeros(True)": MORE,
    "T.zeros((True,2))": MORE,
    "T.zeros(size=2)": MORE,
    "T.zeros(2,dtype='float32')": NUMPY,
    "T.zeros(2,dtype=np.float32)": NUMPY,
    "T.zeros(2,pin_memory=False)": "there are no devices to pin memory for",
    "T.ones_like(t([[1,2],[3,4]]).T).stride()": "new memory is in order",
    "T.zeros_like(t([[1,2],[3,4]]).T).is_contiguous()": "new memory is in order",
    "T.empty_like(T.zeros(2,3,4).permute(2,0,1)).stride()": "new memory is in order",
    "T.tril_indices(3,3,dtype=T.float32)": MORE,
    "t([1.,2]).new_full(2,2)": MORE,
    "T.Tensor(t([1,2]))": "Tensor(...) is of the default dtype, whatever it is made of",
    "T.Tensor(1.5)": MORE,
    "T.broadcast_shapes((-1,))": CLASS,
    "nn.Linear(1,1).cuda()": "a RuntimeError that says what there is",
    "t([1.,2]).to('cuda')": "a RuntimeError that says what there is",
    "t([1.,2]).to('float64')": NUMPY,
    "t([1.,2]).to(np.float64)": NUMPY,
}
"""Where we do not do what PyTorch does, and why."""


def evaluated(T: Any, line: str, **names: Any) -> Any:
    """The value of the last of some statements in one of the libraries, or the error. An assignment has none."""
    names = {
        "T": T,
        "t": T.tensor,
        "F": T.nn.functional,
        "nn": T.nn,
        "np": np,
        "inf": math.inf,
        "nan": math.nan,
    } | names
    statements = ast.parse(line).body
    value = statements.pop().value if isinstance(statements[-1], ast.Expr) else ast.Constant(None)
    try:
        exec(compile(ast.Module(statements, []), line, "exec"), names)
        return eval(compile(ast.fix_missing_locations(ast.Expression(value)), line, "eval"), names)
    except Exception as error:
        return error


def difference(line: str, x: Callable[[Any], Any] | None = None, **values: Any) -> str | None:
    """What differs between the libraries, or None; `x` makes one of the names, of which the others are values."""
    torch = pytest.importorskip("torch")
    with torch_quietly():
        found = [evaluated(T, line, **values, **({} if x is None else {"x": x(T)})) for T in (torch, tl)]
    return difference_from(described(found[0]), found[1], line)


def difference_from(expected: list[Any], found: Any, label: str) -> str | None:
    """What differs from PyTorch's result, which is described; or None."""
    try:
        same_as_described(found, expected, label, in_order=False)
    except AssertionError as error:
        return str(error)
    return None


def answers_to(calls: list[tuple[str, dict[str, Any]]]) -> list[list[Any]]:
    """PyTorch's results, described. Each call has names: values, and for `x` the function that makes it."""

    def ask(torch: Any) -> list[list[Any]]:
        return [described(result_of(torch, *call)) for call in calls]

    return answer(ask)  # type: ignore[no-any-return]  # it is what ask returns


def result_of(T: Any, line: str, names: dict[str, Any]) -> Any:
    with torch_quietly():
        return evaluated(T, line, **{name: value(T) if name == "x" else value for name, value in names.items()})


def tensors(values: Any, dtype: str, place: Any = ...) -> Callable[[Any], Any]:
    """The function that makes a Tensor of either library."""
    return lambda T: T.tensor(values).to(getattr(T, dtype))[place].clone()


@pytest.mark.parametrize("topic", CALLS)
def test_calls(topic: str) -> None:
    known = answers_to([(line, {}) for line in CALLS[topic]])
    pairs = zip(CALLS[topic], known, strict=True)
    results = [difference_from(expected, result_of(tl, line, {}), line) for line, expected in pairs]
    found = {line: text for line, text in zip(CALLS[topic], results, strict=True) if text is not None}
    wrong = [text for line, text in found.items() if line not in DEVIATIONS]
    assert not wrong, "\n\n".join(wrong)
    agreeing = [line for line in CALLS[topic] if line in DEVIATIONS and line not in found]
    assert not agreeing, f"these are no deviations any more: {agreeing}"


# ------------------------------------------------------------------------------- numbers that do not fit a dtype

NUMBERS = [
    -1,
    -5,
    -128,
    -129,
    -255,
    -256,
    -300,
    127,
    128,
    255,
    256,
    300,
    65536,
    2**40,
    2**63 - 1,
    -(2**63),
    1.5,
    -300.7,
]
WRAPPING = """
    x+v v+x x-v v-x x*v v*x x/v v/x x//v v//x x%v v%x v**x x==v x!=v x<v x<=v x>v x>=v v<x x&v x|v x^v v&x x<<v x>>v
    v<<x T.isin(x,v) T.rsub(x,v) T.fmod(x,v) T.xlogy(x,v) x.clone().add_(v) x.clone().mul_(v) x.clone().sub_(v)
    T.bucketize(v,x.reshape(-1).sort().values) T.result_type(x,v)
""".split()
CHECKED = """
    x**v x.clamp(v,100) x.clamp(-5,v) x.clamp(min=v) x.clamp(max=v) T.where(x>2,x,v) T.where(x>2,v,x)
    T.full((2,),v,dtype=x.dtype) T.full_like(x,v) x.new_full((2,),v) x.clone().fill_(v) x.masked_fill(x>2,v)
    x.clone().masked_fill_(x>2,v) T.tensor(v,dtype=x.dtype) T.tensor([v],dtype=x.dtype)
    x.index_fill(0,T.tensor([0]),v) x.scatter(0,T.tensor([0]),v) F.threshold(x,v,v) T.add(x,x,alpha=v)
""".split()


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "int64"])
@pytest.mark.parametrize("call", [*WRAPPING, *CHECKED])
def test_numbers_that_do_not_fit(call: str, dtype: str) -> None:
    values = [1, 3, 250 if dtype not in ("int8",) else 100]
    for number, place in itertools.product(NUMBERS, (slice(None), 1)):
        if number == 0 or (call in {"x//v", "x%v", "T.fmod(x,v)"} and dtype in ("uint8", "int8") and number % 256 == 0):
            continue  # there it wraps around to 0, by which PyTorch's processes may die
        text = difference(call, tensors(values, dtype, place), v=number)
        assert text is None, f"{dtype}, v={number}: {text}"


@pytest.mark.parametrize("call", ["T.full((2,),v,dtype=x.dtype)", "x.clone().fill_(v)", "x.masked_fill(x>0,v)"])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_floats_that_do_not_fit(call: str, dtype: str) -> None:
    for number in (65504.0, 70000, -70000, 3.4e38, 1e39, -1e300, math.inf, -math.inf, math.nan):
        text = difference(call, tensors([1, 1], dtype), v=number)
        assert text is None, f"{dtype}, v={number}: {text}"


# ------------------------------------------------------------------------- a dim, on 0-d, empty and other Tensors

WITH_A_DIM = """
    T.sum(x,D) T.mean(x,D) T.amax(x,D) T.amin(x,D) T.max(x,D) T.min(x,D) T.argmax(x,D) T.argmin(x,D) T.all(x,D) T.any(x,D)
    T.prod(x,D) T.cumsum(x,D) T.cumprod(x,D) T.cummax(x,D) T.cummin(x,D) T.var(x,D) T.std(x,D) T.var_mean(x,D)
    T.norm(x,2,D) T.norm(x,1,dim=D) T.logsumexp(x,D) T.softmax(x,D) T.log_softmax(x,D) T.sort(x,D) T.argsort(x,D)
    T.median(x,D) T.nanmedian(x,D) T.mode(x,D) T.kthvalue(x,1,D) T.kthvalue(x,2,D) T.topk(x,1,D) T.topk(x,2,D)
    T.quantile(x,0.5,D) T.count_nonzero(x,D) T.nansum(x,D) T.nanmean(x,D) T.flip(x,(D,)) T.roll(x,1,D) T.diff(x,dim=D)
    T.unsqueeze(x,D) T.squeeze(x,D) T.unbind(x,D) T.chunk(x,2,D) T.split(x,1,D) T.tensor_split(x,2,D) T.narrow(x,D,0,1)
    T.select(x,D,0) T.select(x,D,-1) T.select(x,D,5) x.size(D) x.stride(D) T.transpose(x,D,0) T.movedim(x,D,0)
    T.flatten(x,D) T.flatten(x,0,D) T.unflatten(x,D,(1,-1)) T.cat([x,x],D) T.stack([x,x],D) T.repeat_interleave(x,2,D)
    T.index_select(x,D,t([0])) T.gather(x,D,T.zeros(x.shape,dtype=T.int64)) T.scatter(x,D,T.zeros(x.shape,dtype=T.int64),x)
    T.scatter_add(x,D,T.zeros(x.shape,dtype=T.int64),x) T.index_add(x,D,t([0]),x) T.index_copy(x,D,t([0]),x)
    T.index_fill(x,D,t([0]),7) T.take_along_dim(x,T.zeros(x.shape,dtype=T.int64),D) T.aminmax(x,dim=D) F.normalize(x,dim=D)
    T.linalg.vector_norm(x,dim=D) T.trapezoid(x,dim=D) T.diagonal(x,0,D,0) T.rot90(x,1,(0,D)) T.sum(x,(D,)) T.amax(x,(0,D))
    F.cosine_similarity(x,x,dim=D) x.sum(dim=D,keepdim=True) x.max(dim=D,keepdim=True) T.cumsum(x,D,dtype=T.float64)
    x.repeat(2,D) T.slice_scatter(x,x,D) T.select_scatter(x,x,D,0) T.unique(x,dim=D)
""".split()
LENIENT = """
    T.cummax(x,D) T.cummin(x,D) T.roll(x,1,D) T.cat([x,x],D) x.repeat(2,D) T.unique(x,dim=D) T.softmax(x,D)
    T.log_softmax(x,D) T.trapezoid(x,dim=D) x.stride(D)
""".split()
"""Functions of which PyTorch does not look at the dim, the counts or the dtype where there are no elements; we do.
NumPy's strides of arrays without elements are 0."""


def _arguments() -> Iterator[tuple[tuple[int, ...], str, int]]:
    for shape in ((), (1,), (3,), (0,), (2, 3), (0, 3), (2, 0), (1, 1, 1)):
        for dtype, dim in itertools.product(("float32", "int64"), (0, -1, 1, -2, 4, -5)):
            yield shape, dtype, dim


@pytest.mark.parametrize("call", WITH_A_DIM)
def test_dims_of_all_shapes(call: str) -> None:
    wrong = []
    asked = [x for x in _arguments() if math.prod(x[0]) or call not in LENIENT]
    made = [tensors(((np.arange(math.prod(x)) * 7 + 2) % 5).reshape(x), dtype) for x, dtype, _ in asked]
    names = [{"x": x, "D": dim} for x, (*_, dim) in zip(made, asked, strict=True)]
    known = answers_to([(call, each) for each in names])
    for arguments, each, expected in zip(asked, names, known, strict=True):
        found = result_of(tl, call, each)
        text = difference_from(expected, found, call)
        if text is not None and not (expected[0] == "error" and isinstance(found, Exception)):  # of two errors, either
            wrong.append(f"{arguments}: {text}")
    assert not wrong, "\n\n".join(wrong)


# ------------------------------------------------------------------------------------------- dtype= of reductions


@pytest.mark.parametrize("call", ["T.sum(x,dtype=D)", "T.prod(x,dtype=D)", "T.mean(x,dtype=D)", "T.cumsum(x,0,dtype=D)",
                                  "T.nansum(x,dtype=D)", "T.softmax(x,0,dtype=D)", "x.to(D)", "T.zeros_like(x,dtype=D)"])  # fmt: skip
def test_dtype_of_a_reduction(call: str) -> None:
    torch = pytest.importorskip("torch")
    for own, wanted in itertools.product(DTYPES, DTYPES):
        if wanted == "bool" and "cumsum" in call:
            continue  # more than PyTorch can
        found = [evaluated(T, call, x=tensors([0, 1, 2, 5], own)(T), D=getattr(T, wanted)) for T in (torch, tl)]
        same(found[1], found[0], f"{call} of {own} in {wanted}")
