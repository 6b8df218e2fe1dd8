"""einops on Tensors: against einops on arrays, and its gradients against numerical ones."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest

import tinygrad_lite as tl

einops = pytest.importorskip("einops", reason="einops is not installed")

import tinygrad_lite.einops  # noqa: E402  # only where einops is installed
from tinygrad_lite.einops.layers import EinMix, Rearrange, Reduce  # noqa: E402  # only where einops is installed

X = np.random.default_rng(0).uniform(0.5, 1.5, (2, 4, 3))
CALLS = [
    (einops.rearrange, ("b (h w) c -> (b c) w h",), {"h": 2}),
    (einops.rearrange, ("b h c -> b h 1 c ()",), {}),
    (einops.rearrange, ("... c -> c ...",), {}),
    (einops.rearrange, ("b h c -> (b h c)",), {}),
    *((einops.reduce, ("b (h w) c -> w b", how), {"w": 2}) for how in ("max", "min", "sum", "mean", "prod")),
    (einops.reduce, ("b h c -> ", "prod"), {}),
    (einops.reduce, ("b h c -> 1 h 1", "mean"), {}),
    (einops.repeat, ("b h c -> (new b) h c more",), {"new": 3, "more": 2}),
    (einops.repeat, ("b h c -> b (h two) c",), {"two": 2}),
]


def test_values_and_gradients() -> None:
    for function, args, kwargs in CALLS:
        for dtype in (tl.float64, tl.float32):
            x = tl.tensor(X, dtype=dtype, requires_grad=True)
            expected = function(X.astype(dtype), *args, **kwargs)
            found = function(x, *args, **kwargs)
            assert isinstance(found, tl.Tensor)
            assert (found.dtype, tuple(found.shape)) == (dtype, expected.shape), (args, kwargs)
            np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-6)
        assert tl.autograd.gradcheck(
            lambda x, f=function, a=args, k=kwargs: f(x, *a, **k), tl.tensor(X, requires_grad=True)
        )
    booleans = tl.tensor(X > 1)
    for how in ("any", "all"):
        expected = einops.reduce(X > 1, "b h c -> c", how)
        np.testing.assert_array_equal(einops.reduce(booleans, "b h c -> c", how).numpy(), expected)
    with pytest.raises(einops.EinopsError):
        einops.rearrange(tl.ones(2, 3), "a b c -> c b a")
    with pytest.raises(NotImplementedError, match="float"):
        einops.reduce(tl.arange(4), "(a b) -> a", "mean", a=2)


def test_einsum_and_packs() -> None:
    x, w = tl.tensor(X, requires_grad=True), tl.tensor(X[0], requires_grad=True)
    assert tl.autograd.gradcheck(lambda x, w: einops.einsum(x, w, "b h c, h d -> b c d"), (x, w))
    np.testing.assert_allclose(
        einops.einsum(x, w, "batch h c, h d -> batch c d").detach().numpy(), np.einsum("bhc,hd->bcd", X, X[0])
    )
    packed, shapes = einops.pack([x, w], "* c")
    assert tuple(packed.shape) == (12, 3)
    back, w2 = einops.unpack(packed, shapes, "* c")
    (back * 2).sum().backward()
    np.testing.assert_array_equal(x.grad, np.full_like(X, 2))
    np.testing.assert_array_equal(w2.detach().numpy(), X[0])
    assert einops.rearrange([w, w], "b h c -> h c b").shape == (4, 3, 2)
    assert einops.parse_shape(x, "b _ c") == {"b": 2, "c": 3}
    np.testing.assert_array_equal(einops.asnumpy(x.detach()), X)


def test_layers() -> None:
    tl.manual_seed(0)
    mix = EinMix("b (h w) c -> b w (h d)", weight_shape="h c d", bias_shape="h d", h=2, c=3, d=5)
    model = tl.nn.Sequential(Rearrange("b h c -> b c h"), Reduce("b c (h two) -> b (h two) c", "max", two=2), mix)
    assert [name for name, _ in model.named_parameters()] == ["2.weight", "2.bias"]
    model = model.double()
    out = model(tl.tensor(X))
    w, b = mix.weight.detach().numpy(), mix.bias.detach().numpy()
    expected = np.einsum("bhwc,hcd->bwhd", X.reshape(2, 2, 2, 3), w).reshape(2, 2, 10) + b.reshape(1, 1, 10)
    np.testing.assert_allclose(out.detach().numpy(), expected)
    assert float(mix.weight.abs().max()) <= 1
    assert float(mix.bias.abs().max()) <= (1 / 3) ** 0.5
    out.sum().backward()
    np.testing.assert_allclose(mix.bias.grad.numpy().reshape(-1), np.full(10, 4.0))
    from einops.layers.tinygrad_lite import Rearrange as same

    assert same is Rearrange
    assert repr(model[0]) == "Rearrange('b h c -> b c h')"
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again(tl.tensor(X)).detach(), out.detach())
    other = EinMix("b (h w) c -> b w (h d)", weight_shape="h c d", bias_shape="h d", h=2, c=3, d=5)
    other.load_state_dict(mix.state_dict())


def test_layers_draw_pytorchs_weights() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from einops.layers.torch import EinMix as Theirs

    given = {"weight_shape": "c d", "bias_shape": "d", "c": 3, "d": 20}
    torch.manual_seed(3), tl.manual_seed(3)
    theirs, ours = Theirs("b c -> b d", **given), EinMix("b c -> b d", **given)
    for key, value in theirs.state_dict().items():
        np.testing.assert_array_equal(ours.state_dict()[key].numpy(), value.numpy())
    x = X[0].astype("float32")
    np.testing.assert_allclose(
        ours(tl.tensor(x)).detach().numpy(), theirs(torch.tensor(x)).detach().numpy(), rtol=1e-5, atol=1e-6
    )
    assert isinstance(einops.rearrange(torch.ones(2, 3), "a b -> b a"), torch.Tensor)  # PyTorch's own are left alone


def test_a_script_for_pytorch_and_a_missing_package() -> None:
    code = """
import sys
import tinygrad_lite as tl
assert "einops" not in sys.modules
import tinygrad_lite.einops
tl.install_as_torch()
import torch
from einops import rearrange
x = torch.ones(2, 3, requires_grad=True)
rearrange(x, "a b -> b a").sum().backward()
print(x.grad.shape)
from einops.layers.torch import Rearrange  # einops' own layers for PyTorch, which are ours then
print(torch.nn.Sequential(Rearrange("a b -> b a"))(x))
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "[2, 3]" in shown
    assert "tensor([[1., 1.]," in shown
    code = "import sys; sys.modules['einops'] = None\nimport tinygrad_lite.einops"
    failed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 'pip install "tinygrad_lite[einops]"' in failed.stderr
