"""What the functions of nn.functional that are not losses answer to arguments that do not fit, and what they accept."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.nn import functional as F

from ..support.answers import PRESENT, answer
from ..support.layer_samples import FUNCTIONS
from ..support.wrong_arguments import NONE, WRONG, WrongArgument


def libraries() -> list[Any]:
    return [tl, *([pytest.importorskip("torch")] if PRESENT else [])]


def of(T: Any, *shape: int) -> Any:
    """A Tensor of numbers around 0, the same in both libraries."""
    return T.tensor(np.random.default_rng(0).standard_normal(shape).astype(np.float32))


def whole(T: Any, *values: int) -> Any:
    return T.tensor(values, dtype=T.int64)


def defined_here(name: str) -> bool:
    return getattr(F, name).__module__.startswith("tinygrad_lite.nn.functional.")


def arguments(name: str) -> list[Any]:
    """Arguments that the function takes, from the table of samples."""
    if name == "batch_norm":
        return [tl.ones(2, 3), tl.ones(3), tl.ones(3), tl.ones(3), tl.ones(3)]
    row = next(row for row in FUNCTIONS if row.name == name)
    return [tl.tensor(x) if isinstance(x, np.ndarray) else x for x in row.args]


NAMES = sorted({row.name for row in FUNCTIONS if defined_here(row.name)})
PLACES = [(name, i) for name in NAMES for i, x in enumerate(arguments(name)) if isinstance(x, tl.Tensor)]
OPTIONAL = {"in_proj_weight", "weight", "bias", "running_mean", "running_var"}


@pytest.mark.parametrize("wrong", [*WRONG, NONE], ids=lambda wrong: wrong.kind)
@pytest.mark.parametrize(("name", "place"), PLACES)
def test_what_is_not_a_tensor_is_named(name: str, place: int, wrong: WrongArgument) -> None:
    function = getattr(F, name)
    parameter = list(inspect.signature(function).parameters)[place]
    if wrong.value is None and parameter in OPTIONAL and name not in ("linear", "bilinear", "embedding", "prelu"):
        return
    given = arguments(name)
    given[place] = wrong.value
    if wrong.value is None and parameter == "bias":
        return
    with pytest.raises(TypeError) as caught:
        function(*given)
    message = str(caught.value)
    assert message.startswith(
        f"{name}(): argument '{parameter}' (position {place + 1}) must be Tensor, not {wrong.kind}"
    )
    assert wrong.way_out in message


# Each is a call that PyTorch refuses too, in a class of errors and with words that both messages have.
REFUSED: list[tuple[Callable[[Any, Any], Any], type[Exception], str]] = [
    (lambda F, T: F.linear(of(T, 2, 3), of(T, 4, 5)), RuntimeError, r"^mat1 and mat2 shapes cannot be multiplied \(2x3 and 5x4\)"),
    (lambda F, T: F.linear(of(T, 2, 2, 3), of(T, 4, 5)), RuntimeError, r"^mat1 and mat2 shapes cannot be multiplied \(4x3 and 5x4\)"),
    (lambda F, T: F.linear(of(T, 3), of(T, 4, 5)), RuntimeError, r"^mat1 and mat2 shapes cannot be multiplied \(1x3 and 5x4\)"),
    (lambda F, T: F.linear(of(T), of(T, 4, 5)), RuntimeError, "^both arguments to linear need to be at least 1D, but they are 0D and 2D"),
    (lambda F, T: F.linear(of(T, 2), of(T)), RuntimeError, "^both arguments to linear need to be at least 1D, but they are 1D and 0D"),
    (lambda F, T: F.linear(of(T, 2, 3), of(T, 2, 4, 3)), RuntimeError, r"^t\(\) expects a tensor with <= 2 dimensions, but self is 3D"),
    (lambda F, T: F.linear(of(T, 2, 3), of(T, 4, 3), of(T, 3)), RuntimeError, r"^The expanded size of the tensor \(4\) must match the existing size \(3\) at non-singleton dimension 1"),
    (lambda F, T: F.linear(of(T, 2, 3), of(T, 4, 3), of(T, 4, 1)), RuntimeError, r"^The expanded size of the tensor \(2\) must match the existing size \(4\) at non-singleton dimension 0"),
    (lambda F, T: F.linear(of(T, 2, 3), of(T, 4, 3), of(T, 4).double()), RuntimeError, "^self and mat2 must have the same dtype, but got Double and Float"),
    (lambda F, T: F.linear(of(T, 2, 3).double(), of(T, 4, 3), of(T, 4)), RuntimeError, "^mat1 and mat2 must have the same dtype, but got Double and Float"),
    (lambda F, T: F.linear(whole(T, 1, 2, 3), of(T, 4, 3), of(T, 4)), RuntimeError, "^mat1 and mat2 must have the same dtype, but got Long and Float"),
    (lambda F, T: F.bilinear(of(T, 2, 3), of(T, 2, 4), of(T, 5, 4, 4)), RuntimeError, r"^bilinear\(\): input1 size does not match weight size: got 3 but expected 4"),
    (lambda F, T: F.bilinear(of(T, 2, 3), of(T, 2, 5), of(T, 5, 3, 4)), RuntimeError, r"^bilinear\(\): input2 size does not match weight size: got 5 but expected 4"),
    (lambda F, T: F.bilinear(of(T, 2, 3), of(T, 3, 4), of(T, 5, 3, 4)), RuntimeError, r"^bilinear\(\): input batch dimensions do not match at dim 0: got 2 and 3"),
    (lambda F, T: F.bilinear(of(T, 2, 3), of(T, 4), of(T, 5, 3, 4)), RuntimeError, r"^bilinear\(\): input dimensions do not match: got 2 and 1"),
    (lambda F, T: F.bilinear(of(T, 2, 3), of(T, 2, 4), of(T, 5, 3, 4), of(T, 4)), RuntimeError, r"^bilinear\(\): bias size does not match weight size: got 4 but expected 5"),
    (lambda F, T: F.bilinear(of(T, 2, 3), of(T, 2, 4), of(T, 3, 4)), RuntimeError, r"^bilinear\(\)"),
    (lambda F, T: F.embedding(whole(T, 0), of(T, 4)), RuntimeError, "^'weight' must be 2-D"),
    (lambda F, T: F.embedding(of(T, 4, 3), whole(T, 0)), RuntimeError, "^'weight' must be 2-D"),
    (lambda F, T: F.embedding(of(T, 2), of(T, 4, 3)), RuntimeError, "^Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got"),
    (lambda F, T: F.embedding(whole(T, 0, 4), of(T, 4, 3)), IndexError, "^index out of range in self"),
    (lambda F, T: F.embedding(whole(T, 0), of(T, 4, 3), padding_idx=7), AssertionError, "^Padding_idx must be within num_embeddings"),
    (lambda F, T: F.embedding(whole(T, 0), of(T, 4, 3), 1.5), TypeError, r"^embedding\(\): argument 'padding_idx' \(position 3\) must be int, not float"),
    (lambda F, T: F.batch_norm(of(T, 2, 3), None, None), RuntimeError, "^running_mean must be defined in evaluation mode"),
    (lambda F, T: F.batch_norm(of(T, 2, 3), of(T, 3), None), RuntimeError, "^running_var must be defined in evaluation mode"),
    (lambda F, T: F.batch_norm(of(T, 2, 3), of(T, 3), None, training=True), ValueError, "^running_mean and running_var must either both be None or neither be None"),
    (lambda F, T: F.batch_norm(of(T, 2, 3), of(T, 4), of(T, 4)), RuntimeError, "^running_mean should contain 3 elements not 4"),
    (lambda F, T: F.batch_norm(of(T, 2, 3), None, None, of(T, 4), None, True), RuntimeError, "^weight should contain 3 elements not 4"),
    (lambda F, T: F.batch_norm(of(T, 2, 3), None, None, None, of(T, 4), True), RuntimeError, "^bias should contain 3 elements not 4"),
    (lambda F, T: F.batch_norm(of(T, 2, 3), of(T, 3).double(), of(T, 3).double()), RuntimeError, r"^mixed dtype \(CPU\): expect parameter to have scalar type of Float"),
    (lambda F, T: F.batch_norm(of(T, 2, 3), of(T, 3).requires_grad_(), of(T, 3)), RuntimeError, "^The function 'native_batch_norm' is not differentiable with respect to argument 'running_mean'. This input cannot have requires_grad True."),
    (lambda F, T: F.batch_norm(of(T, 2, 3), of(T, 3), of(T, 3).requires_grad_(), training=True), RuntimeError, "^The function 'native_batch_norm' is not differentiable with respect to argument 'running_var'. This input cannot have requires_grad True."),
    (lambda F, T: F.batch_norm(of(T, 2, 3).long(), None, None, training=True), NotImplementedError, "^\"batch_norm\" not implemented for 'Long'"),
    (lambda F, T: F.batch_norm(of(T, 1, 3), None, None, training=True), ValueError, "^Expected more than 1 value per channel when training, got input size"),
    (lambda F, T: F.batch_norm(of(T, 2, 3), of(T, 3), of(T, 3), momentum="a"), TypeError, r"^batch_norm\(\): argument 'momentum' \(position 7\) must be float, not str"),
    (lambda F, T: F.layer_norm(of(T, 2, 3), 3), TypeError, r"^layer_norm\(\): argument 'normalized_shape' \(position 2\) must be tuple of ints, not int"),
    (lambda F, T: F.layer_norm(of(T, 2, 3), [3.0]), TypeError, r"^layer_norm\(\): argument 'normalized_shape' \(position 2\) must be tuple of ints, but found element of type float at pos 0"),
    (lambda F, T: F.layer_norm(of(T, 2, 3), whole(T, 3)), TypeError, r"^layer_norm\(\): argument 'normalized_shape' \(position 2\) must be tuple of ints, not Tensor"),
    (lambda F, T: F.layer_norm(of(T, 2, 3), (4,)), RuntimeError, r"^Given normalized_shape=\[4\], expected input with shape \[\*, 4\], but got input of size\[2, 3\]"),
    (lambda F, T: F.layer_norm(of(T, 2, 3), ()), RuntimeError, "^Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = "),
    (lambda F, T: F.layer_norm(of(T, 2, 3), (3,), of(T, 4)), RuntimeError, r"^Expected weight to be of same shape as normalized_shape, but got weight of shape \[4\] and normalized_shape = \[3\]"),
    (lambda F, T: F.layer_norm(of(T, 2, 3), (3,), of(T, 3), of(T, 4)), RuntimeError, r"^Expected bias to be of same shape as normalized_shape, but got bias of shape \[4\] and normalized_shape = \[3\]"),
    (lambda F, T: F.layer_norm(of(T, 2, 3), (3,), of(T, 3).double()), RuntimeError, r"^mixed dtype \(CPU\): expect parameter to have scalar type of Float"),
    (lambda F, T: F.layer_norm(whole(T, 1, 2), (2,)), NotImplementedError, "not implemented for 'Long'"),
    (lambda F, T: F.rms_norm(of(T, 2, 3), 3), TypeError, r"^rms_norm\(\): argument 'normalized_shape' \(position 2\) must be tuple of ints, not int"),
    (lambda F, T: F.rms_norm(of(T, 2, 3), (3,), of(T, 4)), RuntimeError, r"^Expected weight to be of same shape as normalized_shape, but got weight of shape \[4\] and normalized_shape = \[3\]"),
    (lambda F, T: F.rms_norm(whole(T, 1, 2), (2,)), NotImplementedError, "^\"rms_norm\" not implemented for 'Long'"),
    (lambda F, T: F.group_norm(of(T, 2, 4), 3), RuntimeError, r"^Expected number of channels in input to be divisible by num_groups, but got input of shape \[2, 4\] and num_groups=3"),
    (lambda F, T: F.group_norm(of(T, 2, 4), 2, of(T, 3)), RuntimeError, r"^Expected weight to be a vector of size equal to the number of channels in input, but got weight of shape \[3\] and input of shape \[2, 4\]"),
    (lambda F, T: F.group_norm(of(T, 4), 2), RuntimeError, "^Expected at least 2 dimensions for input tensor but received 1"),
    (lambda F, T: F.group_norm(of(T, 2, 4), 2.0), TypeError, r"^group_norm\(\): argument 'num_groups' \(position 2\) must be int, not float"),
    (lambda F, T: F.group_norm(of(T, 2, 4).long(), 2), NotImplementedError, "not implemented for 'Long'"),
    (lambda F, T: F.normalize(whole(T, 1, 2), dim=0), RuntimeError, "^linalg.vector_norm: Expected a floating point or complex tensor as input. Got Long"),
    (lambda F, T: F.dropout(whole(T, 1, 2), 0.5), RuntimeError, "^result type Float can't be cast to the desired output type Long"),
    (lambda F, T: F.dropout(T.tensor([True]), 0.5), RuntimeError, "^result type Float can't be cast to the desired output type Bool"),
    (lambda F, T: F.alpha_dropout(whole(T, 1, 2), 0.5, True), RuntimeError, "^result type Float can't be cast to the desired output type Long"),
    (lambda F, T: F.dropout(of(T, 2), 2.0), ValueError, "^dropout probability has to be between 0 and 1, but got 2.0"),
    (lambda F, T: F.hardtanh(of(T, 2), 2, 1), ValueError, "^min_val cannot be greater than max_val"),
    (lambda F, T: F.leaky_relu(of(T, 2), "a"), TypeError, r"^leaky_relu\(\): argument 'negative_slope' \(position 2\) must be Number, not str"),
    (lambda F, T: F.threshold(of(T, 2), "a", 1.0), TypeError, r"^threshold\(\): argument 'threshold' \(position 2\) must be Number, not str"),
    (lambda F, T: F.elu(of(T, 2), "a"), TypeError, r"^elu\(\): argument 'alpha' \(position 2\) must be Number, not str"),
    (lambda F, T: F.celu(of(T, 2), None), TypeError, r"^celu\(\): argument 'alpha' \(position 2\) must be Number, not NoneType"),
    (lambda F, T: F.celu(of(T, 2), 0), RuntimeError, "^ZeroDivisionError: alpha cannot be 0 for CELU"),
    (lambda F, T: F.rrelu(of(T, 2), "a"), TypeError, r"^rrelu\(\): argument 'lower' \(position 2\) must be Number, not str"),
    (lambda F, T: F.rrelu(of(T, 2), 1.0, 0.0), RuntimeError, "^Lower bound should be less than or equal to the upper bound"),
    (lambda F, T: F.rrelu(whole(T, -1, 2), training=True), NotImplementedError, "not implemented for 'Long'"),
    (lambda F, T: F.hardshrink(of(T, 2), "a"), TypeError, r"^hardshrink\(\): argument 'lambd' \(position 2\) must be Number, not str"),
    (lambda F, T: F.softshrink(of(T, 2), "a"), TypeError, r"^softshrink\(\): argument 'lambd' \(position 2\) must be Number, not str"),
    (lambda F, T: F.softshrink(of(T, 2), -1), RuntimeError, r"^lambda must be in range \[0, 3.40282e\+38\] for input dtype Float, but found -1"),
    (lambda F, T: F.prelu(of(T, 2, 3), of(T, 2)), RuntimeError, "^Mismatch of parameter numbers and input channel size. Found parameter numbers = 2 and channel size = 3"),
    (lambda F, T: F.prelu(of(T, 2, 3), of(T, 1, 3)), RuntimeError, "^prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = 2"),
    (lambda F, T: F.gelu(of(T, 2), approximate="x"), RuntimeError, "^approximate argument must be either none or tanh"),
    (lambda F, T: F.glu(of(T, 2, 3)), RuntimeError, "^Halving dimension must be even, but dimension 1 is size 3"),
    (lambda F, T: F.glu(of(T)), RuntimeError, "^glu does not support scalars because halving size must be even"),
    (lambda F, T: F.glu(of(T, 2, 4), 5), IndexError, r"Dimension out of range \(expected to be in range of \[-2, 1\], but got 5\)"),
    (lambda F, T: F.softmax(of(T, 2), 2), IndexError, r"Dimension out of range \(expected to be in range of \[-1, 0\], but got 2\)"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "pattern"), REFUSED)
def test_errors_have_pytorchs_phrase_first(call: Any, kind: type[Exception], pattern: str) -> None:
    for T in libraries():
        with pytest.raises(kind, match=pattern):
            call(T.nn.functional, T)


@pytest.mark.parametrize(
    ("call", "parts"),
    [
        (lambda: F.linear(tl.ones(2, 3), tl.ones(4, 5)), ("input [2, 3], weight [4, 5]", "3 features", "takes 5")),
        (lambda: F.linear(tl.ones(2, 3), tl.ones(4, 3), tl.ones(3)), ("bias [3]", "needs the shape [4]")),
        (lambda: F.layer_norm(tl.ones(2, 3), 3), ("a single dimension is (3,)",)),
        (lambda: F.batch_norm(tl.ones(3), None, None, training=True), ("(N, C)", "[3]", "input.unsqueeze(0)")),
        (lambda: F.embedding(tl.tensor([7]), tl.ones(4, 3)), ("the index 7 is not from 0 to 3", "4 rows")),
        (lambda: F.embedding(tl.ones(2), tl.ones(4, 3)), (".long()",)),
        (lambda: F.dropout(tl.tensor([1, 2])), ("dropout", "int64", ".float()")),
    ],
)
def test_errors_name_the_way_out(call: Callable[[], Any], parts: tuple[str, ...]) -> None:
    with pytest.raises((RuntimeError, TypeError, IndexError)) as caught:
        call()
    for part in parts:
        assert part in str(caught.value)


# What PyTorch accepts, with its result.
ACCEPTED: list[Callable[[Any, Any], Any]] = [
    lambda F, T: F.hardtanh(whole(T, -3, 0, 3)),
    lambda F, T: F.hardtanh(whole(T, -3, 0, 3), -2.5, 2.5),
    lambda F, T: F.relu6(whole(T, -1, 3, 7)),
    lambda F, T: F.relu(whole(T, -1, 3)),
    lambda F, T: F.threshold(whole(T, -1, 3), 0, 5),
    lambda F, T: F.hardtanh(of(T, 3), T.tensor(-0.5), T.tensor(0.5)),
    lambda F, T: F.leaky_relu(of(T, 3), T.tensor(0.5)),
    lambda F, T: F.leaky_relu(of(T, 3), np.float64(0.5)),
    lambda F, T: F.dropout(whole(T, 1, 2), 1.0),
    lambda F, T: F.dropout(T.tensor([True]), 1.0),
    lambda F, T: F.dropout(whole(T, 1, 2), 0.5, training=False),
    lambda F, T: F.dropout(of(T, 3), T.tensor(1.0)),
    lambda F, T: F.alpha_dropout(whole(T, 1, 2), 1.0, True),
    lambda F, T: F.linear(of(T, 2, 3), of(T, 4, 3), of(T, 2, 4)),
    lambda F, T: F.linear(of(T, 2, 3), of(T, 4, 3), of(T, 1)),
    lambda F, T: F.linear(of(T, 2, 3), of(T, 4, 3), T.tensor(1.0)),
    lambda F, T: F.linear(of(T, 3), of(T, 3), T.tensor(1.0)),
    lambda F, T: F.linear(of(T, 2, 0), of(T, 4, 0), of(T, 4)),
    lambda F, T: F.rms_norm(of(T, 2, 3), (3,), of(T, 3).double()),
    lambda F, T: T.no_grad()(F.batch_norm)(of(T, 2, 3), of(T, 3).requires_grad_(), of(T, 3)),
    lambda F, T: F.softsign(whole(T, -1, 3)),
    lambda F, T: F.tanhshrink(whole(T, -1, 3)),
    lambda F, T: F.embedding(whole(T, 0), T.ones(4, 3, dtype=T.int64)),
    lambda F, T: F.relu(of(T, 3), 1),
]


@pytest.mark.filterwarnings("ignore:Mismatch dtype between input and weight")
@pytest.mark.parametrize("call", ACCEPTED)
def test_what_pytorch_accepts_is_accepted(call: Any) -> None:
    ours, theirs = call(F, tl), answer(lambda torch: call(torch.nn.functional, torch).detach().numpy())
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours.detach().numpy(), theirs, rtol=1e-5, atol=1e-6)


def test_what_only_we_accept() -> None:
    assert F.linear(tl.ones(2, 3), tl.ones(3), tl.tensor([1.0, 2.0])).tolist() == [4, 5]


@pytest.mark.parametrize("which", [0, 1])
def test_averages_that_a_derivative_needs_are_not_overwritten_unnoticed(which: int) -> None:
    """PyTorch computes a wrong gradient here."""
    averages = tl.zeros(2), tl.ones(2)
    x = tl.ones(2, 2, requires_grad=True)
    y = (x * averages[which]).sum()
    F.batch_norm(tl.tensor([[1.0, 2.0], [3.0, 5.0]]), *averages, training=True)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


@pytest.mark.parametrize(
    "function", [F.elu, F.celu, F.selu, F.silu, F.mish, F.hardswish, F.hardsigmoid, F.softplus, F.gelu]
)
def test_activations_of_float16_are_rounded_once(function: Any) -> None:
    x = tl.linspace(-4.0, 4.0, 501).half()
    assert function(x).equal(function(x.float()).half())


LOSSES = {
    "cosine_embedding_loss": [tl.ones(2, 3), tl.ones(2, 3), tl.ones(2)],
    "cosine_similarity": [tl.ones(2, 3), tl.ones(2, 3)],
    "cross_entropy": [tl.ones(2, 3), tl.tensor([0, 1])],
    "gaussian_nll_loss": [tl.ones(2, 3), tl.ones(2, 3), tl.ones(2, 3)],
    "huber_loss": [tl.ones(2, 3), tl.ones(2, 3)],
    "margin_ranking_loss": [tl.ones(3), tl.ones(3), tl.ones(3)],
    "hinge_embedding_loss": [tl.ones(3), tl.ones(3)],
    "multi_margin_loss": [tl.ones(2, 3), tl.tensor([0, 1])],
    "nll_loss": [tl.ones(2, 3), tl.tensor([0, 1])],
    "pairwise_distance": [tl.ones(2, 3), tl.ones(2, 3)],
    "poisson_nll_loss": [tl.ones(2, 3), tl.ones(2, 3)],
    "smooth_l1_loss": [tl.ones(2, 3), tl.ones(2, 3)],
    "triplet_margin_loss": [tl.ones(2, 3), tl.ones(2, 3), tl.zeros(2, 3)],
}
OTHERWISE = {
    ("conv1d", "padding"), ("conv2d", "padding"), ("conv3d", "padding"), ("embedding", "norm_type"),
    ("embedding_bag", "norm_type"), ("gumbel_softmax", "tau"), ("gumbel_softmax", "dim"), ("gumbel_softmax", "eps"), ("multi_margin_loss", "p"),
    ("softmin", "dim"), ("normalize", "dim"), ("log_softmax", "_stacklevel"), ("softmax", "_stacklevel"),
    ("softmin", "_stacklevel"), ("smooth_l1_loss", "beta"),
}  # fmt: skip
"""What is not looked at, or by another function, or has another place there."""


@pytest.mark.filterwarnings("ignore")
def test_what_is_not_a_number_is_named() -> None:
    """Every number that a function takes, given as a text: the error names the function, the argument and its place."""
    wrong = []
    for name in [*NAMES, *LOSSES]:
        given = LOSSES[name] if name in LOSSES else arguments(name)
        for place, parameter in enumerate(inspect.signature(getattr(F, name)).parameters.values()):
            value = given[place] if place < len(given) else parameter.default
            if not isinstance(value, (int, float)) or isinstance(value, bool) or (name, parameter.name) in OTHERWISE:
                continue
            changed = [x.clone() if isinstance(x, tl.Tensor) else x for x in given]
            named = {} if place < len(given) else {parameter.name: "a"}
            if place < len(given):
                changed[place] = "a"
            function, argument = name.removesuffix("_"), parameter.name
            pattern = rf"{function}_?\(\): argument '{argument}'( \(position {place + 1}\))? must be \S.*str"
            try:
                getattr(F, name)(*changed, **named)
                wrong.append(f"{name} takes {parameter.name}='a'")
            except (TypeError, ValueError) as error:
                if not re.match(pattern, str(error)):
                    wrong.append(f"{name}, {parameter.name}: {error}")
    assert not wrong


@pytest.mark.parametrize("name", NAMES)
def test_numbers_of_numpy_do_not_change_the_dtype(name: str) -> None:
    """Every number that a function takes, as one of NumPy in float64: the result is that for a number of Python."""
    parameters = inspect.signature(getattr(F, name)).parameters
    given = [x for x in arguments(name) if type(x) is not float]
    options = {"training": True} if "training" in parameters else {}
    for argument, value in ((p.name, p.default) for p in parameters.values() if type(p.default) is float):
        results = []
        for kind in (float, np.float64):
            tl.manual_seed(0)
            inputs = [x.clone() if isinstance(x, tl.Tensor) else x for x in given]
            results.append(getattr(F, name)(*inputs, **{argument: kind(value)}, **options))
        assert results[0].dtype == results[1].dtype == tl.float32, argument
        assert results[0].equal(results[1]), argument


def test_eps_of_gumbel_softmax_is_without_effect() -> None:
    for T in libraries():
        with pytest.warns(UserWarning, match="`eps` parameter is deprecated and has no effect"):
            T.nn.functional.gumbel_softmax(T.zeros(3), eps=1.0)


IMAGE, GRID = tl.ones(1, 1, 2, 2), tl.zeros(1, 1, 1, 2)
WARNED: list[tuple[Callable[[], Any], str]] = [
    (lambda: F.grid_sample(IMAGE, GRID), "Default grid_sample"),
    (lambda: F.affine_grid(tl.ones(1, 2, 3), (1, 1, 2, 2)), "Default grid_sample"),
    (lambda: F.upsample(IMAGE, 3), "`nn.functional.upsample` is deprecated"),
    (lambda: F.upsample_nearest(IMAGE, 3), "`nn.functional.upsample_nearest` is deprecated"),
    (lambda: F.upsample_bilinear(IMAGE, 3), "`nn.functional.upsample_bilinear` is deprecated"),
    (lambda: F.gumbel_softmax(tl.zeros(3), eps=1.0), "`eps` parameter is deprecated"),
    (lambda: F.softmax(tl.zeros(3)), "Implicit dimension choice for softmax"),
    (lambda: F.log_softmax(tl.zeros(3)), "Implicit dimension choice for log_softmax"),
    (lambda: F.softmin(tl.zeros(3)), "Implicit dimension choice for softmin"),
    (lambda: F.dropout2d(tl.ones(2, 3)), "dropout2d"),
    (lambda: F.dropout3d(tl.ones(2, 3)), "dropout3d"),
    (lambda: F.mse_loss(tl.ones(2), tl.ones(1)), "Using a target size"),
    (lambda: F.mse_loss(tl.ones(2), tl.ones(2), size_average=True), "size_average and reduce args will be deprecated"),
    (lambda: F.mse_loss(tl.ones(2), tl.ones(2), reduce=True), "size_average and reduce args will be deprecated"),
    (
        lambda: F.l1_loss(tl.ones(2), tl.ones(2), reduction="elementwise_mean"),
        "reduction='elementwise_mean' is deprecated",
    ),
    (lambda: F.kl_div(tl.zeros(2), tl.zeros(2)), "reduction: 'mean' divides the total loss by both"),
    (lambda: tl.ones(2).index_reduce(0, tl.tensor([0]), tl.ones(1), "prod"), "index_reduce.* is in beta"),
    (
        lambda: with_masks(tl.zeros(2, 3).bool(), tl.zeros(3, 3)),
        "Support for mismatched key_padding_mask and attn_mask is deprecated",
    ),
]


def with_masks(padding: Any, mask: Any) -> Any:
    x = tl.ones(3, 2, 4)
    return tl.nn.MultiheadAttention(4, 2)(x, x, x, padding, attn_mask=mask)


def test_warnings_are_given_where_the_call_is() -> None:
    for call, words in WARNED:
        with pytest.warns(UserWarning, match=words) as caught:
            call()
        assert caught[0].filename == __file__, words
