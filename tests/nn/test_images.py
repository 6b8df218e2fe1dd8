"""Layers for signals, images and volumes: their derivatives by numbers, and values that are written out here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn

from ..support.function_checks import check_layer
from ..support.public_classes import defined_in

F = nn.functional

Make = Callable[[], nn.Module]

FILES = tuple(
    f"layers/{name}.py"
    for name in ("batch_normalization", "convolution", "instance_normalization", "padding", "pooling", "resampling")
)


class Unpooled(nn.Module):
    """What was pooled, put back where it was."""

    def __init__(self, pool: nn.Module, unpool: nn.Module) -> None:
        super().__init__()
        self.pool, self.unpool = pool, unpool

    def forward(self, x: Any) -> Any:
        return self.unpool(*self.pool(x), output_size=x.shape[-int(type(self.unpool).__name__[-2]) :])


# For each layer, how to make it and the shape that it is called with.
IMAGES: dict[str, list[tuple[Make, tuple[int, ...]]]] = {
    "Conv1d": [(lambda: nn.Conv1d(2, 2, 3, 2, 1, 1, 2), (1, 2, 5))],
    "Conv2d": [
        (lambda: nn.Conv2d(1, 2, (2, 3), padding=(1, 2), dilation=(2, 1)), (2, 1, 3, 2)),
        (lambda: nn.Conv2d(2, 2, 2, padding="same", padding_mode="circular", bias=False), (2, 3, 2)),
    ],
    "Conv3d": [(lambda: nn.Conv3d(1, 2, (1, 2, 2), padding=1, padding_mode="replicate"), (1, 1, 1, 2, 2))],
    "ConvTranspose1d": [(lambda: nn.ConvTranspose1d(2, 2, 2, 3, 1, 2, 2), (1, 2, 3))],
    "ConvTranspose2d": [(lambda: nn.ConvTranspose2d(1, 2, (2, 1), 2, dilation=(2, 1)), (1, 2, 2))],
    "ConvTranspose3d": [(lambda: nn.ConvTranspose3d(1, 1, (1, 2, 2), bias=False), (1, 1, 2, 1, 2))],
    "Unfold": [(lambda: nn.Unfold(2, padding=1, stride=2), (1, 1, 3, 2))],
    "Fold": [(lambda: nn.Fold((2, 3), 2), (4, 2))],
    "MaxPool1d": [(lambda: nn.MaxPool1d(3, 2, 1), (1, 2, 5))],
    "MaxPool2d": [(lambda: nn.MaxPool2d(2, 1), (1, 3, 3)), (lambda: nn.MaxPool2d(2, ceil_mode=True), (1, 3, 3))],
    "MaxPool3d": [(lambda: nn.MaxPool3d(2, 1), (1, 1, 2, 3, 2))],
    "MaxUnpool1d": [(lambda: Unpooled(nn.MaxPool1d(2, return_indices=True), nn.MaxUnpool1d(2)), (1, 2, 5))],
    "MaxUnpool2d": [(lambda: Unpooled(nn.MaxPool2d(2, return_indices=True), nn.MaxUnpool2d(2)), (1, 4, 4))],
    "MaxUnpool3d": [(lambda: Unpooled(nn.MaxPool3d(2, return_indices=True), nn.MaxUnpool3d(2)), (1, 1, 2, 2, 2))],
    "AvgPool1d": [(lambda: nn.AvgPool1d(3, 2, 1, count_include_pad=False), (1, 1, 5))],
    "AvgPool2d": [(lambda: nn.AvgPool2d(2, 1, 1), (1, 1, 3, 2))],
    "AvgPool3d": [(lambda: nn.AvgPool3d(2, ceil_mode=True), (1, 1, 3, 2, 2))],
    "LPPool1d": [(lambda: nn.LPPool1d(2, 2), (1, 4))],
    "LPPool2d": [(lambda: nn.LPPool2d(3, 2, 1), (1, 2, 3))],
    "LPPool3d": [(lambda: nn.LPPool3d(2, 2), (1, 2, 2, 2))],
    "AdaptiveAvgPool1d": [(lambda: nn.AdaptiveAvgPool1d(3), (1, 5))],
    "AdaptiveAvgPool2d": [(lambda: nn.AdaptiveAvgPool2d((2, 1)), (1, 3, 2))],
    "AdaptiveAvgPool3d": [(lambda: nn.AdaptiveAvgPool3d((None, 1, 2)), (1, 2, 2, 2))],
    "AdaptiveMaxPool1d": [(lambda: nn.AdaptiveMaxPool1d(3), (1, 5))],
    "AdaptiveMaxPool2d": [(lambda: nn.AdaptiveMaxPool2d((2, 1)), (1, 3, 2))],
    "AdaptiveMaxPool3d": [(lambda: nn.AdaptiveMaxPool3d((None, 1, 2)), (1, 2, 2, 2))],
    **{
        f"{kind}Pad{n}d": [(lambda kind=kind, n=n: getattr(nn, f"{kind}Pad{n}d")(1), (1, 2, 2, 3)[: n + 1])]
        for kind in ("Zero", "Reflection", "Replication", "Circular")
        for n in (1, 2, 3)
    },
    **{
        f"ConstantPad{n}d": [(lambda n=n: getattr(nn, f"ConstantPad{n}d")(1, 2.0), (1, 2, 2, 3)[: n + 1])]
        for n in (1, 2, 3)
    },
    "Upsample": [
        (lambda: nn.Upsample(scale_factor=2), (1, 2, 2)),
        (lambda: nn.Upsample(5, mode="linear"), (1, 2, 3)),
        (lambda: nn.Upsample((2, 5), mode="bicubic"), (1, 1, 2, 3)),
    ],
    "UpsamplingNearest2d": [(lambda: nn.UpsamplingNearest2d((3, 4)), (1, 1, 2, 2))],
    "UpsamplingBilinear2d": [(lambda: nn.UpsamplingBilinear2d(scale_factor=1.5), (1, 1, 2, 3))],
    "PixelShuffle": [(lambda: nn.PixelShuffle(2), (4, 1, 2))],
    "PixelUnshuffle": [(lambda: nn.PixelUnshuffle(2), (1, 2, 4))],
    "ChannelShuffle": [(lambda: nn.ChannelShuffle(2), (1, 4, 2))],
    "BatchNorm2d": [(lambda: nn.BatchNorm2d(2, eps=0.1), (2, 2, 2, 1))],
    "BatchNorm3d": [(lambda: nn.BatchNorm3d(1, eps=0.1, affine=False), (2, 1, 1, 2, 1))],
    "InstanceNorm1d": [(lambda: nn.InstanceNorm1d(2, 0.1, affine=True, track_running_stats=True), (2, 2, 3))],
    "InstanceNorm2d": [(lambda: nn.InstanceNorm2d(2, eps=0.1), (2, 2, 2))],
    "InstanceNorm3d": [(lambda: nn.InstanceNorm3d(1, eps=0.1, affine=True, bias=False), (1, 1, 1, 2, 2))],
    "LocalResponseNorm": [(lambda: nn.LocalResponseNorm(3, 0.5), (1, 4, 2))],
    "Dropout1d": [(lambda: nn.Dropout1d(0.4), (2, 3, 2))],
    "Dropout2d": [(lambda: nn.Dropout2d(0.4), (2, 3, 2, 1))],
    "Dropout3d": [(lambda: nn.Dropout3d(0.4), (2, 3, 1, 2, 1))],
    "FeatureAlphaDropout": [(lambda: nn.FeatureAlphaDropout(0.4), (2, 3, 2))],
}

# BatchNorm1d is in test_layers.
OTHERS = {"LocalResponseNorm", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"}


def test_every_layer_for_images_is_derived_by_numbers() -> None:
    assert set(IMAGES) == (defined_in(*FILES) - {"BatchNorm1d"}) | OTHERS


@pytest.mark.parametrize("name", IMAGES)
def test_derivatives(name: str) -> None:
    for seed, (make, shape) in enumerate(IMAGES[name]):
        rng = np.random.default_rng([seed, *shape])
        # No two are closer than the steps of a difference; for norms they are above 0.
        x = (rng.permutation(int(np.prod(shape))) + rng.uniform(0.3, 0.7, int(np.prod(shape)))).reshape(shape) / 4
        layer = make()
        for training in (True, False) if isinstance(layer, nn.modules.batchnorm._NormBase) else (True,):
            check_layer(layer.train(training), (x,))


# ------------------------------------------------------------------------------------------------------- values


def test_a_convolution_by_hand() -> None:
    """Deep Learning from Scratch, figures 7-4 and 7-7."""
    x = tl.tensor([[1.0, 2, 3, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 3, 0, 1]]).reshape(1, 1, 4, 4)
    weight = tl.tensor([[2.0, 0, 1], [0, 1, 2], [1, 0, 2]]).reshape(1, 1, 3, 3)
    assert F.conv2d(x, weight).tolist() == [[[[15, 16], [6, 15]]]]
    assert F.conv2d(x, weight, tl.tensor([3.0])).tolist() == [[[[18, 19], [9, 18]]]]
    assert F.conv2d(x, weight, stride=3, padding=1).shape == (1, 1, 2, 2)


def test_pooling_by_hand() -> None:
    """Deep Learning from Scratch, figure 7-14, and PyTorch's counts of what a window divides by."""
    x = tl.tensor([[1.0, 2, 1, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 4, 0, 1]]).reshape(1, 4, 4)
    assert F.max_pool2d(x, 2).tolist() == [[[2, 3], [4, 2]]]
    assert F.max_pool2d(x, 2, return_indices=True)[1].tolist() == [[[1, 7], [13, 11]]]
    ones = tl.ones(1, 1, 5)
    assert F.avg_pool1d(ones, 2, 2, 1, ceil_mode=True).tolist() == [[[0.5, 1, 1]]]
    assert F.avg_pool1d(ones, 3, 3, 1).tolist() == [[[pytest.approx(2 / 3), 1]]]
    assert F.avg_pool1d(ones, 3, 3, 1, count_include_pad=False).tolist() == [[[1, 1]]]
    assert F.avg_pool1d(ones, 4, 3, 0, True).tolist() == [[[1, 1]]]
    assert F.avg_pool2d(tl.tensor([[[-3, 2], [0, 0]]]), 2, divisor_override=2).tolist() == [[[0]]]  # towards 0


def test_interpolation_by_hand() -> None:
    x = tl.tensor([[[0.0, 10, 30]]])
    assert F.interpolate(x, 6).tolist() == [[[0, 0, 10, 10, 30, 30]]]
    assert F.interpolate(x, 2, mode="nearest-exact").tolist() == [[[0, 30]]]
    assert F.interpolate(x, 5, mode="linear", align_corners=True).tolist() == [[[0, 5, 10, 20, 30]]]
    assert F.interpolate(x, 6, mode="linear").tolist() == [[[0, 2.5, 7.5, 15, 25, 30]]]
    cubic = F.interpolate(tl.tensor([0.0, 1, 2, 3]).reshape(1, 1, 1, 4), (1, 8), mode="bicubic")
    expected = [
        -0.10546875,
        0.19140625,
        0.66796875,
        1.296875,
        1.703125,
        2.33203125,
        2.80859375,
        3.10546875,
    ]  # PyTorch's
    np.testing.assert_allclose(cubic.flatten().tolist(), expected, atol=1e-6)


def test_a_transposed_convolution_is_the_adjoint() -> None:
    rng = np.random.default_rng(0)
    x, y, weight = (tl.tensor(rng.standard_normal(s)) for s in ((2, 4, 7, 5), (2, 6, 4, 3), (6, 2, 3, 2)))
    out = F.conv2d(x, weight, stride=2, padding=1, groups=2)
    back = F.conv_transpose2d(y, weight, stride=2, padding=1, output_padding=(0, 1), groups=2)
    assert back.shape == x.shape
    assert (out * y).sum().item() == pytest.approx((back * x).sum().item())


def test_results_own_their_memory() -> None:
    """Also where nothing is done: a later write to the input does not reach them."""
    x = tl.rand(1, 4, 2, 2)
    for call in (
        lambda: F.interpolate(x, 2),
        lambda: F.unfold(x, 1),
        lambda: F.max_pool2d(x, 1),
        lambda: F.avg_pool2d(x, 1),
        lambda: F.adaptive_avg_pool2d(x, 2),
        lambda: F.conv2d(x, tl.ones(4, 4, 1, 1)),
        lambda: F.pad(x, (0, 0)),
    ):
        out = call()
        before = out.clone()
        with tl.no_grad():
            x.add_(1)
        assert tl.equal(out, before)


def test_inputs_without_a_batch_and_in_any_layout() -> None:
    x = tl.rand(5, 3, 6, 2).permute(1, 3, 0, 2)  # (3, 2, 5, 6), not in order
    for layer in (nn.Conv2d(2, 3, 3), nn.ConvTranspose2d(2, 3, 3, 2), nn.MaxPool2d(2), nn.AvgPool2d(2), nn.Unfold(2)):
        whole = layer(x)
        for sample, expected in zip(x, whole, strict=True):
            np.testing.assert_allclose(layer(sample).detach().numpy(), expected.detach().numpy(), atol=1e-6)


def test_a_network_learns_and_compiles() -> None:
    def made() -> Any:
        tl.manual_seed(0)
        net = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 8, 3),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 2),
        )  # fmt: skip
        optimizer = tl.optim.Adam(net.parameters(), lr=0.01)

        def step(x: Any, y: Any) -> Any:
            optimizer.zero_grad()
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
            return loss

        return step

    rng = np.random.default_rng(0)
    x = rng.standard_normal((16, 1, 8, 8)).astype(np.float32)
    y = np.arange(16) % 2
    x[y == 1, :, ::2] += 1  # stripes
    x, y = tl.tensor(x), tl.tensor(y)
    eager, compiled = made(), tl.compile(made(), fullgraph=True)
    losses = [(eager(x, y).item(), compiled(x, y).item()) for _ in range(30)]
    assert all(a == b for a, b in losses)
    assert losses[-1][0] < 0.2 < losses[0][0]


def test_initial_weights_are_pytorchs() -> None:
    """The first and the last of each, from PyTorch 2.13."""
    expected = {
        "Conv2d": [0.12144870311021805, -0.05527028068900108, 0.11513429135084152, 0.05182826146483421],
        "ConvTranspose1d": [0.12144870311021805, -0.05527028068900108, 0.11513429135084152, 0.11684013903141022],
    }
    for name, args in (("Conv2d", (3, 4, (2, 3))), ("ConvTranspose1d", (4, 6, 3))):
        tl.manual_seed(1)
        layer = getattr(nn, name)(*args)
        found = [x for p in layer.parameters() for x in (p.flatten()[0].item(), p.flatten()[-1].item())]
        np.testing.assert_allclose(found, expected[name], rtol=1e-6)


def ones(*shape: int, dtype: Any = tl.float32) -> Any:
    return tl.ones(*shape, dtype=dtype)


# PyTorch's phrases, which scripts match on, and what of ours follows.
PHRASES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: nn.Conv2d(3, 2, 2)(ones(1, 4, 5, 5)), RuntimeError,
     "Given groups=1, weight of size [2, 3, 2, 2], expected input[1, 4, 5, 5] to have 3 channels, but got 4 channels instead"),
    (lambda: nn.Conv2d(3, 2, 2)(ones(5, 5)), RuntimeError,
     "Expected 3D (unbatched) or 4D (batched) input to conv2d, but got input of size: [5, 5]"),
    (lambda: nn.Conv1d(3, 2, 9, padding=1)(ones(1, 3, 5)), RuntimeError,
     "Calculated padded input size per channel: (7). Kernel size: (9). Kernel size can't be greater than actual input size"),
    (lambda: F.conv2d(ones(1, 1, 3, 3), ones(1, 1, 2, 2), ones(2)), RuntimeError,
     "Given weight of size [1, 1, 2, 2], expected bias to be 1-dimensional with 1 elements, but got bias of size [2] instead"),
    (lambda: F.conv2d(ones(1, 1, 3, 3), ones(1, 1, 2, 2), stride=(1, 1, 1)), RuntimeError,
     "expected stride to be a single integer value or a list of 2 values to match the convolution dimensions, but got stride=[1, 1, 1]"),
    (lambda: F.conv2d(ones(1, 1, 3, 3), ones(1, 1, 2)), RuntimeError,
     "expected stride to be a single integer value or a list of 1 values to match the convolution dimensions, but got stride=[1, 1]"),
    (lambda: F.conv2d(ones(1, 1, 3, 3), ones(1, 1, 2, 2), stride=0), RuntimeError, "non-positive stride is not supported"),
    (lambda: F.conv2d(ones(1, 1, 3, 3), ones(1, 1, 2, 2), padding=-1), RuntimeError, "negative padding is not supported"),
    (lambda: F.conv2d(ones(1, 1, 3, 3), ones(1, 1, 2, 2), dilation=0), RuntimeError,
     "dilation should be greater than zero, but got [0, 0]"),
    (lambda: F.conv2d(ones(1, 1, 3, 3), ones(1, 1, 2, 2), groups=0), RuntimeError, "non-positive groups is not supported"),
    (lambda: F.conv2d(ones(1, 4, 3, 3), ones(3, 2, 2, 2), groups=2), RuntimeError,
     "Given groups=2, expected weight to be divisible by 2 at dimension 0, but got weight of size [[3, 2, 2, 2]] instead"),
    (lambda: F.conv2d(ones(1, 4, 3, 3), ones(1, 2, 2, 2), groups=2), RuntimeError,
     "Given groups=2, expected weight to be at least 2 at dimension 0, but got weight of size [1, 2, 2, 2] instead"),
    (lambda: F.conv2d(ones(1, 1, 3, 3), ones(1, 1, 2, 2, dtype=tl.float64)), RuntimeError,
     "expected scalar type Float but found Double"),
    (lambda: F.conv2d(ones(1, 1, 3, 3), ones(1, 1, 2, 2), ones(1, dtype=tl.float64)), RuntimeError,
     "Input type (float) and bias type (double) should be the same"),
    (lambda: F.conv2d(*[ones(1, 1, 2, 2, dtype=tl.bool)] * 2), NotImplementedError,
     "\"slow_conv2d_cpu\" not implemented for 'Bool'"),
    (lambda: F.conv2d(3, ones(1, 1, 2, 2)), TypeError, "conv2d(): argument 'input' (position 1) must be Tensor, not int"),
    (lambda: F.conv2d(ones(1, 1, 2, 2), ones(1, 1, 2, 2), 3), TypeError, "conv2d(): argument 'bias' (position 3) must be Tensor"),
    (lambda: F.conv2d(ones(1, 1, 0, 3), ones(1, 1, 2, 2), padding=1), RuntimeError,
     "Only zero batch or zero channel inputs are supported, but got input shape: [1, 1, 0, 3]"),
    (lambda: F.conv_transpose2d(ones(1, 2, 3, 3), ones(1, 1, 2, 2)), RuntimeError,
     "Given transposed=1, weight of size [1, 1, 2, 2], expected input[1, 2, 3, 3] to have 1 channels, but got 2 channels instead"),
    (lambda: F.conv_transpose2d(ones(1, 1, 3, 3), ones(1, 1, 2, 2), output_padding=1), RuntimeError,
     "output padding must be smaller than either stride or dilation, but got output_padding"),
    (lambda: F.conv_transpose2d(ones(1, 1, 3, 3), ones(1, 1, 2, 2), padding=3), RuntimeError,
     "Given input size per channel: (3 x 3). Calculated output size per channel: (-2 x -2). Output size is too small"),
    (lambda: F.max_pool2d(ones(1, 1, 4, 4), 5), RuntimeError,
     "Given input size: (1x4x4). Calculated output size: (1x0x0). Output size is too small"),
    (lambda: F.max_pool2d(ones(1, 1, 4, 4), 2, padding=2), RuntimeError,
     "pad should be at most half of effective kernel size, but got pad=2, kernel_size=2 and dilation=1"),
    (lambda: F.max_pool2d(ones(1, 1, 4, 4), (2, 2, 2)), RuntimeError,
     "max_pool2d: kernel_size must either be a single int, or a tuple of two ints"),
    (lambda: F.avg_pool2d(ones(1, 1, 4, 4), 2, 0), RuntimeError, "stride should not be zero"),
    (lambda: F.avg_pool2d(ones(1, 1, 4, 4), 2, divisor_override=0), RuntimeError, "divisor must be not zero"),
    (lambda: F.max_pool1d(ones(1, 1, 4, dtype=tl.int64), 2), NotImplementedError,
     "\"max_pool1d_impl\" not implemented for 'Long'"),
    (lambda: F.adaptive_avg_pool2d(ones(1, 1, 0, 4), 2), RuntimeError,
     "adaptive_avg_pool2d(): Expected input to have non-zero size for non-batch dimensions, but input has sizes [1, 1, 0, 4] with "
     "dimension 2 being empty"),
    (lambda: F.unfold(ones(1, 2, 4, 4), 5), RuntimeError,
     "Given input with spatial size (4, 4), kernel_size=(5, 5), dilation=(1, 1), padding=(0, 0), calculated shape of the array of "
     "sliding blocks as (0, 0), but its components must be at least one."),
    (lambda: F.fold(ones(1, 7, 4), (3, 3), 2), RuntimeError,
     "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)=7 and "
     "kernel_size=(2, 2)."),
    (lambda: F.max_unpool2d(ones(1, 1, 2, 2), ones(1, 1, 2, 2, dtype=tl.int64) * 30, 2), RuntimeError,
     "Found an invalid max index: 30 (output volumes are of size 4x4)"),
    (lambda: F.interpolate(ones(1, 1, 4), 0), RuntimeError, "Input and output sizes should be greater than 0"),
    (lambda: F.interpolate(ones(1, 1, 4, 4), 2, mode="bilinear", antialias=True), NotImplementedError, "interpolate: antialias"),
    (lambda: nn.BatchNorm2d(3)(ones(2, 3, 4)), ValueError, "expected 4D input (got 3D input)"),
    (lambda: nn.InstanceNorm2d(3, affine=True)(ones(2, 4, 2, 2)), ValueError,
     "expected input's size at dim=1 to match num_features (3), but got: 4"),
    (lambda: nn.Conv2d(3, 2, 2, groups=2), ValueError, "in_channels must be divisible by groups"),
    (lambda: nn.ConvTranspose2d(3, 2, 2, padding_mode="reflect"), ValueError,
     'Only "zeros" padding mode is supported for ConvTranspose2d'),
    (lambda: F.conv2d(ones(1, 1, 3, 3), ones(1, 1, 2, 2), stride=(1, 1.5)), TypeError,  # type: ignore[arg-type]  # wrong on purpose
     "conv2d(): argument 'stride' must be tuple of ints, but found element of type float at pos 1"),
    (lambda: F.conv2d(ones(1, 1, 3, 3), ones(1, 1, 2, 2), groups=True), TypeError,
     "conv2d(): argument 'groups' must be int, not bool"),
    (lambda: F.avg_pool2d(ones(1, 1, 4, 4), 2, True), TypeError, "avg_pool2d(): argument 'stride' must be tuple of ints, not bool"),
    (lambda: F.avg_pool2d(ones(1, 1, 4, 4), {}), TypeError,  # type: ignore[arg-type]  # wrong on purpose
     "avg_pool2d(): argument 'kernel_size' must be tuple of ints, not dict"),
    (lambda: F.avg_pool2d(ones(1, 1, 4, 4), 2, divisor_override=1.5), TypeError,  # type: ignore[arg-type]  # wrong on purpose
     "avg_pool2d(): argument 'divisor_override' must be int, not float"),
    (lambda: F.max_pool2d(ones(1, 1, 4, 4), 2, ceil_mode=1), TypeError, "max_pool2d(): argument 'ceil_mode' must be bool, not int"),
    (lambda: F.adaptive_avg_pool2d(ones(1, 1, 4, 4), (2, tl.tensor(1.5))), TypeError,  # type: ignore[arg-type]  # wrong on purpose
     "adaptive_avg_pool2d(): argument 'output_size' must be tuple of ints, but found element of type Tensor at pos 1"),
    (lambda: F.lp_pool2d(ones(1, 1, 4, 4), np.ones(2), 2), TypeError,  # type: ignore[arg-type]  # wrong on purpose
     "lp_pool2d(): argument 'norm_type' (position 2) must be Number, not numpy.ndarray"),
    (lambda: F.pixel_shuffle(ones(1, 4, 2, 2), np.ones(2)), TypeError,  # type: ignore[arg-type]  # wrong on purpose
     "pixel_shuffle(): argument 'upscale_factor' must be int, not numpy.ndarray"),
    (lambda: F.interpolate(ones(1, 1, 4, 4), 8, mode="bilinear", align_corners="no"), TypeError,  # type: ignore[arg-type]  # wrong on purpose
     "interpolate(): argument 'align_corners' must be bool, not str"),
    (lambda: nn.ZeroPad2d((1, 2, 3)), RuntimeError, "padding must be one width, or two for each dimension"),
]  # fmt: skip


def test_errors_begin_with_pytorchs_phrases() -> None:
    for call, kind, phrase in PHRASES:
        with pytest.raises(kind) as caught:
            call()
        assert str(caught.value).startswith(phrase), str(caught.value)


def test_whole_numbers_of_numpy_and_of_tensors() -> None:
    x, w, two = tl.arange(64.0).reshape(1, 4, 4, 4), tl.ones(2, 2, 2, 2), np.int64(2)
    for function, numbers in (
        (lambda n: F.conv2d(x, w, stride=n, groups=n), (two, tl.tensor(2))),
        (lambda n: F.conv_transpose2d(x, tl.ones(4, 1, 2, 2), stride=n, groups=n), (two, tl.tensor(2))),
        (lambda n: F.max_pool2d(x, n, n), (two, [two], tl.tensor(2))),
        (lambda n: F.max_pool2d(x, 2, n), (two, [], (), None)),
        (lambda n: F.avg_pool2d(x, n, n, divisor_override=2), (two, (two, two))),
        (lambda n: F.adaptive_max_pool2d(x, n), (two, (two, 2))),
        (lambda n: F.pixel_shuffle(x, n), (two, tl.tensor(2))),
        (lambda n: F.channel_shuffle(x, n), (two, tl.tensor(2))),
        (lambda n: F.local_response_norm(x, n), (two, tl.tensor(2))),
    ):  # fmt: skip
        for number in numbers:
            assert tl.equal(function(number), function(2)), number


def test_a_subclass_computes_its_weights() -> None:
    class Standardized(nn.Conv2d):
        def forward(self, x: Any) -> Any:
            weight = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
            return self._conv_forward(x, weight, self.bias)

    layer = Standardized(1, 2, 3, padding=1, padding_mode="replicate")
    out = layer(tl.ones(1, 1, 4, 4))
    np.testing.assert_allclose(out.detach().numpy()[0, :, 0, 0], layer.bias.detach().numpy(), atol=1e-6)


def test_channels_that_do_not_count_in_instance_norm() -> None:
    with pytest.warns(UserWarning, match="input's size at dim=1 does not match num_features"):
        nn.InstanceNorm1d(3)(tl.rand(2, 4, 3))
    norm = nn.InstanceNorm1d(2)
    state = nn.InstanceNorm1d(2, track_running_stats=True).state_dict()
    del state._metadata  # type: ignore[attr-defined]  # state_dict() sets it
    with pytest.raises(RuntimeError, match="Unexpected running stats buffer"):
        norm.load_state_dict(state)


def test_dropout_of_channels_warns_of_other_dimensions() -> None:
    with pytest.warns(UserWarning, match="dropout2d: Received a 3D input to dropout2d and assuming"):
        F.dropout2d(tl.ones(2, 3, 4))
    with pytest.warns(UserWarning, match="dropout3d: Received a 2-D input"):
        F.dropout3d(tl.ones(2, 3))
    with pytest.warns(UserWarning, match=r"`nn\.functional\.upsample` is deprecated"):
        F.upsample(tl.ones(1, 1, 2), 4)
