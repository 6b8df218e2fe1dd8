"""Tensors among NumPy's arrays: its functions, its operators, shared memory, DLPack."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.tensors.numpy_interop import UFUNCS

A = np.array([[0.5, 0.25], [0.75, 0.125]], np.float32)


def leaf(array=A):
    return tl.tensor(array, requires_grad=True)


# ------------------------------------------------------------------------------------------- NumPy's functions

SKIPPED = {
    "matmul",
    "left_shift",
    "right_shift",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "invert",
    "gcd",
    "lcm",
}  # whole numbers
FLOATS = sorted({f.__name__: f for f in UFUNCS if f.__name__ not in SKIPPED}.items())


@pytest.mark.parametrize(("name", "function"), FLOATS)
def test_a_ufunc_of_a_tensor_is_a_tensor_with_numpys_values(name, function):
    x = leaf(A + 1 if name == "arccosh" else A)
    args = [x] if function.nin == 1 else [x, tl.tensor(A.T.copy())]
    result = function(*args)
    assert isinstance(result, tl.Tensor)
    expected = function(*(a.detach().numpy() for a in args))
    if name != "float_power":  # which NumPy has in float64
        assert result.dtype == expected.dtype
    np.testing.assert_allclose(result.detach().numpy(), expected, rtol=1e-6)
    assert result.requires_grad == (result.dtype.kind == "f")
    if result.requires_grad:
        result.sum().backward()
        assert x.grad is not None
        assert x.grad.shape == x.shape


@pytest.mark.parametrize("name", sorted(SKIPPED - {"matmul"}))
def test_a_ufunc_of_whole_numbers(name):
    function = getattr(np, name)
    args = [np.array([1, 2, 3])] * function.nin
    result = function(*map(tl.tensor, args))
    assert isinstance(result, tl.Tensor)
    np.testing.assert_array_equal(result.numpy(), function(*args))


def test_matmul_both_ways():
    x = leaf()
    for product in (np.matmul(A, x), A @ x, np.matmul(x, A), x @ A):
        assert isinstance(product, tl.Tensor)
        assert product.requires_grad
    np.testing.assert_allclose((A @ x).detach().numpy(), A @ A)


OPERATORS = {
    "+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y, "/": lambda x, y: x / y, "**": lambda x, y: x**y,
    "//": lambda x, y: x // y, "%": lambda x, y: x % y, "<": lambda x, y: x < y, "==": lambda x, y: x == y, "@": lambda x, y: x @ y,
}  # fmt: skip


@pytest.mark.parametrize("symbol", OPERATORS)
def test_an_array_beside_a_tensor_keeps_the_gradient(symbol):
    operator = OPERATORS[symbol]
    for x, y in ((A, leaf()), (leaf(), A), (np.float64(0.5), leaf()), (leaf(), np.float32(0.5)), (leaf(), np.int64(2))):
        if symbol == "@" and not (np.ndim(x) and np.ndim(y)):
            continue
        result = operator(x, y)
        assert isinstance(result, tl.Tensor), (type(x), type(y))
        assert result.dtype in (tl.float32, tl.bool)
        plain = [v.detach().numpy() if isinstance(v, tl.Tensor) else v for v in (x, y)]
        np.testing.assert_allclose(result.detach().numpy(), operator(*plain), rtol=1e-6)
        assert result.requires_grad == (result.dtype == tl.float32)


def test_the_gradient_passes_an_array():
    x = leaf()
    (A * x + A).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), A)


def test_reductions():
    x = leaf()
    for reduce in (np.sum, np.mean, np.prod, np.max, np.min, np.all, np.any, np.cumsum):
        args = (0,) if reduce is np.cumsum else ()
        result = reduce(x, *args)
        assert isinstance(result, tl.Tensor), reduce.__name__
        np.testing.assert_allclose(result.detach().numpy(), reduce(A, *args), rtol=1e-6)
    assert np.sum(x, axis=1).shape == (2,)
    assert np.sum(x, axis=1, keepdims=True).shape == (2, 1)
    assert np.sum(x, dtype=np.float64).dtype == tl.float64
    assert np.add.reduce(x, axis=0).shape == np.maximum.reduce(x, axis=0).shape == (2,)
    assert np.add.reduce(x).shape == (2,)  # NumPy's default is dimension 0
    np.testing.assert_allclose(np.multiply.reduce(x, axis=1).detach().numpy(), A.prod(1))


@pytest.mark.parametrize(
    ("call", "named"),
    [(lambda t: np.heaviside(t, 0.5), "np.heaviside"), (lambda t: np.add.accumulate(t), "np.add.accumulate"), (lambda t: np.spacing(t), "np.spacing"),
     (lambda t: np.add.outer(t, t), "np.add.outer"), (lambda t: np.divmod(t, 2), "np.divmod"), (lambda t: np.modf(t), "np.modf"),
     (lambda t: np.add.at(t, 0, 1), "np.add.at"), (lambda t: np.subtract.reduce(t), "np.subtract.reduce")],
    ids=lambda x: x if isinstance(x, str) else "",
)  # fmt: skip
def test_what_is_not_recorded_says_what_to_use(call, named):
    with pytest.raises(TypeError, match=r"numpy\(\)") as caught:
        call(leaf())
    assert named in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [lambda t, a: np.add(t, a, out=a), lambda t, a: np.exp(t, out=a), lambda t, a: np.add(t, a, dtype=np.float64),
     lambda t, a: np.add(t, a, where=a > 0), lambda t, a: np.add.reduce(t, initial=1.0), lambda t, a: np.sum(t, where=a > 0)],
)  # fmt: skip
def test_arguments_that_would_be_ignored_are_refused(call):
    with pytest.raises(TypeError):
        call(leaf(), A.copy())


def test_in_place_on_an_array_does_not_swallow_the_history():
    a = A.copy()
    with pytest.raises(TypeError, match="add"):
        a += leaf()
    np.testing.assert_array_equal(a, A)


# ------------------------------------------------------------------------------------------------ shared memory


def test_asarray_shares_memory():
    t = tl.tensor(A)
    a = np.asarray(t)
    a[0, 0] = 7
    assert t[0, 0].item() == 7
    t[0, 1] = 8
    assert a[0, 1] == 8
    assert np.array(t) is not a
    assert not np.shares_memory(np.array(t), a)
    assert np.asarray(t, dtype=np.float64).dtype == np.float64


def test_asarray_without_a_copy_where_one_is_needed():
    with pytest.raises(ValueError, match="without a copy"):
        np.asarray(tl.tensor(A), dtype=np.float64, copy=False)


def test_what_would_lose_the_gradient_is_refused():
    for lose in (lambda t: t.numpy(), np.asarray, np.array, lambda t: np.median(t), lambda t: np.vdot(t, t)):
        with pytest.raises(RuntimeError, match=r"requires grad.*detach"):
            lose(leaf())
    np.testing.assert_array_equal(leaf().numpy(force=True), A)


def test_numpy_of_views():
    t = tl.arange(12).reshape(3, 4)
    np.testing.assert_array_equal(t.T.numpy(), np.arange(12).reshape(3, 4).T)
    np.testing.assert_array_equal(t[:, ::2].numpy(), np.arange(12).reshape(3, 4)[:, ::2])
    view = t[1].numpy()
    view[0] = 99
    assert t[1, 0].item() == 99
    assert tl.tensor(1.5).numpy().shape == ()
    assert tl.zeros(0, 3).numpy().shape == (0, 3)


def test_from_numpy_shares_memory():
    a = np.arange(6.0).reshape(2, 3)
    for view in (a, a.T, a[:, ::2], a[0]):
        t = tl.from_numpy(view)
        assert np.shares_memory(t.numpy(), a)
        assert t.dtype == tl.float64
        view[...] = 3
        assert (t == 3).all()
        t.mul_(2)
        assert (view == 6).all()


def test_from_numpy_refuses_what_it_cannot_share():
    for bad, error in ((np.array(["a"]), TypeError), (np.arange(3, dtype=np.uint16), TypeError), ([1], TypeError),
                       (np.arange(3).astype(">i4"), ValueError), (np.array([1j]), TypeError)):  # fmt: skip
        with pytest.raises(error):
            tl.from_numpy(bad)


def test_a_read_only_array_cannot_be_written():
    a = np.ones(3)
    a.flags.writeable = False
    t = tl.from_numpy(a)
    with pytest.raises(RuntimeError, match="cannot be written"):
        t.add_(1)
    assert (t + 1).tolist() == [2, 2, 2]


def test_a_subclass_of_array_becomes_plain():
    class Mine(np.ndarray):
        pass

    t = tl.from_numpy(np.ones(2).view(Mine))
    assert type(t.numpy()) is np.ndarray
    assert type((t + 1).numpy()) is np.ndarray


def test_tensor_copies_and_as_tensor_shares():
    a = np.ones(3)
    copied, shared = tl.tensor(a), tl.as_tensor(a)
    a[0] = 5
    assert copied[0].item() == 1
    assert shared[0].item() == 5
    assert tl.as_tensor(a, dtype=tl.float32)[0].item() == 5


def test_memory_lives_as_long_as_anyone_needs_it():
    array = tl.arange(1000.0).numpy()
    gc.collect()
    np.testing.assert_array_equal(array, np.arange(1000.0))
    t = tl.from_numpy(np.arange(1000.0))
    gc.collect()
    assert t.sum().item() == 499500


def test_an_array_written_between_forward_and_backward_is_noticed():
    a = np.ones(3)
    w = tl.ones(3, dtype=tl.float64, requires_grad=True)
    loss = (w * tl.from_numpy(a)).sum()
    a[0] = 100
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_frombuffer():
    buffer = bytearray(np.arange(4, dtype=np.int16).tobytes())
    t = tl.frombuffer(buffer, dtype=tl.int16, count=2, offset=2)
    assert t.tolist() == [1, 2]
    buffer[2] = 9
    assert t.tolist() == [9, 2]


# -------------------------------------------------------------------------------------------------------- DLPack


def test_dlpack_with_numpy():
    t = tl.tensor(A)
    a = np.from_dlpack(t)
    assert np.shares_memory(a, t.numpy())
    back = tl.from_dlpack(A)
    assert np.shares_memory(back.numpy(), A)
    assert tl.from_dlpack(t).data_ptr() == t.data_ptr()
    assert t.__dlpack_device__() == (1, 0)


def test_dlpack_with_torch_both_ways_without_a_copy():
    torch = pytest.importorskip("torch")
    theirs = torch.arange(6.0).reshape(2, 3)
    ours = tl.from_dlpack(theirs)
    assert ours.data_ptr() == theirs.data_ptr()
    theirs[0, 0] = 42
    assert ours[0, 0].item() == 42
    mine = tl.arange(6.0).reshape(2, 3)
    received = torch.from_dlpack(mine)
    assert received.data_ptr() == mine.data_ptr()
    mine[1, 2] = -1
    assert received[1, 2].item() == -1
    for dtype in ("int8", "int16", "int32", "int64", "uint8", "bool", "float16", "float32", "float64"):
        assert str(torch.from_dlpack(tl.ones(2, dtype=dtype)).dtype) == f"torch.{dtype}"
        assert tl.from_dlpack(torch.ones(2, dtype=getattr(torch, dtype))).dtype == dtype
    assert torch.from_dlpack(mine.T).stride() == (1, 3)


def test_dlpack_refuses_what_requires_a_gradient():
    with pytest.raises(BufferError, match="detach"):
        np.from_dlpack(leaf())


# ------------------------------------------------------------------------------------- functions given arrays


def test_the_functions_compute_with_plain_arrays_too():
    for name in ("exp", "add", "sum", "reshape", "cat", "matmul", "softmax", "sort", "where", "tril"):
        args = {
            "add": (A, A),
            "reshape": (A, (4,)),
            "cat": ([A, A],),
            "matmul": (A, A),
            "softmax": (A, 0),
            "where": (A > 0.3, A, A),
        }
        result = getattr(tl, name)(*args.get(name, (A,)))
        result = result.values if name == "sort" else result
        assert isinstance(result, (np.ndarray, np.generic)), name
