"""Making Tensors and turning them into other things, against PyTorch: dtypes inferred, arguments in every form, errors."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ..support.pytorch_parity import DTYPES, Row, b, compare, f, floats, i, ints, row

S = floats(1.5).reshape(())
SIZES = [(2, 3), ((2, 3),), ([2, 3],), (0,), (), ((),), (2, 0), (-1,), (2.5,), ("a",), ((2, 3), 4)]
DATA = [
    1, 1.5, True, [1, 2], [1.0, 2], [[1, 2], [3, 4]], [], [[], []], (1, 2), [True, False], [True, 2], [1, 2.5, True], [[1, 2], [3]],
    None, "a", ["a"], [None], 2**40, -1, float("nan"), [math.inf], 2**63, range(3), [range(2), range(2)], [[1.0], [2]], [[[]]],
]  # fmt: skip


def make(name, *args, **kwargs):
    """The function of the module, called with these arguments; a dtype is given by its name."""

    def call(T, *xs):
        named = {k: getattr(T, v) if k == "dtype" and isinstance(v, str) else v for k, v in kwargs.items()}
        return getattr(T, name)(*xs, *args, **named)

    return call


def fresh(T, x):
    """What is not initialised, with its values blotted out."""
    return x.zero_() if not x.requires_grad else (x.shape, x.dtype, x.requires_grad)


def made(name, *args, **kwargs):
    return row(name, call=make(name, *args, **kwargs))


def put(x, value):
    x[0] = value


def on(name, x, call):
    return row(name, x, call=call)


def both(name, x):
    """A method without arguments."""
    return on(name, x, lambda T, x: getattr(x, name)())


ROWS: list[Row] = [
    # from values
    *(made("tensor", data) for data in DATA),
    *(made("tensor", data, dtype=d) for data in (1, 1.7, -1, 300, [1, 2], [1.5, -2.5], [], [True, False], 1e30, math.nan) for d in DTYPES),
    *(made("tensor", [1.0, 2.0], **kw) for kw in ({"requires_grad": True}, {"device": "cpu"}, {"dtype": "float64", "requires_grad": True})),
    made("tensor", [1, 2], requires_grad=True),
    made("tensor", np.float64(1.5)),
    made("tensor", np.int32(3)),
    made("tensor", [np.float32(1.5), np.float32(2)]),
    made("tensor", np.arange(3, dtype=np.int16)),
    made("tensor", np.arange(3.0)),
    made("tensor", np.array([True])),
    made("tensor", np.array(["a"])),
    made("tensor", np.arange(4)[::2]),
    made("tensor", [np.arange(2), np.arange(2)]),
    made("tensor", 2.5, dtype="int64"),
    made("tensor", 300, dtype="int32"),
    made("tensor"),
    row("tensor", call=lambda T: T.tensor([T.tensor(1.0), T.tensor(2.0)])),
    row("tensor", call=lambda T: T.tensor(data=[1.0])),
    row("tensor", call=lambda T: T.tensor([1, 2], dtype=float)),
    row("tensor", call=lambda T: T.tensor([1, 2.5], dtype=int)),
    row("Tensor", call=lambda T: T.Tensor([1, 2])),
    row("Tensor", call=lambda T: T.Tensor(2, 3).shape),
    row("Tensor", call=lambda T: T.Tensor()),
    *(made("as_tensor", data) for data in DATA[:12]),
    made("as_tensor", [1, 2], dtype="float32"),
    row("as_tensor", f(2), call=lambda T, x: (T.as_tensor(x), T.as_tensor(x) is x, T.as_tensor(x, dtype=T.float16))),
    *(made("asarray", data) for data in (1, [1.5], [1, 2])),
    row("from_numpy", call=lambda T: T.from_numpy(np.arange(3))),
    row("from_numpy", call=lambda T: T.from_numpy(np.arange(3.0)[::2])),
    row("from_numpy", call=lambda T: T.from_numpy([1])),
    row("from_numpy", call=lambda T: T.from_numpy(np.array(["a"]))),
    row("from_numpy", call=lambda T: T.from_numpy(np.arange(3).astype(">i8"))),
    row("from_dlpack", call=lambda T: T.from_dlpack(np.arange(3.0))),
    row("from_dlpack", call=lambda T: T.from_dlpack(T.ones(2))),
    row("frombuffer", call=lambda T: T.frombuffer(bytearray(b"\x01\x00\x02\x00"), dtype=T.int16)),
    # regular values
    *(made(name, *size) for name in ("zeros", "ones") for size in SIZES),
    *(made(name, 2, **kw) for name in ("zeros", "ones") for kw in ({"dtype": "int64"}, {"requires_grad": True}, {"dtype": "bool"}, {"device": "cpu"}, {"size": 3})),
    *(made(name, size=(2, 3)) for name in ("zeros", "ones")),
    made("zeros", 2, dtype="int64", requires_grad=True),
    made("zeros"),
    *(row("empty", call=lambda T, s=s: fresh(T, T.empty(*s))) for s in SIZES[:7]),
    row("empty", call=lambda T: fresh(T, T.empty(2, dtype=T.int8))),
    row("empty", call=lambda T: fresh(T, T.empty(2, requires_grad=True))),
    *(made("full", (2, 3), v) for v in (1, 1.5, True, float("inf"))),
    *(made("full", *a, **kw) for a, kw in (
        ([(2,), 1], {"dtype": "float32"}), (((), 2), {}), ((3, 2), {}), (((2,), 1.5), {"dtype": "int64"}), (((2,), 1.5), {"requires_grad": True}),
        (((2,), None), {}), (((-1,), 1), {}),
    )),
    row("full", call=lambda T: T.full(size=(2,), fill_value=3)),
    row("full", call=lambda T: T.full((2,), T.tensor(3.0))),
    *(row("out of range", i(3), call=call) for call in (
        lambda T, x: T.full((2,), 300, dtype=T.int8), lambda T, x: T.full_like(x.char(), 300), lambda T, x: x.char().fill_(300),
        lambda T, x: put(x.char(), 300), lambda T, x: x.char().masked_fill(x == x, 300), lambda T, x: T.where(x == x, 300, x.char()), lambda T, x: x.char() == 300,
        lambda T, x: x.char().clamp(max=300), lambda T, x: x.char().new_full((2,), 300), lambda T, x: x.char().new_tensor(300),
    )),
    *(row(name, x, call=make(name)) for name in ("zeros_like", "ones_like") for x in (f(2, 3), i(2), b(2), S)),
    *(row(name, f(2), call=make(name, **kw)) for name in ("zeros_like", "ones_like") for kw in ({"dtype": "int64"}, {"requires_grad": True}, {"device": "cpu"})),
    *(row("full_like", x, call=make("full_like", v)) for x in (f(2, 3), i(2), b(2)) for v in (1, 2.5, True)),
    row("full_like", f(2), call=make("full_like", 1, dtype="float64")),
    row("empty_like", f(2, 3), call=lambda T, x: fresh(T, T.empty_like(x))),
    row("zeros_like", call=make("zeros_like", [1])),
    *(made("eye", *a, **kw) for a, kw in (((3,), {}), ((2, 3), {}), ((3, 2), {"dtype": "int64"}), ((0,), {}), ((-1,), {}), ((2,), {"requires_grad": True}))),
    made("eye", n=2, m=3),
    *(made("arange", *a, **kw) for a, kw in (
        ((5,), {}), ((1, 5), {}), ((1, 10, 3), {}), ((5, 1, -2), {}), ((0, 1, 0.25), {}), ((5.0,), {}), ((1, 5), {"dtype": "float32"}), ((0,), {}), ((3, 3), {}),
        ((0, 1, 0.1), {}), ((2.5,), {}), ((0.5, 3), {}), ((1, 5, -1), {}), ((1, 5, 0), {}), ((-3,), {}), ((5,), {"dtype": "int32"}), ((2.7,), {"dtype": "int64"}),
        ((0, 3), {"requires_grad": True, "dtype": "float32"}), ((1, 2, 0.3), {"dtype": "float64"}), ((10, 0, -3), {}), (("a",), {}),
    )),
    row("arange", call=lambda T: T.arange(start=1, end=7, step=2)),
    row("arange", call=lambda T: T.arange(end=3)),
    row("arange", call=lambda T: T.arange(T.tensor(3))),
    *(made("linspace", *a, **kw) for a, kw in (
        ((0, 1, 5), {}), ((0, 10, 1), {}), ((3, -3, 7), {}), ((0, 1, 0), {}), ((0, 1, -1), {}), ((0, 5, 6), {"dtype": "int64"}), ((0, 1, 3), {"dtype": "float64"}),
        ((0, 1, 3), {"requires_grad": True}), ((-1e3, 1e3, 11), {}),
    )),
    row("linspace", call=lambda T: T.linspace(start=0, end=1, steps=3)),
    *(made("logspace", *a, **kw) for a, kw in (((0, 2, 3), {}), ((0, 3, 4, 2), {}), ((-1, 1, 5), {"base": 10.0}), ((0, 1, 0), {}), ((0, 1, -2), {}), ((0, 2, 3), {"dtype": "float64"}))),
    # like this one
    *(on(f"new_{name}", x, lambda T, x, n=name: getattr(x, f"new_{n}")(2, 3)) for name in ("zeros", "ones") for x in (f(2), i(2))),
    *(on(f"new_{name}", f(2), lambda T, x, n=name: getattr(x, f"new_{n}")((2,), dtype=T.int64)) for name in ("zeros", "ones")),
    *(on(f"new_{name}", f(2), lambda T, x, n=name: getattr(x, f"new_{n}")(2, requires_grad=True)) for name in ("zeros", "ones")),
    on("new_empty", i(2), lambda T, x: fresh(T, x.new_empty(2, 3))),
    on("new_empty", f(2), lambda T, x: fresh(T, x.new_empty((2,), dtype=T.bool))),
    on("new_full", i(2), lambda T, x: x.new_full((2,), 3)),
    on("new_full", i(2), lambda T, x: x.new_full((2,), 3.5)),
    on("new_full", f(2), lambda T, x: x.new_full((2,), 3, dtype=T.int64)),
    on("new_zeros", f(2), lambda T, x: x.new_zeros(-1)),
    *(on("new_tensor", x, lambda T, x, d=d: x.new_tensor(d)) for x in (f(2), i(2), b(2)) for d in (1, 2.5, [1, 2], [True], np.arange(2), np.arange(2.0), [[1], [2, 3]])),
    on("new_tensor", f(2), lambda T, x: x.new_tensor([1.0], requires_grad=True)),
    on("new_tensor", f(2), lambda T, x: x.new_tensor([1], dtype=T.int32)),
    # copies and dtypes
    on("clone", f(2, 3), lambda T, x: (x.clone(), T.clone(x), x.clone() is x)),
    on("detach", f(2, 3), lambda T, x: (x.detach(), x.detach().requires_grad, T.is_tensor(x.detach()))),
    *(both(name, x) for name in ("float", "double", "half", "int", "long", "short", "char", "byte", "bool", "cpu") for x in (f(2, 3), i(3), b(3), S)),
    *(on("to", x, lambda T, x, d=d: x.to(getattr(T, d))) for x in (f(3) * 3, i(3), b(3)) for d in DTYPES),
    *(on("to", f(3), call) for call in (
        lambda T, x: x.to("cpu"), lambda T, x: x.to(T.device("cpu")), lambda T, x: x.to(dtype=T.float64), lambda T, x: x.to("cpu", T.float16),
        lambda T, x: x.to(T.tensor(1)), lambda T, x: x.to(x.dtype) is x, lambda T, x: x.to(x.dtype, copy=True) is x, lambda T, x: x.to("cpu") is x,
        lambda T, x: x.to(device="cpu", dtype=T.int32), lambda T, x: x.to(T.float16, True), lambda T, x: x.to(T.float16, False, True), lambda T, x: x.to("nowhere"),
        lambda T, x: x.to(other=T.tensor(1)), lambda T, x: x.to("cpu", non_blocking=True), lambda T, x: x.to(None),
    )),
    on("type_as", f(3), lambda T, x: x.type_as(T.tensor(1))),
    on("type", f(3), lambda T, x: x.type(T.int64)),
    on("dtype", f(3), lambda T, x: (x.dtype, x.int().dtype, x.dtype == T.float32, x.dtype == T.float64)),
    *(on("is_floating_point", x, lambda T, x: (x.is_floating_point(), T.is_floating_point(x))) for x in (f(2), i(2), b(2))),
    *(on("is_complex", x, lambda T, x: (x.is_complex(), T.is_complex(x), x.is_signed(), T.is_signed(x))) for x in (f(2), i(2), b(2))),
    on("is_signed", i(2), lambda T, x: (x.byte().is_signed(), x.is_signed())),
    *(on("is_nonzero", x, lambda T, x: (x.is_nonzero(), T.is_nonzero(x))) for x in (S, ints(0), f(2), f(0))),
    on("is_same_size", f(2), lambda T, x: (x.is_same_size(T.zeros(2)), x.is_same_size(T.zeros(3)))),
    on("device", f(2), lambda T, x: (x.device, x.device.type, str(x.device), x.device == T.device("cpu"), x.is_cpu, x.is_cuda, x.get_device())),
    *(row("device", call=lambda T, a=a: (T.device(*a).type, T.device(*a).index)) for a in (("cpu",), ("cpu:0",), ("cpu", 0), ("nowhere",))),
    on("element_size", f(2), lambda T, x: (x.element_size(), x.itemsize, x.nbytes, x.half().element_size(), x.dtype.itemsize)),
    on("storage_offset", f(3, 4), lambda T, x: (x.contiguous().storage_offset(), x.contiguous()[1, 2:].storage_offset())),
    on("is_leaf", f(2), lambda T, x: (x.is_leaf, (x * 2).is_leaf, x.detach().is_leaf, x.requires_grad, (x * 2).requires_grad)),
    on("requires_grad_", f(2), lambda T, x: x.detach().requires_grad_().requires_grad),
    on("requires_grad_", i(2), lambda T, x: x.requires_grad_()),
    on("requires_grad_", f(2), lambda T, x: (x * x).requires_grad_(False)),
    on("data", f(2), lambda T, x: (x.data, x.data.requires_grad)),
    on("detach_", f(2), lambda T, x: (x * 2).detach_()),
    on("grad_fn", f(2), lambda T, x: (x.sum().detach().grad_fn, x.detach().grad_fn)),
    # Python's values
    *(on("item", x, lambda T, x: x.item()) for x in (S, ints(3), i(1, 1), b(1), f(2), f(0))),
    *(on("tolist", x, lambda T, x: x.detach().tolist()) for x in (i(2, 3), b(2), ints(3).reshape(()), i(0), i(2, 0), floats(0.5, 1))),
    *(on("__float__", x, lambda T, x: (float(x), int(x), complex(x))) for x in (S, ints(3), f(2))),
    *(on("__index__", x, lambda T, x: [10, 20, 30, 40][x]) for x in (ints(3), ints(1).reshape(()), S, b(1), ints(1, 2))),
    on("__index__", ints(2), lambda T, x: list(range(x))),
    *(on("__format__", x, lambda T, x, s=s: format(x.detach(), s)) for x in (S, ints(3).reshape(())) for s in (".2f", "", "5", "e")),
    on("__format__", f(2), lambda T, x: format(x.detach(), ".2f")),
    on("__round__", S, lambda T, x: (math.floor(x.item()), round(x.item()))),
    on("__hash__", f(2), lambda T, x: (hash(x) == hash(x), len({x, x}), x in [x])),
    on("__complex__", S, lambda T, x: complex(x)),
    # NumPy
    on("numpy", i(2, 3), lambda T, x: x.numpy()),
    on("numpy", f(2, 3), lambda T, x: x.detach().numpy()),
    on("numpy", f(2, 3), lambda T, x: x.numpy()),
    on("numpy", f(2, 3), lambda T, x: x.numpy(force=True)),
    on("__array__", i(2, 3), lambda T, x: np.asarray(x)),
    on("__array__", f(2, 3), lambda T, x: np.asarray(x)),
    on("__array__", f(2, 3), lambda T, x: np.array(x.detach(), dtype=np.float16)),
    on("__dlpack_device__", f(2), lambda T, x: tuple(map(int, x.__dlpack_device__()))),
    # about dtypes
    row("get_default_dtype", call=lambda T: T.get_default_dtype()),
    row("set_default_dtype", call=lambda T: T.set_default_dtype(T.int64)),
    *(row("finfo", call=lambda T, d=d: [getattr(T.finfo(getattr(T, d)), n) for n in ("bits", "eps", "max", "min", "tiny", "smallest_normal", "resolution", "dtype")]) for d in DTYPES),
    *(row("iinfo", call=lambda T, d=d: [getattr(T.iinfo(getattr(T, d)), n) for n in ("bits", "max", "min", "dtype")]) for d in DTYPES),
    row("finfo", call=lambda T: T.finfo().bits),
    row("finfo", call=lambda T: repr(T.finfo(T.float16))),
    row("iinfo", call=lambda T: repr(T.iinfo(T.uint8))),
    *(row("can_cast", call=lambda T, a=a, c=c: T.can_cast(getattr(T, a), getattr(T, c))) for a in DTYPES for c in DTYPES),
    row("is_tensor", call=lambda T: (T.is_tensor(T.ones(1)), T.is_tensor(1), T.is_tensor(np.ones(1)))),
    row("numel", call=lambda T: T.numel(T.ones(2, 3))),
    row("inf", call=lambda T: (T.inf, T.pi, T.e, math.isnan(T.nan), T.newaxis)),
    row("Size", call=lambda T: (T.Size([2, 3]).numel(), T.Size([]).numel(), T.Size([2, 3]) + (4,), T.Size([2, 3])[1:], T.Size([2, 3]) * 2)),
    row("Size", call=lambda T: T.Size([1.5])),
]  # fmt: skip


@pytest.mark.parametrize("name", sorted({r.name for r in ROWS}))
def test_parity(name):
    for r in ROWS:
        if r.name == name:
            compare(r)
