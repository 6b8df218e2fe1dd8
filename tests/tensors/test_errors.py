"""Errors of the Tensor itself: PyTorch's class and phrase first, then the argument or the shapes, and the way out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import Tensor


def leaf() -> Tensor:
    return tl.tensor([1.0, 2.0, 3.0], requires_grad=True)


def assign(x: Tensor, index: Any, value: Any) -> None:
    x[index] = value


def backward_with_hook(hook: Callable[[Tensor], Any]) -> None:
    y = leaf() * 2
    y.register_hook(hook)
    y.sum().backward()


TABLE: list[tuple[Callable[[], Any], type[Exception], str, str]] = [
    # what is called, the class of the error, how it begins (in PyTorch's words), what it says besides
    (
        lambda: leaf().item(),
        RuntimeError,
        "a Tensor with 3 elements cannot be converted to Scalar",
        "[3]; use tolist()",
    ),
    (lambda: tl.zeros(0).item(), RuntimeError, "a Tensor with 0 elements cannot be converted to Scalar", "[0]"),
    (lambda: bool(leaf()), RuntimeError, "Boolean value of Tensor with more than one value is ambiguous", ".any()"),
    (lambda: bool(tl.zeros(0)), RuntimeError, "Boolean value of Tensor with no values is ambiguous", "[0]"),
    (lambda: float(leaf()), ValueError, "only one element tensors can be converted to Python scalars", "[3]"),
    (lambda: range(tl.tensor(2.0)), TypeError, "only integer tensors of a single element can be converted", "float32"),
    (lambda: len(tl.tensor(1)), TypeError, "len() of a 0-d tensor", "item()"),
    (lambda: list(tl.tensor(1)), TypeError, "iteration over a 0-d tensor", "item()"),
    (lambda: "a" in leaf(), RuntimeError, "Tensor.__contains__ only supports Tensor or scalar", "'a'"),
    (lambda: assign(tl.zeros(3), 0, [1.0]), TypeError, "can't assign a list to a", "tensor([1., 2.])"),
    (lambda: assign(tl.zeros(3), 0, None), TypeError, "can't assign a NoneType to a", "a number is needed"),
    (
        lambda: assign(tl.tensor([1], dtype=tl.uint8), 0, 300),
        RuntimeError,
        "value cannot be converted to type uint8 without overflow",
        "300 is outside its range, 0 to 255",
    ),
    (
        lambda: assign(tl.tensor([1]), 0, float("nan")),
        RuntimeError,
        "value cannot be converted to type int64 without overflow",
        "nan",
    ),
    # indices
    (lambda: tl.zeros(3)[5], IndexError, "index 5 is out of bounds for dimension 0 with size 3", "shape [3]"),
    (lambda: tl.zeros(2, 3)[0, -4], IndexError, "index -4 is out of bounds for dimension 1 with size 3", "[2, 3]"),
    (lambda: tl.zeros(3)[tl.tensor([0, 7])], IndexError, "index 7 is out of bounds for dimension 0 with size 3", "[3]"),
    (lambda: tl.zeros(2, 3)[0, 0, 0], IndexError, "too many indices for tensor of dimension 2", "[2, 3]"),
    (lambda: tl.tensor(1.0)[0], IndexError, "invalid index of a 0-dim tensor. Use `tensor.item()` in Python", "[]"),
    (lambda: tl.tensor(1.0)[:], IndexError, "slice() cannot be applied to a 0-dim tensor", "[]"),
    (
        lambda: tl.zeros(3)[1.5],
        IndexError,
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte",
        "1.5",
    ),
    (lambda: tl.zeros(3)[np.float64(1)], IndexError, "only integers, slices (`:`), ellipsis (`...`), None and", "1.0"),
    (lambda: tl.zeros(3)["a"], TypeError, "new(): invalid data type 'str'", "'a'"),
    (
        lambda: tl.zeros(3)[tl.tensor([1.0])],
        IndexError,
        "tensors used as indices must be long, int, byte or bool",
        ".long()",
    ),
    (lambda: tl.zeros(3)[::0], ValueError, "slice step cannot be zero", "[3]"),
    (
        lambda: tl.zeros(2, 3)[tl.tensor([True, False, True])],
        IndexError,
        "The shape of the mask [3] at index 0 does not match the shape of the indexed tensor [2, 3] at index 0",
        "mask",
    ),
    (
        lambda: tl.zeros(2, 3)[[0, 1], [0, 1, 2]],
        IndexError,
        "shape mismatch: indexing tensors could not be broadcast together with shapes [2], [3]",
        "[2, 3]",
    ),
    (lambda: assign(tl.zeros(3), 5, 1.0), IndexError, "index 5 is out of bounds for dimension 0 with size 3", "[3]"),
    (
        lambda: assign(tl.zeros(3), tl.tensor([True, False, True]), tl.ones(3)),
        RuntimeError,
        "shape mismatch: value tensor of shape [3] cannot be broadcast to indexing result of shape [2]",
        "2 values",
    ),
    (
        lambda: assign(tl.zeros(3), slice(2), tl.ones(3)),
        RuntimeError,
        "The expanded size of the tensor (2) must match the existing size (3) at non-singleton dimension 0",
        "[3]",
    ),
    # operators
    (
        lambda: leaf() + "a",
        TypeError,
        "unsupported operand type(s) for +: 'Tensor' and 'str'",
        "add(): argument 'other'",
    ),
    (
        lambda: "a" + leaf(),
        TypeError,
        "unsupported operand type(s) for +: 'str' and 'Tensor'",
        "add(): argument 'input'",
    ),
    (lambda: leaf() @ None, TypeError, "unsupported operand type(s) for @: 'Tensor' and 'NoneType'", "matmul"),
    (lambda: leaf() < "a", TypeError, "'<' not supported between instances of 'Tensor' and 'str'", ""),
    (lambda: ~leaf(), TypeError, "~ (operator.invert) is only implemented on integer and Boolean-type", "float32"),
    # gradients
    (
        lambda: (leaf() * 2).backward(np.ones(3)),
        TypeError,
        "gradients can be either Tensors or None, but got numpy.ndarray",
        "tensor(...)",
    ),
    (
        lambda: leaf().sum().backward(1.0),
        TypeError,
        "gradients can be either Tensors or None, but got float",
        "of shape []",
    ),
    (lambda: (leaf() * 2).backward("a"), TypeError, "gradients can be either Tensors or None, but got str", "[3]"),
    (
        lambda: leaf().sum().backward(inputs="a"),
        RuntimeError,
        "all inputs have to be Tensors or GradientEdges, but got str",
        "backward",
    ),
    (
        lambda: leaf().sum().backward(inputs=[np.ones(2)]),
        RuntimeError,
        "all inputs have to be Tensors or GradientEdges, but got numpy.ndarray",
        "",
    ),
    (lambda: leaf().sum().backward(inputs=[]), RuntimeError, "`inputs` argument to `backward()` cannot be empty.", ""),
    (lambda: tl.ones(2).retain_grad(), RuntimeError, "can't retain_grad on Tensor that has requires_grad=False", ""),
    (
        lambda: tl.ones(2).register_hook(lambda g: g),
        RuntimeError,
        "cannot register a hook on a tensor that doesn't require gradient",
        "requires_grad_()",
    ),
    (lambda: leaf().register_hook(None), TypeError, "register_hook: the hook must be a function", "NoneType"),
    (
        lambda: backward_with_hook(lambda g: np.ones(3)),
        TypeError,
        "expected Variable, but hook returned 'ndarray'",
        "must return a Tensor, or None",
    ),
    (
        lambda: backward_with_hook(lambda g: tl.ones(2)),
        RuntimeError,
        "hook '<lambda>' has changed the size of value",
        "from [3] to [2]",
    ),
    (
        lambda: backward_with_hook(lambda g: g.double()),
        RuntimeError,
        "hook '<lambda>' has changed the type of value",
        ".to(float32)",
    ),
    (
        lambda: setattr(leaf(), "grad", np.ones(3)),
        TypeError,
        "assigned grad expected to be a Tensor or None but got grad of type ndarray",
        "tensor(...)",
    ),
    (
        lambda: setattr(leaf(), "grad", tl.ones(2)),
        RuntimeError,
        "attempting to assign a gradient of size '[2]' to a tensor of size '[3]'. Please ensure that the gradient",
        "",
    ),
    (
        lambda: setattr(leaf(), "grad", tl.ones(3, dtype=tl.float64)),
        RuntimeError,
        "attempting to assign a gradient with dtype 'float64' to a tensor with grad_dtype 'float32'",
        "grad.to(float32)",
    ),
    (lambda: setattr(leaf(), "data", 3), TypeError, "Variable data has to be a tensor, but got int", "copy_()"),
    (lambda: (leaf() * 1)[:1].detach_(), RuntimeError, "Can't detach views in-place. Use detach() instead", ""),
    # shapes and dtypes
    (lambda: leaf().mT, RuntimeError, "tensor.mT is only supported on matrices or batches of matrices", "[3]"),
    (lambda: tl.zeros(2, 2, 2).H, RuntimeError, "tensor.H is only supported on matrices (2-D tensors)", "tensor.mH"),
    (lambda: leaf().stride(5), IndexError, "", "out of range (expected to be in range of [-1, 0], but got 5)"),
    (lambda: leaf().to("cuda"), RuntimeError, "the only device here is the CPU", "'cuda'"),
    (lambda: leaf().to(dtype="int7"), TypeError, "Tensors have no dtype 'int7'", "int16"),
    (lambda: leaf().type("a"), ValueError, "invalid type: 'a'", "float32"),
    (lambda: leaf().type_as(3), TypeError, "type_as(): argument 'other' (position 1) must be Tensor, not int", ""),
    (
        lambda: leaf().is_same_size(3),
        TypeError,
        "is_same_size(): argument 'other' (position 1) must be Tensor",
        "not int",
    ),
    # in place
    (
        lambda: leaf().zero_(),
        RuntimeError,
        "a leaf Variable that requires grad is being used in an in-place",
        "no_grad",
    ),
    (
        lambda: tl.zeros(2).add_(tl.ones(4, 2)),
        RuntimeError,
        "output with shape [2] doesn't match the broadcast shape [4, 2]",
        "add_: an in-place operation cannot change the shape",
    ),
    (
        lambda: tl.tensor([1]).add_(1.5),
        RuntimeError,
        "result type float32 can't be cast to the desired output type int64",
        "x.to(float32)",
    ),
    (
        lambda: tl.ones(1).expand(3).add_(1),
        RuntimeError,
        "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
        "Please clone() the tensor before performing the operation",
        "expanded to [3]",
    ),
    (
        lambda: tl.zeros(2, 3).copy_(tl.ones(4)),
        RuntimeError,
        "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1",
        "of shape [4] to [2, 3]",
    ),
    (
        lambda: tl.zeros(3).copy_(tl.ones(2, 3)),
        RuntimeError,
        "output with shape [3] doesn't match the broadcast shape [2, 3]",
        "more dimensions",
    ),
    (
        lambda: tl.zeros(3).copy_("a"),
        TypeError,
        "copy_(): argument 'other' (position 1) must be Tensor, not str",
        "",
    ),
    (lambda: tl.zeros(3).copy_(None), TypeError, "copy_(): argument 'other' (position 1) must be Tensor", "NoneType"),
    (
        lambda: tl.zeros(3).fill_("a"),
        TypeError,
        "fill_(): argument 'value' (position 1) must be Number, not str",
        "",
    ),
    (lambda: tl.zeros(3).fill_(None), TypeError, "fill_(): argument 'value' (position 1) must be Number", "NoneType"),
    (
        lambda: tl.zeros(3).fill_(tl.ones(3)),
        RuntimeError,
        "fill_ only supports 0-dimension value tensor but got tensor with 1 dimensions",
        "copy_",
    ),
    (lambda: tl.zeros(3).fill_diagonal_(1), RuntimeError, "dimensions must larger than 1", "[3]"),
    (
        lambda: tl.zeros(2, 3, 4).fill_diagonal_(1),
        RuntimeError,
        "all dimensions of input must be of equal length",
        "[2, 3, 4]",
    ),
    (
        lambda: tl.zeros(3).uniform_("a"),
        TypeError,
        "uniform_(): argument 'from' (position 1) must be float, not str",
        "",
    ),
    (
        lambda: tl.zeros(3).normal_(0, "a"),
        TypeError,
        "normal_(): argument 'std' (position 2) must be float, not str",
        "",
    ),
    (
        lambda: tl.zeros(3).random_(1.5),
        TypeError,
        "random_(): argument 'from' (position 1) must be int, not float",
        "",
    ),
    (
        lambda: tl.zeros(2, 3).bernoulli_(tl.ones(4)),
        RuntimeError,
        "bernoulli_: the probabilities of shape [4] cannot be broadcast to the shape [2, 3]",
        "",
    ),
    (lambda: tl.zeros(3).uniform_(generator=3), TypeError, "argument 'generator' must be Generator, not int", "3"),
    # new ones
    (lambda: Tensor("a"), TypeError, "new(): invalid data type 'str'", "'a'"),
    (lambda: Tensor(None), TypeError, "new(): data must be a sequence (got NoneType)", ""),
    (lambda: Tensor(-1), RuntimeError, "Trying to create tensor with negative dimension -1", ""),
    (lambda: leaf().new_tensor("a"), TypeError, "new(): invalid data type 'str'", "'a'"),
    (lambda: leaf().new_tensor([[1], [2, 3]]), ValueError, "expected sequence of length 1 at dim 1 (got 2)", "[2, 3]"),
    (lambda: leaf().new_zeros(2, nothing=1), TypeError, "new_zeros() got an unexpected keyword argument 'nothing'", ""),
    (
        lambda: leaf().new_full((2,), None),
        TypeError,
        "new_full(): argument 'fill_value' (position 2) must be Number, not NoneType",
        "",
    ),
    # data
    (
        lambda: tl.tensor(2**70),
        ValueError,
        "Overflow when unpacking long long",
        "1180591620717411303424 is outside int64",
    ),
    (lambda: tl.tensor([-1, 2**63]), ValueError, "Overflow when unpacking long long", "9223372036854775808"),
    (lambda: tl.tensor(10**400, dtype=tl.float64), RuntimeError, "value cannot be converted to type float64", ""),
    (lambda: tl.tensor("3"), TypeError, "new(): invalid data type 'str'", "'3'"),
    (lambda: tl.tensor(["3"]), ValueError, "too many dimensions 'str'", "numbers and bools"),
    (lambda: tl.tensor([1, None]), RuntimeError, "Could not infer dtype of NoneType", "numbers and bools"),
    (lambda: tl.tensor(print), RuntimeError, "Could not infer dtype of builtin_function_or_method", ""),
    (lambda: tl.tensor([[1], [2, 3]]), ValueError, "expected sequence of length 1 at dim 1 (got 2)", "[2, 3]"),
    (lambda: tl.tensor([1, [2]]), ValueError, "expected sequence of one depth at dim 1", "[2]"),
    (
        lambda: tl.tensor(np.array(["a"])),
        TypeError,
        "can't convert np.ndarray of type numpy.str_. The only supported types are: float64",
        ".astype",
    ),
    (lambda: tl.from_numpy([1]), TypeError, "expected np.ndarray (got list)", "tensor(...)"),
    (lambda: tl.frombuffer("abc", dtype=tl.uint8), ValueError, "object does not implement Python buffer", "str"),
    (
        lambda: tl.frombuffer(bytearray(7), dtype=tl.float32),
        ValueError,
        "buffer length (7 bytes) after offset (0 bytes) must be a multiple of element size (4)",
        "",
    ),
    (lambda: tl.zeros(), TypeError, 'zeros() missing 1 required positional arguments: "size"', "zeros(())"),
    (lambda: tl.zeros(3, nothing=1), TypeError, "zeros() got an unexpected keyword argument 'nothing'", ""),
    (
        lambda: tl.full((2,), None),
        TypeError,
        "full(): argument 'fill_value' (position 2) must be Number, not NoneType",
        "",
    ),
    (lambda: tl.full(2, 1), TypeError, "full(): argument 'size' (position 1) must be tuple of ints, not int", ""),
    (
        lambda: tl.zeros_like([1]),
        TypeError,
        "zeros_like(): argument 'input' (position 1) must be Tensor, not list",
        "tensor(x)",
    ),
    (lambda: tl.rand_like(None), TypeError, "rand_like(): argument 'input' (position 1) must be Tensor", "NoneType"),
    (lambda: tl.eye("a"), TypeError, "eye(): argument 'n' (position 1) must be int, not str", ""),
    (lambda: tl.eye(2, -1), RuntimeError, "m must be greater or equal to 0, got -1", "eye"),
    (lambda: tl.arange("a"), TypeError, "arange(): argument 'end' (position 1) must be Number, not str", ""),
    (lambda: tl.arange(0, 3, 0), RuntimeError, "step must be nonzero", "arange"),
    (lambda: tl.arange(3, 0), RuntimeError, "upper bound and lower bound inconsistent with step sign", "from 3 to 0"),
    (lambda: tl.arange(float("inf")), RuntimeError, "unsupported range: 0 -> inf", "finite"),
    (lambda: tl.linspace(0, 1, -1), RuntimeError, "number of steps must be non-negative", "-1"),
    (lambda: tl.linspace("a", 1, 2), TypeError, "linspace(): argument 'start' (position 1) must be Number", "not str"),
    (lambda: tl.linspace(0, 1, 2.5), TypeError, "linspace(): argument 'steps' (position 3) must be int", "not float"),
    (lambda: tl.tril_indices(-1, 2), RuntimeError, "row must be non-negative, got -1", "tril_indices"),
    (lambda: tl.broadcast_shapes("a"), TypeError, "broadcast_shapes: a shape is a tuple of ints", "'a'"),
    # random numbers
    (lambda: tl.randperm(-1), RuntimeError, "Trying to create tensor with negative dimension -1: [-1]", "randperm"),
    (lambda: tl.randint(3), TypeError, "randint(): argument 'size' must be tuple of ints", "randint(high, (2, 3))"),
    (lambda: tl.normal("a", 1.0), TypeError, "normal(): argument 'mean' (position 1) must be Number", "not str"),
    (
        lambda: tl.manual_seed(None),
        TypeError,
        "int() argument must be a string",
        "manual_seed: a seed is a whole number",
    ),
    (lambda: tl.manual_seed(float("nan")), ValueError, "cannot convert float NaN to integer", "manual_seed"),
    (lambda: tl.Generator().manual_seed(1.5), RuntimeError, "manual_seed expected a long, but got float", "1.5"),
    (
        lambda: tl.rand(2, generator=3),
        TypeError,
        "argument 'generator' must be Generator, not int",
        "manual_seed(seed)",
    ),
    # types
    (
        lambda: tl.ones(2, device=tl.device("cuda")),
        RuntimeError,
        "the only device here is the CPU",
        "cuda.is_available()",
    ),
    (lambda: tl.Size([1.5]), TypeError, "Size() takes an iterable of 'int' (item 0 is 'float')", "[1.5]"),
    (lambda: tl.zeros(2).shape + [3], TypeError, "can only concatenate tuple (not list) to Size", "[3]"),
    (lambda: tl.finfo(tl.int64), TypeError, "finfo() requires a floating point input type, not int64", "iinfo"),
]


@pytest.mark.parametrize(
    ("call", "error", "phrase", "ours"), TABLE, ids=[f"{i}: {row[2][:40]}" for i, row in enumerate(TABLE)]
)
def test_an_error_begins_with_pytorchs_phrase_and_says_more(
    call: Callable[[], Any], error: type[Exception], phrase: str, ours: str
) -> None:
    with pytest.raises(error) as caught:
        call()
    message = str(caught.value)
    assert type(caught.value) is error
    assert message.startswith(phrase)
    assert ours in message.removeprefix(phrase)
    assert not re.search(r"_data|ufunc|gufunc|operands could not be broadcast|inhomogeneous", message)


def test_a_seed_is_taken_as_pytorch_takes_it() -> None:
    state = tl.get_rng_state()
    try:
        for seed in (1.5, "1", True, np.int64(1), np.float64(1.9), tl.tensor(1)):
            assert tl.manual_seed(seed).initial_seed() == 1
    finally:
        tl.set_rng_state(state)


def test_wrong_types_and_empty_slices_are_pytorchs_errors() -> None:
    """Found by random calls: each of these raised something of Python's own, or returned a value."""
    x, pair = tl.ones(2), tl.ones(2, 2)
    cases: list[tuple[Any, type[Exception], str]] = [
        (lambda: tl.cos_(5), TypeError, "must be Tensor, not int"),
        (lambda: tl.round_([1.5]), TypeError, "must be Tensor, not list"),
        (lambda: tl.ones(pair, pair), TypeError, "must be tuple of ints"),
        (lambda: pair.flip(pair, x), TypeError, "must be tuple of ints"),
        (lambda: tl.constant_pad_nd(x, pair), TypeError, "must be tuple of ints"),
        (lambda: x.is_set_to(2), TypeError, "must be Tensor, not int"),
        (lambda: tl.margin_ranking_loss(x, x, x, reduction="none"), TypeError, "'reduction' must be int, not str"),
        (lambda: tl.poisson_nll_loss(x, x, False, True, 1e-8, "x"), TypeError, "'reduction' must be int, not str"),
        (lambda: tl.hinge_embedding_loss(x, x, reduction=7), ValueError, "must be one of"),
        (lambda: tl.grid_sampler(x, x, 0.5, 0, False), TypeError, "'interpolation_mode' must be int, not float"),
        (lambda: tl.nn.ReflectionPad2d(1)(pair), NotImplementedError, "Padding size 4 is not supported for 2D input"),
        (lambda: tl.nn.functional.pad(x, (1, 1), "replicate"), NotImplementedError, "Padding size 2 is not supported"),
        (lambda: tl.nn.CircularPad1d(1)(tl.ones(1, 2, 3, 4)), ValueError, "expected 2D or 3D input"),
        (lambda: tl.nn.ConvTranspose1d(2, 2, 1, padding="same")(pair), TypeError, "must be tuple of ints"),
        (lambda: tl.unique(tl.ones(0, 3), dim=1), RuntimeError, "There are 0 sized dimensions"),
        (lambda: tl.unique_consecutive(tl.ones(0, 3), dim=1), RuntimeError, "There are 0 sized dimensions"),
    ]
    for call, error, phrase in cases:
        with pytest.raises(error, match=phrase):
            call()
    assert tl.unique_consecutive(tl.ones(3, 0), dim=-1).shape == (3, 0)
    assert tl.unique(tl.ones(3, 0), dim=1).shape == (3, 0)
    assert tl.hinge_embedding_loss(x, x, reduction=2).item() == 2.0
