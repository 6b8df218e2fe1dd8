"""Indexing against PyTorch: basic, advanced and mixed, reading and writing; gather, scatter and their relatives."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import tinygrad_lite as tl

from ..support.pytorch_parity import Row, b, compare, f, floats, i, ints, row

X = f(3, 4, 5)
S = floats(1.5).reshape(())
I = ints(2, 0, 1, 2).reshape(2, 2)

INDICES = [
    0, -1, 2, 3, -4, True, False, None, ..., slice(None), slice(1, 3), slice(None, None, 2), slice(-2, None), slice(5, 9),
    slice(2, 1), (0, 1), (0, ..., 1), (..., 0), (None, 0, None), (slice(1), 2), (slice(None), None, slice(2, 4)), (),
    (0, 1, 2), (0, 1, 2, 3), (0, 1, 9), [0, 2], [-1, -3], [3], [], (slice(None), [1, 2]),
    ([0, 1], [1, 2]), ([0, 1], slice(None), [1, 2]), (0, slice(None), [1, 2]), ([0, 1], slice(None), 2), ([0, 1], [1, 2, 3]),
    (..., [0, 1]), (None, [0, 1]), ([True, False, True],), (slice(None), [True, False, True, False]), 1.5, "a",
    (True, 0), ([[0], [1]], [0, 1]), range(2), (slice(None), range(2)),
    np.int64(1), (np.int64(1), slice(0, np.int64(2))), (slice(0, 0),), ([],), (slice(None), []),
]  # fmt: skip
ARRAYS = [
    (I,), (ints(0, -1),), (ints(3),), (ints(-4),), (b(3),), (b(3, 4),), (b(3, 4, 5),), (b(4),), (floats(0, 1),), (i(0),),
    (slice(None), ints(1, 0)), (ints(0, 1), ints(1, 2)), (ints(1).reshape(()),), (0, b(4)), (b(3), ints(0, 1)),
    (b(3), 0, ints(0)), (ints(0, 1).reshape(2, 1), ints(0, 1)), (..., b(5)), (slice(None), b(4, 5)),
    (np.array(True),), (np.array(False),), (ints(0), 0, ..., ints(1, 0)), (0, ints(0), ..., ints(1, 0)), (ints(0, 1), ..., ints(1)),
]  # fmt: skip


def get(T, x, *index):
    return x[index if len(index) != 1 else index[0]]


def put(T, x, value, *index):
    y = x.clone()
    y[index if len(index) != 1 else index[0]] = value
    return y


def add(T, x, value, *index):
    y = x.clone()
    y[index if len(index) != 1 else index[0]] += value
    return y


def wrapped(index: object) -> tuple[object, ...]:
    return index if isinstance(index, tuple) and len(index) != 1 else (index,)


def repeats(shape: tuple[int, ...], index: object) -> bool:
    """Tell whether an index names an element twice. PyTorch then gives every value a gradient, we give it the last."""
    try:
        elements = np.arange(int(np.prod(shape))).reshape(shape)[index]
    except (IndexError, TypeError):
        return False
    return np.unique(elements).size < elements.size


ROWS: list[Row] = [
    *(row("__getitem__", X, *wrapped(index), call=get) for index in [*INDICES, *ARRAYS]),
    row("__getitem__", X, slice(None, None, -1), call=get, more=True),
    *(row("__getitem__", S, *wrapped(index), call=get) for index in [(), ..., None, 0, True, (None, ...), slice(None)]),
    *(row("__setitem__", X, v, *wrapped(index), call=put, grad=not repeats((3, 4, 5), index))
      for index in [*INDICES, *ARRAYS] for v in (0, 2.5, S, f(1)) if index is not False),
    *(row("__setitem__", X, f(*np.zeros((3, 4, 5))[index].shape), *wrapped(index), call=put)
      for index in [0, slice(1, 3), (slice(None), 1), [0, 2], ([0, 1], [1, 2]), (..., 0), (None, 0), ...]),
    *(row("__setitem__", X, v, 0, call=put) for v in (f(5), f(4, 1), f(1, 4, 5), f(3, 5), f(2, 4, 5), i(5), [1.0], None, "a", b(5))),
    *(row("__setitem__", i(3), v, 0, call=put) for v in (2, 2.5, True, floats(1.5), f(1), -1)),
    *(row("__setitem__", b(3), v, 0, call=put) for v in (0, 2, 0.5, True)),
    *(row("__setitem__", X, f(5), *index, call=add) for index in [(0,), (slice(1, 3), 0), (ints(0, 1), 0), (..., slice(None))]),
    row("__setitem__", X, f(5), call=lambda T, x, v: put(T, x, v, T.tensor(1))),
    row("__setitem__", S, 3.0, (), call=put),
    row("__setitem__", S, 3.0, ..., call=put),
    row("__getitem__", X, call=lambda T, x: x[T.tensor(1)]),
    row("__getitem__", X, call=lambda T, x: x[T.tensor(0) : T.tensor(2)]),
    row("__getitem__", X, call=lambda T, x: x[T.tensor(1.5)]),
    row("__getitem__", X, call=lambda T, x: x[T.tensor([1, 2], dtype=T.int32)]),
    row("__getitem__", X, call=lambda T, x: x[(T.tensor([0, 1]), T.tensor([1, 1]))]),
    row("__getitem__", X, call=lambda T, x: x[x > 0]),
    row("__getitem__", X, call=lambda T, x: x[:, 0][x[:, 0] > 0]),
    row("__getitem__", X, call=lambda T, x: x[{}]),
    row("__setitem__", X, call=lambda T, x: put(T, x, 0.0, x > 0)),
    row("__setitem__", X, call=lambda T, x: put(T, x, x[x > 0] * 2, x > 0)),
    row("__len__", X, call=lambda T, x: len(x)),
    row("__len__", S, call=lambda T, x: len(x)),
    row("__iter__", X, call=lambda T, x: list(x)),
    row("__iter__", S, call=lambda T, x: list(x)),
    row("__iter__", f(3, 2), call=lambda T, x: [a + b for a, b in x]),
    row("__reversed__", X, call=lambda T, x: list(reversed(x))),
    row("__contains__", i(5), call=lambda T, x: (x[0] in x, 99 in x, 0 in x, T.tensor(99) in x)),
    row("__contains__", f(5), call=lambda T, x: x[0].item() in x),
    row("__contains__", f(5), call=lambda T, x: "a" in x),
    row("__bool__", S, call=lambda T, x: (bool(x), bool(x * 0), bool(T.tensor([True])), bool(T.tensor([[0]])))),
    row("__bool__", f(2), call=lambda T, x: bool(x)),
    row("__bool__", f(0), call=lambda T, x: bool(x)),
    # gather and scatter
    *(row("gather", f(3, 4), d, x) for d, x in ((0, I), (1, I), (-1, I), (1, ints(3).reshape(1, 1)), (2, I), (0, i(0, 4)))),
    *(row("gather", f(3, 4), 0, x) for x in (ints(0, 1), ints(5).reshape(1, 1), ints(-1).reshape(1, 1), f(1, 1), i(1, 5, low=0, high=3))),
    row("gather", f(3, 4), dim=1, index=I),
    row("gather", S, 0, ints(0).reshape(())),
    row("gather", S, 0, ints(0)),
    row("gather", f(3), 0, ints(0).reshape(())),
    row("gather", X, 1, i(3, 2, 5, low=0)),
    *(row("take_along_dim", f(3, 4), *a) for a in ((I[:, :1].repeat(4, 1), 0), (ints(1, 0, 2).reshape(3, 1), 1), (ints(-1).reshape(1, 1), 1),
                                                   (ints(0), 0), (ints(0, 0).reshape(1, 2), 2))),
    row("take_along_dim", f(3, 4), I, call=lambda T, x, index: x.contiguous().take_along_dim(index.contiguous())),
    row("take_along_dim", f(3, 4), indices=ints(1, 0, 2).reshape(3, 1), dim=1),
    *(row("index_select", X, *a) for a in ((0, ints(2, 0, 0)), (1, ints(3)), (-1, ints(0, 1)), (0, ints(1).reshape(())), (0, i(0)), (3, ints(0)),
                                           (0, ints(3)), (0, ints(-1)), (0, I), (0, floats(1)))),
    row("index_select", S, 0, ints(0)),
    row("index_select", X, dim=0, index=ints(1)),
    *(row("masked_select", f(3, 4), m) for m in (b(3, 4), b(4), b(3, 1), b(2, 3, 4), b(3), i(3, 4))),
    row("masked_select", S, np.array([True, False])),
    row("masked_select", f(3), mask=b(3)),
    *(row("nonzero", x, **kw) for x in (f(3, 4), i(3, 4), b(5), S, f(0, 2), ints(0, 0), ints(0).reshape(())) for kw in ({}, {"as_tuple": True}, {"as_tuple": False})),
    *(row("argwhere", x) for x in (i(3, 4), b(5), S)),
    *(row("take", X, x) for x in (I, ints(59), ints(-1), ints(60), floats(0), ints(0).reshape(()))),
    *(row("scatter", f(3, 4), *a) for a in (
        (0, I[:1], f(1, 2)), (1, I[:, :1], f(2, 1)), (0, I[:1], 2.0), (-1, I[:1], 3), (0, I[:1], f(3, 4)), (0, ints(5).reshape(1, 1), 1.0),
        (0, I, f(1, 2)), (0, ints(0), 1.0), (0, ints(-1).reshape(1, 1), 1.0), (2, I, 1.0), (0, f(1, 1), 1.0), (0, I[:1], i(1, 2)),
    )),
    row("scatter", f(3, 4), 0, I[:1], value=2.0),
    row("scatter", f(3, 4), dim=0, index=I[:1], src=f(1, 2)),
    *(row("scatter_add", f(3, 4), *a) for a in ((0, I, f(2, 2)), (1, I, f(2, 2)), (0, I, f(3, 4)), (0, I, i(2, 2)), (0, I, f(1, 2)), (0, ints(0), f(1)))),
    row("scatter_add", i(3), 0, ints(0, 0, 1), ints(1, 2, 3)),
    row("scatter_add", f(3), dim=0, index=ints(0, 0), src=f(2)),
    *(row("index_add", f(3, 4), *a) for a in ((0, ints(0, 0, 2), f(3, 4)), (1, ints(1), f(3, 1)), (-1, ints(1), f(3, 1)), (0, ints(3), f(1, 4)),
                                              (0, ints(0, 1), f(1, 4)), (0, ints(0), i(1, 4)), (0, floats(0), f(1, 4)), (0, ints(-1), f(1, 4)))),
    row("index_add", f(3, 4), 0, ints(0, 0), f(2, 4), alpha=2),
    row("index_add", f(3, 4), dim=0, index=ints(0, 0), source=f(2, 4)),
    *(row("index_copy", f(3, 4), *a) for a in ((0, ints(2, 0), f(2, 4)), (1, ints(1), f(3, 1)), (0, ints(3), f(1, 4)), (0, ints(0), i(1, 4)))),
    *(row("index_fill", f(3, 4), *a) for a in ((0, ints(2, 0), 5.0), (1, ints(1), S), (0, ints(-1), 1.0), (0, ints(3), 1.0), (2, ints(0), 1.0))),
    *(row("index_put", f(3, 4), *a) for a in (((ints(0, 2), ints(1, 1)), f(2)), ((ints(0, 0), ints(1, 1)), f(2), True), ((ints(0),), f(4)), ((b(3, 4),), S))),
    row("index_put", f(3, 4), (ints(0, 0),), f(2, 4), accumulate=True),
    *(row("masked_scatter", f(3, 4), m, f(12)) for m in (b(3, 4), b(4), i(3, 4))),
    row("masked_scatter", f(4), np.array([True] * 4), f(2)),
    *(row(name, i(5), *a) for name in ("isin",) for a in ((ints(0, 1),), (ints(),))),
    row("isin", i(2, 3), 1),
    row("isin", f(3), i(2)),
    row("isin", i(5), ints(0, 1), invert=True),
    *(row("select_scatter", X, *a) for a in ((f(4, 5), 0, 1), (f(3, 5), 1, -1), (f(4), 0, 0), (f(4, 5), 0, 3))),
    *(row("slice_scatter", f(5, 2), *a) for a in ((f(2, 2), 0, 1, 3), (f(3, 2), 0, 0, None, 2), (f(5, 1), 1, 1))),
    *(row("diagonal_scatter", f(3, 3), *a) for a in ((f(3),), (f(2), 1), (f(2),))),
    *(row("fill_diagonal", x, 7.0, call=lambda T, x, v: x.clone().fill_diagonal_(v)) for x in (f(3, 3), f(2, 3), f(3), f(2, 2, 2))),
    # in place
    *(row("fill", f(2, 3), v, call=lambda T, x, v: x.clone().fill_(v)) for v in (1, 2.5, S, True, f(1))),
    row("zero", f(2, 3), call=lambda T, x: x.clone().zero_()),
    *(row("copy", f(2, 3), v, call=lambda T, x, v: x.clone().copy_(v)) for v in (f(2, 3, seed=1), f(3), f(2, 1), i(3), f(2), f(1, 2, 3), S)),
    row("copy", i(2, 3), f(2, 3), call=lambda T, x, v: x.clone().copy_(v)),
    row("copy", b(3), f(3), call=lambda T, x, v: x.clone().copy_(v)),
]  # fmt: skip


@pytest.mark.parametrize("name", sorted({r.name for r in ROWS}))
def test_parity(name):
    for r in ROWS:
        if r.name == name:
            compare(r)


@pytest.mark.parametrize("index", [[[0, 1], [2, 0]], [tl.tensor(0), tl.tensor(1)], [slice(1), 0], [None, 0]])
def test_a_list_of_lists_is_refused_because_pytorch_means_to_change_what_it_says(index):
    with pytest.raises(IndexError, match=r"ambiguous.*x\[i, j\]"):
        tl.zeros(3, 3)[index]


@st.composite
def indexed(draw):
    """A shape and an index into it, of ints, slices, None, `...`, and arrays of places or of bools."""
    shape = draw(arrays.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4))
    parts: list[object] = []
    dots = draw(st.booleans())  # which stand for no dimension, so that the places stay inside
    for length in shape if dots else shape[: draw(st.integers(0, len(shape)))]:
        places = st.integers(-length, length - 1)
        parts.append(
            draw(
                st.one_of(
                    places,
                    st.slices(length).filter(lambda s: s.step is None or s.step > 0),
                    st.lists(places, min_size=1, max_size=3),
                    arrays.arrays(bool, length),
                )
            )
        )
    for _ in range(draw(st.integers(0, 2))):
        parts.insert(draw(st.integers(0, len(parts))), None)
    if dots:
        parts.insert(draw(st.integers(0, len(parts))), ...)
    return shape, tuple(parts)


@given(indexed())
def test_any_index_reads_as_in_pytorch(case):
    shape, index = case
    compare(row("__getitem__", f(*shape), *index, call=lambda T, x, *index: x[index]), drawn=True)


@given(indexed())
def test_any_index_writes_as_in_pytorch(case):
    torch = pytest.importorskip("torch")
    shape, index = case
    values = [2.5]
    with contextlib.suppress(IndexError):  # then the index fits nothing, which is compared too
        values.append(f(*torch.zeros(shape)[index].shape))
    for value in values:
        once = not repeats(shape, index)
        compare(row("__setitem__", f(*shape), value, call=lambda T, x, v: put(T, x, v, *index), grad=once), drawn=True)


def test_an_index_of_uint8_is_a_mask_as_in_pytorch():
    x = tl.arange(6.0).reshape(3, 2)
    with pytest.warns(UserWarning, match="indexing with dtype torch.uint8 is now deprecated"):
        assert x[tl.tensor([1, 0, 1], dtype=tl.uint8)].tolist() == [[0.0, 1.0], [4.0, 5.0]]
    with pytest.warns(UserWarning, match="mask"):
        x[tl.tensor([1, 0, 1], dtype=tl.uint8)] = 7.0
    assert x.tolist() == [[7.0, 7.0], [2.0, 3.0], [7.0, 7.0]]
