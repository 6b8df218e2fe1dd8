"""Losses of classes, as functions of scores and labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.array_functions import array_function
from ...core.errors import warn
from ...core.primitive import Array
from ...core.views import without_hidden_base
from ...functions.arguments import for_all_samples, raveled, rounded_once
from ...functions.reduction import log_softmax
from ...functions.reshaping import broadcast_to, reshape
from ...ops import losses as table
from ...ops.activation import logsigmoid
from ...ops.kernels import classification as kernels
from ...ops.reduction import sum
from ...ops.shape import permute
from ...tensors.tensor import Tensor
from .argument_types import as_number, check_floating, check_optional_tensor, check_tensors, scalar_type
from .loss_arguments import check_class_weight, check_factors, check_target_shape, class_indices
from .loss_reduction import reduce_losses, resolve_reduction

_warned: set[str] = set()
"""The functions that have already warned of probabilities: they do it once."""


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Cross entropy of logits: -log softmax(input)_t for the target class t.

    For targets that are probabilities p it is -Σ p log softmax(input), the sum over the classes. The loss takes
    logits: it computes log_softmax itself, which keeps it finite for logits of any size.

    Args:
        input: logits (C) of one sample, (N, C) of a batch, or (N, C, d1, …), in a floating dtype.
        target: class indices from 0 to C - 1 in int64 or uint8, (), (N) or (N, d1, …); or probabilities in the shape of
            the input and a floating dtype.
        weight: (C), a factor for each class, in the dtype of the input. For class indices "mean" then divides by the
            sum of the weights of the targets.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        ignore_index: targets of this class count for nothing.
        reduction: "mean", "sum", or "none" for the loss of each sample.
        label_smoothing: the part of each target, from 0 to 1, that is spread evenly over all classes.

    Returns:
        A Tensor (), or of the shape of the class indices for "none".

    Warns once (UserWarning) if the rows of the input are probabilities already, so that softmax is applied twice.

    Source: Deep Learning from Scratch, 4.2.2; label smoothing: Szegedy et al., 2015, https://arxiv.org/abs/1512.00567.

    Raises:
        TypeError: if input, target or weight is not a Tensor.
        IndexError: for a class index that is out of range.
        ValueError: if there are not as many targets as samples; for another reduction.
        RuntimeError: for class indices of another dtype, or other shapes that do not fit.
        NotImplementedError: for an input that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.cross_entropy(tl.zeros(2, 4), tl.tensor([0, 3]))  # log 4
    tensor(1.3863)
    >>> tl.nn.functional.cross_entropy(tl.tensor([1000.0, 0.0]), tl.tensor(1))
    tensor(1000.)
    """
    if not (isinstance(input, Tensor) and isinstance(target, Tensor)):
        check_tensors("cross_entropy", input=input, target=target)
    if weight is not None:
        check_optional_tensor("cross_entropy", "weight", 3, weight)
    label_smoothing = as_number("cross_entropy", "label_smoothing", 8, label_smoothing)
    ignore_index = as_number("cross_entropy", "ignore_index", 5, ignore_index, "int")
    reduction = resolve_reduction(reduction, size_average, reduce)
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    check_floating("cross_entropy", input)
    shape = input._data.shape
    dim = 0 if len(shape) == 1 else 1
    if target._data.shape == shape:
        return _soft_cross_entropy(input, target, weight, ignore_index, reduction, label_smoothing, dim)
    check_target_shape("cross_entropy", input, target)
    indices = class_indices("cross_entropy", target, shape[dim], ignore_index)
    check_class_weight("cross_entropy", weight, shape[dim], input.dtype)
    rows = _rows(input, indices.size)
    _warn_of_probabilities("cross_entropy", rows._data)
    out = kernels.cross_entropy(rows, _flat(indices), weight, ignore_index, label_smoothing, reduction)
    return _as_targets(out, shape, dim) if reduction == "none" else out


def _as_targets(losses: Any, shape: tuple[int, ...], dim: int) -> Any:
    """Return the losses of all targets in the shape of these: that of the scores without the dimension of classes."""
    return without_hidden_base(reshape(losses, (*shape[:dim], *shape[dim + 1 :])), ())


def _rows(x: Tensor, count: int) -> Any:
    """Return scores (C), (N, C) or (N, C, d1, …) as a matrix with a row for each of `count` targets."""
    if (ndim := x._data.ndim) == 2:
        return x
    last = permute(x, (0, *range(2, ndim), 1)) if ndim > 1 else x
    return reshape(last, (count, last._data.shape[-1]))


def _flat(indices: Array) -> Array:
    return indices if indices.ndim == 1 else raveled(indices)


def _warn_of_probabilities(function: str, rows: Array) -> None:
    """Warn, once for each function, of rows that are probabilities where logits or logarithms are needed (N12).

    A network that is trained with softmax applied twice does learn, but slowly and not as well.
    """
    if (
        function in _warned
        or not isinstance(rows, np.ndarray)
        or rows.shape[0] == 0
        or rows.shape[1] < 2
        or not 0 <= rows.item(0) <= 1
    ):
        return
    if abs(float(rows[0].sum()) - 1) > 1e-2 or (rows < 0).any() or (np.abs(rows.sum(1) - 1) > 1e-3).any():
        return
    _warned.add(function)
    found = (
        f"{function}: every row of the input is nonnegative and sums to 1, so it looks like the result of a softmax."
    )
    if function == "cross_entropy":
        found += (
            " The loss applies log_softmax itself and takes logits: leave the softmax out, or pass probabilities p to "
            "nll_loss as log(p)."
        )
    else:
        found += (
            " The loss takes log-probabilities: pass log_softmax(logits), or log(p) for probabilities p, or use "
            "cross_entropy, which takes the logits themselves."
        )
    warn(f"{found} (This is said once.)")


def _soft_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str, smoothing: float, dim: int
) -> Tensor:
    """Return the cross entropy for targets that are probabilities."""
    if target.dtype.kind != "f":
        hint = f"target.argmax({dim}) gives the class indices of a one-hot target, target.float() its probabilities"
        if input.ndim < 2:
            hint = f"this input is the logits of one sample with {input.numel()} classes, those of a batch are (N, C)"
        raise RuntimeError(
            f"Expected floating point type for target with class probabilities, got {scalar_type(target.dtype)}. "
            f"cross_entropy: a target in the shape of the input, {list(input.shape)}, is taken for probabilities, and "
            f"class indices have no dimension of classes; {hint}"
        )
    if not input.ndim:
        raise IndexError(
            "Dimension specified as 1 but tensor has no dimensions. cross_entropy: the input needs a dimension of "
            "classes: (C), (N, C) or (N, C, d1, …)"
        )
    if ignore_index >= 0:
        raise RuntimeError(
            "ignore_index is not supported for floating point target. cross_entropy: targets in the shape of the input "
            f"are probabilities of all classes, and ignore_index={ignore_index} names one"
        )
    classes = input.shape[dim]
    check_class_weight("cross_entropy", weight, classes)
    if input.ndim == 2:
        _warn_of_probabilities("cross_entropy", input._data)
    if smoothing:
        target = target * (1 - smoothing) + smoothing / classes
    terms = log_softmax(input, dim) * target
    if weight is not None:
        terms = terms * weight.reshape(-1, *[1] * (input.ndim - dim - 1))
    return reduce_losses(-sum(terms, dim, False), reduction)


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood of classes: -input_t for the target class t, where the input is log-probabilities.

    `cross_entropy` is this after `log_softmax`.

    Args:
        input: log-probabilities (C) of one sample, (N, C) of a batch, or (N, C, d1, …), in a floating dtype.
        target: class indices from 0 to C - 1 in int64 or uint8, (), (N) or (N, d1, …).
        weight: (C), a factor for each class, in the dtype of the input; "mean" then divides by the sum of the weights
            of the targets.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        ignore_index: targets of this class count for nothing.
        reduction: "mean", "sum", or "none" for the loss of each sample.

    Returns:
        A Tensor (), or of the shape of the target for "none".

    Warns once (UserWarning) if the rows of the input are probabilities instead of their logarithms.

    Raises:
        TypeError: if input, target or weight is not a Tensor.
        IndexError: for a class index that is out of range.
        ValueError: if there are not as many targets as samples; for another reduction.
        RuntimeError: for a target of another dtype, or other shapes that do not fit.
        NotImplementedError: for an input that is not floating.

    >>> import tinygrad_lite as tl
    >>> log_p = tl.tensor([[0.25, 0.75], [0.5, 0.5]]).log()
    >>> tl.nn.functional.nll_loss(log_p, tl.tensor([0, 1]), reduction="none")
    tensor([1.3863, 0.6931])
    """
    check_tensors("nll_loss", input=input, target=target)
    check_optional_tensor("nll_loss", "weight", 3, weight)
    ignore_index = as_number("nll_loss", "ignore_index", 5, ignore_index, "int")
    reduction = resolve_reduction(reduction, size_average, reduce)
    check_floating("nll_loss", input)
    check_target_shape("nll_loss", input, target)
    shape = input._data.shape
    dim = 0 if len(shape) == 1 else 1
    indices = class_indices("nll_loss", target, shape[dim], ignore_index)
    check_class_weight("nll_loss", weight, shape[dim], input.dtype)
    rows = _rows(input, indices.size)
    _warn_of_probabilities("nll_loss", rows._data)
    out = kernels.nll_loss(rows, _flat(indices), weight, ignore_index, reduction)
    return _as_targets(out, shape, dim) if reduction == "none" else out


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Binary cross entropy of probabilities: -target log(input) - (1 - target) log(1 - input).

    Each logarithm is at least -100, so that the loss is finite. `binary_cross_entropy_with_logits` takes logits and is
    more precise.

    Args:
        input: probabilities from 0 to 1, of any shape (*), in a floating dtype.
        target: what they should be, from 0 to 1, (*), in the dtype of the input.
        weight: factors, of a shape that broadcasts to (*).
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each element.

    Returns:
        A Tensor (), or (*) for "none".

    Source: the bound of the logarithm is PyTorch's; the book's (Deep Learning from Scratch, 4.2.2) is log(x + 1e-7).

    Raises:
        TypeError: if input, target or weight is not a Tensor.
        ValueError: if the shapes differ; for another reduction.
        RuntimeError: if an element is not from 0 to 1, or the dtypes differ.
        NotImplementedError: for dtypes that are not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.binary_cross_entropy(tl.tensor([0.5, 1.0]), tl.tensor([1.0, 0.0]), reduction="none")
    tensor([  0.6931, 100.0000])
    """
    check_tensors("binary_cross_entropy", input=input, target=target)
    check_optional_tensor("binary_cross_entropy", "weight", 3, weight)
    reduction = resolve_reduction(reduction, size_average, reduce)
    if target._data.shape != input._data.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. "
            f"Please ensure they have the same size. binary_cross_entropy: Target size ({list(target.shape)}) must be "
            f"the same as input size ({list(input.shape)}){_reshape_hint(input, target)}"
        )
    if target.dtype != input.dtype:
        raise RuntimeError(
            f"Found dtype {scalar_type(target.dtype)} but expected {scalar_type(input.dtype)}. binary_cross_entropy: "
            f"the target is {target.dtype} and the input {input.dtype}: convert it with target.to(input.dtype)"
        )
    check_floating("binary_cross_entropy", input)
    _check_probabilities(input._data, target._data)
    losses = table.binary_cross_entropy(input, target)
    if weight is not None:
        check_factors("binary_cross_entropy", "weight", weight, input)
        losses = losses * broadcast_to(weight, tuple(target.shape))
    return reduce_losses(losses, reduction)


@array_function
@for_all_samples
def _check_probabilities(input: Array, target: Array) -> None:
    for name, x, hint in (
        ("input", input, "take sigmoid(input), or pass logits to binary_cross_entropy_with_logits"),
        ("target", target, "a target is a probability, or a label 0 or 1"),
    ):
        inside = (x >= 0) & (x <= 1)
        if not inside.all():
            raise RuntimeError(
                f"all elements of {name} should be between 0 and 1. binary_cross_entropy: one is "
                f"{x[~inside].flat[0]:g}; {hint}"
            )


def _reshape_hint(input: Tensor, target: Tensor) -> str:
    if input.numel() != target.numel():
        return ""
    longer, shorter = ("input", "target") if input.ndim > target.ndim else ("target", "input")
    return f": {shorter}.reshape({longer}.shape), if their elements are in the same order"


@rounded_once
def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """Binary cross entropy of logits: -target log sigmoid(input) - (1 - target) log(1 - sigmoid(input)).

    Computed as (1 - t) x - (1 + (pos_weight - 1) t) log sigmoid(x), for x = input and t = target, which is exact for
    large logits too.

    Args:
        input: logits of any shape (*), in a floating dtype.
        target: probabilities from 0 to 1, (*), in a floating dtype.
        weight: factors, of a shape that broadcasts to (*).
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each element.
        pos_weight: factors for the term of the positive targets, of a shape that broadcasts to (*); above 1 it makes
            false negatives dearer.

    Returns:
        A Tensor (), or (*) for "none".

    Raises:
        TypeError: if input or target is not a Tensor, or a weight is neither a Tensor nor a number.
        ValueError: if the shapes differ; for another reduction.
        RuntimeError: if the target is of whole numbers, or a weight does not broadcast.

    >>> import tinygrad_lite as tl
    >>> logits, target = tl.tensor([0.0, 1e4]), tl.tensor([1.0, 0.0])
    >>> tl.nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    tensor([6.9315e-01, 1.0000e+04])
    """
    name = "binary_cross_entropy_with_logits"
    check_tensors(name, input=input, target=target)
    reduction = resolve_reduction(reduction, size_average, reduce)
    if target._data.shape != input._data.shape:
        raise ValueError(
            f"Target size ({target.shape}) must be the same as input size ({input.shape}). {name}: target "
            f"{list(target.shape)}, input {list(input.shape)}{_reshape_hint(input, target)}"
        )
    if target.dtype.kind != "f":
        raise RuntimeError(
            f"result type {scalar_type(input.dtype)} can't be cast to the desired output type "
            f"{scalar_type(target.dtype)}. {name}: the target is {target.dtype}: make it floating with "
            "target.to(input.dtype)"
        )
    for argument, position, factors in (("weight", 3, weight), ("pos_weight", 7, pos_weight)):
        if isinstance(factors, Tensor):
            check_factors(name, argument, factors, input)
        elif not isinstance(factors, (int, float)):
            check_optional_tensor(name, argument, position, factors)
    if pos_weight is None:
        losses = table.binary_cross_entropy_with_logits(input, target)
    else:
        losses = (1 - target) * input - logsigmoid(input) * (1 + (pos_weight - 1) * target)
    return reduce_losses(losses if weight is None else losses * weight, reduction)
