"""What scripts mention and the library does not have: it can be named, passed and compared, and nothing is silent."""

from __future__ import annotations

import importlib
import pickle
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.types.formats import AbsentDType

ABSENT = [x for name in tl.__all__ if isinstance(x := getattr(tl, name), AbsentDType)]


def test_dtypes_that_are_not_here_refuse_wherever_they_are_used() -> None:
    uses: list[Any] = [
        lambda d: tl.ones(2, dtype=d), lambda d: tl.tensor(1, dtype=d), lambda d: tl.ones(1).to(d), lambda d: tl.ones(1).type(d),
        lambda d: nn.Linear(1, 1, dtype=d), lambda d: nn.Linear(1, 1).to(d), lambda d: tl.zeros_like(tl.ones(1), dtype=d),
        lambda d: tl.ones(2).sum(dtype=d), lambda d: tl.set_default_dtype(d), lambda d: tl.finfo(d), lambda d: tl.arange(3, dtype=d),
    ]  # fmt: skip
    assert len({x.name for x in ABSENT}) == 11
    for dtype in ABSENT:
        for use in uses:
            with pytest.raises(TypeError, match=rf"Tensors have no dtype {dtype.name}(, because|: use int64)"):
                use(dtype)
        assert tl.ones(1).dtype != dtype
        assert dtype not in (tl.float32, tl.int64)
        assert {dtype: 1, tl.float32: 2}[dtype] == 1
        assert repr(dtype) == dtype.name
        assert pickle.loads(pickle.dumps(dtype)) is dtype
    assert (tl.bfloat16.is_floating_point, tl.complex64.is_complex, tl.bfloat16.itemsize) == (True, True, 2)
    assert tl.cfloat is tl.complex64
    assert tl.get_default_dtype() == tl.float32


def test_of_dtypes_there_is_a_class() -> None:
    def f(dtype: tl.dtype = tl.float32) -> tl.dtype:
        return dtype

    assert isinstance(f(), tl.dtype)
    assert not isinstance(3, tl.dtype)


def test_orders_in_memory_have_no_effect() -> None:
    x = tl.ones(1, 2, 3, 3, requires_grad=True)
    for order in (tl.channels_last, tl.contiguous_format, tl.preserve_format, tl.channels_last_3d):
        assert isinstance(order, tl.memory_format)
        assert str(order).startswith("torch.")
        assert pickle.loads(pickle.dumps(order)) is order
        results = [
            x.to(memory_format=order), x.contiguous(memory_format=order), x.clone(memory_format=order), tl.zeros_like(x, memory_format=order),
            tl.full_like(x, 2.0, memory_format=order), tl.randn_like(x, memory_format=order), tl.randint_like(x, 3, memory_format=order),
            nn.Conv2d(2, 2, 1).to(memory_format=order)(x),
        ]  # fmt: skip
        assert {y.stride() for y in results} == {(18, 9, 3, 1)}
        assert x.is_contiguous(memory_format=order)
    results[2].sum().backward()
    assert x.grad is not None


def test_new_makes_tensors_of_the_dtype() -> None:
    x = tl.ones(2, dtype=tl.float64)
    assert (x.new(2, 3).shape, x.new().shape, x.new(tl.Size([4])).shape) == ((2, 3), (0,), (4,))
    for values in ([1, 2], (1, 2), np.array([1, 2]), tl.tensor([1.0, 2.0], dtype=tl.float64)):
        assert x.new(values).tolist() == [1, 2]
        assert x.new(values).dtype == tl.float64
    with pytest.raises(TypeError, match="expected a Tensor of dtype float64"):
        x.new(tl.ones(1))
    with pytest.raises(TypeError, match=r"data must be a sequence \(got float\)"):
        x.new(3.5)


def test_torchscript_runs_as_it_is_written() -> None:
    jit = tl.jit

    @jit.script
    def gelu(x: Any) -> Any:
        return x * 0.5 * (1.0 + tl.erf(x / 1.41421))

    class Cell(jit.ScriptModule):
        __constants__ = ("size",)
        size: jit.Final[int]

        def __init__(self) -> None:
            super().__init__()
            self.size = 3
            self.weight = nn.Parameter(tl.ones(3))

        @jit.script_method
        def forward(self, x: Any) -> Any:
            return self.helper(x) if not jit.is_scripting() and not jit.is_tracing() else x

        @jit.unused
        def helper(self, x: Any) -> Any:
            return x * self.weight

        @jit.export
        def other(self) -> int:
            return self.size

        @jit.ignore(drop=True)
        def third(self) -> Any:
            return jit.annotate(list, [])

    cell = jit.script(Cell())
    assert isinstance(cell, nn.Module) and not isinstance(cell.forward, jit.ScriptFunction)
    jit.trace(cell, tl.ones(3))(gelu(tl.ones(3))).sum().backward()
    assert cell.weight.grad is not None
    assert (cell.other(), cell.third(), jit.isinstance([], list[int])) == (3, [], True)
    assert jit.wait(jit.fork(max, 1, 2)) == 2
    for refused in (lambda: jit.save(cell, "x"), lambda: jit.load("x")):
        with pytest.raises(RuntimeError, match="there is no TorchScript here"):
            refused()


def test_names_that_change_nothing_take_what_pytorchs_take() -> None:
    with nn.attention.sdpa_kernel([nn.attention.SDPBackend.MATH, nn.attention.SDPBackend.FLASH_ATTENTION]):
        pass
    with pytest.raises(TypeError, match="SDPBackend"), nn.attention.sdpa_kernel("math"):
        pass
    tl._assert(True, "fine")
    with pytest.raises(AssertionError, match="no"):
        tl._assert(False, "no")
    tl.set_num_interop_threads(3)
    assert tl.get_num_interop_threads() == 3
    with pytest.raises(RuntimeError, match="expects a positive int"):
        tl.set_num_interop_threads(0)
    assert not isinstance(tl.ones(1), tl.cuda.FloatTensor)
    with pytest.raises(TypeError, match=r"type torch.cuda.FloatTensor not available"):
        tl.cuda.FloatTensor(2)


def test_nested_containers_by_pytorchs_private_path() -> None:
    pytree = importlib.import_module("tinygrad_lite.utils._pytree")
    tree = {"a": [1, None], "b": (2.5,)}
    leaves, spec = pytree.tree_flatten(tree)
    assert leaves == pytree.tree_leaves(tree) == [1, None, 2.5]
    assert pytree.tree_unflatten([3, 4, 5], spec) == {"a": [3, 4], "b": (5,)}
    assert pytree.tree_map(lambda x, y: (x, y), [1, (2,)], [3, (4,)]) == [(1, 3), ((2, 4),)]
    assert pytree.tree_map_only(int, lambda x: x + 1, tree) == {"a": [2, None], "b": (2.5,)}
    with pytest.raises(ValueError, match="`leaves` has length 1 but the spec refers to a pytree that holds 3 items"):
        pytree.tree_unflatten([1], spec)


def test_what_copies_of_pytorchs_own_layers_import() -> None:
    names = importlib.import_module("tinygrad_lite._jit_internal")
    assert tl._jit_internal is names
    assert names.Optional[int] == int | None
    assert names._overload(repr) is repr
    assert tl._C.Generator is tl.Generator


def test_the_compiler_is_told_what_to_leave_out() -> None:
    """`torch.compiler`'s marks, and the settings of parts of it that scripts write to."""

    @tl.compiler.disable(reason="it is slow to trace")
    def double(x: tl.Tensor) -> tl.Tensor:
        return 2 * x

    compiled = tl.compile(lambda x: double(x) + 1)
    with pytest.warns(UserWarning, match=r"double is marked with compiler\.disable: it is slow to trace"):
        assert compiled(tl.ones(2)).tolist() == [3, 3]
    assert double.__name__ == "double"
    assert tl.compiler.disable(double)(tl.ones(1)).item() == 2
    assert tl.compiler.allow_in_graph(double) is tl.compiler.assume_constant_result(double) is double
    assert not (tl.compiler.is_compiling() or tl.compiler.is_dynamo_compiling() or tl.compiler.is_exporting())
    assert tl.compiler.list_backends() == ["numba", "numpy"]
    tl.compiler.reset()
    tl.compiler.cudagraph_mark_step_begin()
    inductor = importlib.import_module("tinygrad_lite._inductor")
    inductor.config.triton.cudagraphs = True
    assert inductor.config.triton.cudagraphs is True
    assert importlib.import_module("tinygrad_lite._dynamo").disable is tl.compiler.disable
    assert not hasattr(inductor.config, "__wrapped__")
    tl._C._log_api_usage_once("a script")


def test_functions_that_ask_their_arguments() -> None:
    """`torch.overrides`: a subclass is asked before its parent, each type once, and NotImplemented passes on."""
    asked: list[type] = []

    class Quantity:
        @classmethod
        def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            asked.append(cls)
            return NotImplemented if cls is Length or kwargs else (func.__name__, types, args)

    class Length(Quantity):
        pass

    def area(*args: Any, **kwargs: Any) -> Any:
        return nn.functional.handle_torch_function(area, args, *args, **kwargs)

    overrides = importlib.import_module("tinygrad_lite.overrides")
    first, second = Quantity(), Length()
    assert area(first, 3, second, first) == ("area", (Length, Quantity), (first, 3, second, first))
    assert asked == [Length, Quantity]
    with pytest.raises(
        TypeError, match=r"no implementation found for '.*area' on types that implement __torch_function__: "
    ):
        area(first, unit="m")
    assert overrides.has_torch_function((1, first))
    assert overrides.has_torch_function_unary(first)
    assert overrides.has_torch_function_variadic(1, second)
    assert not nn.functional.has_torch_function((tl.ones(1), 1, Quantity))
    assert [overrides.is_tensor_like(x) for x in (tl.ones(1), first, 1.0)] == [True, True, False]


def test_reversible_networks_ask_for_the_states_of_devices() -> None:
    checkpoint = tl.utils.checkpoint
    assert tl.cuda._initialized is False
    checkpoint.set_device_states(*checkpoint.get_device_states(tl.ones(1)))
    with pytest.raises(RuntimeError, match=r"the only device is the CPU, but got states of the devices \[0\]"):
        checkpoint.set_device_states([0], [])
    with checkpoint.set_checkpoint_early_stop(False):
        pass
