"""Lazy layers and parameters without a shape: before, during and after the first call; also against PyTorch."""

from __future__ import annotations

import copy
import io
import pickle
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn

from ..support.layer_scenarios import alike, outcome

LAYERS: list[tuple[str, str, tuple[Any, ...], dict[str, Any], tuple[int, ...]]] = [
    ("LazyLinear", "Linear", (3,), {}, (2, 4)),
    ("LazyLinear", "Linear", (3, False), {}, (4,)),
    ("LazyConv1d", "Conv1d", (4, 2), {"groups": 2}, (2, 6, 5)),
    ("LazyConv2d", "Conv2d", (4, 3), {"padding": "same", "bias": False}, (2, 3, 5, 4)),
    ("LazyConv3d", "Conv3d", (2, 2, 2, 1), {}, (1, 1, 3, 2, 4)),
    ("LazyConvTranspose1d", "ConvTranspose1d", (4, 2), {"groups": 2}, (2, 6, 5)),
    ("LazyConvTranspose2d", "ConvTranspose2d", (4, 3, 2), {"output_padding": 1}, (3, 5, 4)),
    ("LazyConvTranspose3d", "ConvTranspose3d", (2, 2), {"dilation": 2}, (1, 1, 3, 2, 4)),
    ("LazyBatchNorm1d", "BatchNorm1d", (), {}, (4, 3)),
    ("LazyBatchNorm2d", "BatchNorm2d", (0.1, None), {"bias": False}, (4, 3, 2, 2)),
    ("LazyBatchNorm3d", "BatchNorm3d", (), {"affine": False}, (4, 3, 2, 1, 2)),
    ("LazyInstanceNorm1d", "InstanceNorm1d", (), {}, (4, 3, 2)),
    ("LazyInstanceNorm2d", "InstanceNorm2d", (), {"track_running_stats": False}, (4, 3, 2, 2)),
    ("LazyInstanceNorm3d", "InstanceNorm3d", (), {"affine": False}, (4, 3, 2, 1, 2)),
]


def made(T: Any, name: str, args: Any, options: Any) -> Any:
    T.manual_seed(3)
    return getattr(T.nn, name)(*args, **options)


def test_the_first_call_makes_the_layer_that_it_stands_for() -> None:
    for name, becomes, args, options, shape in LAYERS:
        lazy = made(tl, name, args, options)
        tensors = [*lazy.parameters(), *lazy.buffers()]
        unset = [x for x in tensors if nn.parameter.is_lazy(x)]
        assert lazy.has_uninitialized_params() == bool(unset)
        x = tl.rand(*shape)
        tl.manual_seed(5)
        out = lazy(x)
        assert type(lazy) is getattr(nn, becomes)
        assert all(a is b for a, b in zip(tensors, [*lazy.parameters(), *lazy.buffers()], strict=True))
        assert not any(map(nn.parameter.is_lazy, tensors))
        assert not hasattr(lazy, "_load_hook")
        channels = {"Linear": shape[-1], "ConvTranspose2d": shape[0]}.get(becomes, shape[1] if len(shape) > 1 else 0)
        wanted = {"affine": True, "track_running_stats": True} if "Instance" in becomes else {}
        usual = made(tl, becomes, (channels, *args), wanted | options)
        usual.load_state_dict(lazy.state_dict())
        assert repr(lazy) == repr(usual)
        lazy.eval()
        usual.eval()
        assert tl.equal(lazy(x), usual(x))
        assert out.shape == lazy(x).shape


def test_they_are_pytorchs() -> None:
    """The text before and after, the state's keys, and the numbers of the same seed."""
    torch = pytest.importorskip("torch")
    for name, _, args, options, shape in LAYERS:
        ours, theirs = (made(T, name, args, options) for T in (tl, torch))
        assert repr(ours) == repr(theirs)
        assert repr(ours.state_dict()).replace("'", "") == repr(theirs.state_dict()).replace("'", "")
        x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
        outs = [m(T.tensor(x)) for m, T in ((ours, tl), (theirs, torch))]
        assert repr(ours) == repr(theirs)
        np.testing.assert_allclose(*[out.detach().numpy() for out in outs], rtol=1e-4, atol=1e-5)
        for key, value in theirs.state_dict().items():
            np.testing.assert_allclose(ours.state_dict()[key].numpy(), value.numpy(), rtol=1e-6)


@alike
def test_uninitialized_parameters(T: Any) -> Any:
    """What may be asked of them, and what raises; the same under both libraries."""
    nn = T.nn
    U, B = nn.parameter.UninitializedParameter, nn.parameter.UninitializedBuffer
    calls = """
        U() U().shape list(U().size()) U().requires_grad U(requires_grad=False).requires_grad U().is_leaf U().grad U().ndim
        str(U(dtype=T.float64).dtype)[-7:] str(U().double().dtype)[-7:] U().numel() len(U()) U()+1 T.ones(2)*U()
        T.ones(1)*U() U().sum() U().clone() U().detach() U().zero_() U().requires_grad_(False) U().numpy() U().tolist()
        U()[0] isinstance(U(),nn.Parameter) isinstance(B(),nn.Buffer) B() B().shape nn.parameter.is_lazy(B())
        nn.LazyLinear(3).requires_grad_(False) nn.LazyLinear(3).zero_grad() nn.LazyLinear(3).share_memory()
        nn.LazyLinear(3).reset_parameters() list(nn.LazyLinear(3).parameters()) nn.LazyLinear(3).load_state_dict({})
        nn.LazyLinear(3).load_state_dict(nn.LazyLinear(3).state_dict())
        nn.Linear(4,3).load_state_dict(nn.LazyLinear(3).state_dict())
        list(nn.LazyLinear(3,dtype=T.float64)(T.ones(2,4,dtype=T.float64)).shape)
        str(nn.LazyLinear(3).double()(T.ones(2,4,dtype=T.float64)).dtype)[-7:]
        nn.LazyConv2d(3,2)(T.ones(2,2)) nn.LazyConv2d(3,2,groups=2)(T.ones(1,3,4,4)) nn.LazyBatchNorm2d()(T.ones(2,3,2))
        list(nn.LazyConv2d(3,2)(T.ones(2,4,4)).shape) T.nn.init.zeros_(U())
        T.nn.utils.parameters_to_vector(nn.LazyLinear(3).parameters())
    """.split()
    return [outcome(lambda text=text: repr(eval(text, {"T": T, "nn": nn, "U": U, "B": B}))) for text in calls]


def test_errors_say_what_to_do() -> None:
    unset = nn.UninitializedParameter()
    with pytest.raises(RuntimeError, match="Can't access the shape of an uninitialized parameter or buffer"):
        _ = unset.shape
    with pytest.raises(ValueError, match=r"Attempted to use an uninitialized parameter in add.*Call `forward`"):
        unset + 1
    with pytest.raises(ValueError, match="Attempted to use an uninitialized parameter"):
        tl.ones(0) + unset
    with pytest.raises(ValueError, match="uninitialized parameter"):
        tl.save({"weight": unset}, io.BytesIO())

    class Forgets(nn.modules.lazy.LazyModuleMixin, nn.Linear):  # type: ignore[misc, name-defined]  # either library's
        def initialize_parameters(self, x: Any) -> None:
            pass

    layer: Any = Forgets(2, 2)
    layer.weight = nn.UninitializedParameter()
    with pytest.raises(RuntimeError, match="module Forgets has not been fully initialized"):
        layer(tl.ones(2))


def test_an_optimizer_may_be_made_before() -> None:
    tl.manual_seed(0)
    net = nn.Sequential(nn.LazyLinear(8), nn.ReLU(), nn.LazyBatchNorm1d(), nn.LazyLinear(1))
    optimizer = tl.optim.Adam(net.parameters(), lr=0.1)
    with pytest.warns(UserWarning, match="no parameter has a gradient"):
        optimizer.step()
    x = tl.rand(16, 3)
    y = x.sum(1, keepdim=True)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(net(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.1 * losses[0]


def test_states_before_and_after() -> None:
    usual = nn.Linear(4, 3)
    lazy: Any = nn.LazyLinear(3)
    lazy.load_state_dict(usual.state_dict())
    assert type(lazy) is nn.LazyLinear  # it becomes the other when it is called
    assert tl.equal(lazy(tl.ones(4)), usual(tl.ones(4)))
    assert lazy.in_features == 4
    lazy = nn.LazyLinear(3)
    with pytest.raises(RuntimeError, match="Missing key"):
        lazy.load_state_dict({"weight": tl.ones(3, 4)})
    assert repr(lazy.weight) == "<UninitializedParameter>"  # as it was before
    assert lazy(tl.ones(2, 5)).shape == (2, 3)
    for copied in (copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))):
        lazy = copied(nn.LazyBatchNorm1d(dtype=tl.float64))
        lazy(tl.ones(2, 5, dtype=tl.float64))
        assert type(lazy) is nn.BatchNorm1d
        assert lazy.weight.dtype == tl.float64


def test_materialize() -> None:
    weight: Any = nn.UninitializedParameter(dtype=tl.float64)
    weight.materialize((2, 3))
    assert (type(weight), tuple(weight.shape), weight.dtype) == (nn.Parameter, (2, 3), tl.float64)
    (weight * 2).sum().backward()
    assert weight.grad.tolist() == [[2, 2, 2], [2, 2, 2]]
    fixed: Any = nn.UninitializedParameter(requires_grad=False)
    fixed.materialize((2,), dtype=tl.float16)
    assert (fixed.requires_grad, fixed.dtype) == (False, tl.float16)
    buffer: Any = nn.UninitializedBuffer()
    buffer.materialize((2,))
    assert type(buffer) is tl.Tensor


def test_a_compiled_function_waits_for_the_shapes() -> None:
    net = nn.Sequential(nn.LazyLinear(3), nn.ReLU())
    call = tl.compile(lambda x: net(x))
    x = tl.rand(2, 4)
    with pytest.warns(UserWarning, match="cannot be made a program"):
        first = call(x)
    assert tl.equal(first, net(x))
    assert tl.equal(first, call(x))
    assert "linear" in call.source
