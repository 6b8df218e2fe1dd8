"""Errors in PyTorch's words, for calls that have failed. Nothing here runs while calls succeed.

Three places catch what a call raises, and ask `explained` what to raise instead: the application of a primitive to
Tensors (`core.tensor`), its application to plain arrays (`Primitive.__call__`), and every public function
(`functions.arguments.public`). A message begins with PyTorch's own phrase, on which people's code matches; then come
the operation, the shapes or the argument at fault, and the way out.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from opcode import opmap
from typing import Any, TypeVar

import numpy as np

from .argument_types import wrong_argument

_PACKAGE = __name__.partition(".")[0]
_TRANSLATED = (AttributeError, TypeError, ValueError, IndexError, OverflowError)

Explanation = Callable[..., Exception | None]
E = TypeVar("E", bound=Explanation)

_explanations: dict[str, Explanation] = {}


def explains(*primitives: Any) -> Callable[[E], E]:
    """Register a function that explains failed calls of some primitives.

    It is called as `explanation(error, name, *args)`, with the error that NumPy raised, the primitive's name and the
    arguments (arrays in place of Tensors). It returns the error to raise, or None if it knows no better.
    """

    def register(explanation: E) -> E:
        _explanations.update({primitive.name: explanation for primitive in primitives})
        return explanation

    return register


def explained(error: Exception, operation: Any, args: Sequence[Any], named: dict[str, Any] | None = None) -> Exception:
    """The error to raise for a failed call of an operation: a primitive, or a public function.

    What the library itself raised passes unchanged, because it already names the operation; so does what a user's own
    function raised that was called. Only a TypeError of the library may be about an argument that a public function
    passed on, and then this function puts its own name there.
    """
    if not isinstance(error, _TRANSLATED):
        return error
    name = getattr(operation, "name", None) or operation.__name__
    if not isinstance(error, AttributeError) and not hasattr(error, "value"):
        ours = raised_by_library(error)
        if ours is None or (ours and (not isinstance(error, TypeError) or str(error).startswith(f"{name}()"))):
            return error
    primitive = hasattr(operation, "name")
    form = operation.public_form if primitive else operation
    found: Exception | None = wrong_argument(error, name, form, args, named or {}, numbers=primitive)
    if found is None and primitive:
        found = _explanation_of_primitive(error, operation, args)
    if found is None or found is error:  # an error that is its own cause would be a cycle, and hold on to the graph
        return error
    if found.__cause__ is None:
        found.__suppress_context__ = True  # it says all that NumPy's said
    return found


def name_operation(error: Exception, name: str) -> None:
    """Add the name of a public function to the message of an error that an operation within it raised.

    So the user finds the call: the message of a product within `addcmul` names `mul`, and then `addcmul`.
    """
    message = str(error)
    if raised_by_library(error) and not re.search(rf"(?<![A-Za-z]){name}(?![A-Za-z])", message):
        error.args = (f"{message} (in {name})",)


def raised_by_library(error: BaseException) -> bool | None:
    """True for what a `raise` of this package raised, False for what Python or NumPy raised when the package called.

    None for what was raised in anybody else's code.
    """
    trace = error.__traceback__
    if trace is None:
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    package = trace.tb_frame.f_globals.get("__name__", "").partition(".")[0]
    if package == _PACKAGE:
        return trace.tb_frame.f_code.co_code[trace.tb_lasti] == opmap["RAISE_VARARGS"]
    return False if package == "numpy" else None


def _explanation_of_primitive(error: Exception, primitive: Any, args: Sequence[Any]) -> Exception | None:
    name = primitive.name
    explanation = _explanations.get(name)
    found = explanation(error, name, *args) if explanation is not None else None
    if found is not None:
        return found
    arrays = [x for x in args if isinstance(x, np.ndarray)]
    if isinstance(error, np.exceptions.AxisError) and error.axis is not None and error.ndim is not None:
        return out_of_range(name, error.axis, error.ndim)
    if isinstance(error, TypeError) and "ufunc" in str(error):
        return unsupported(primitive, [x.dtype for x in arrays])
    if isinstance(error, OverflowError):
        return RuntimeError(f"{name}: value cannot be converted without overflow: {error}")
    if isinstance(error, ValueError) and "broadcast" in str(error):
        return shape_mismatch(name, *(x.shape for x in arrays))
    if isinstance(error, ValueError | IndexError):
        kind = RuntimeError if isinstance(error, ValueError) else IndexError
        found = kind(f"{name}(): cannot be computed of these arguments: {described(args)}")
        found.__cause__ = error
    return found


def shape_mismatch(operation: str, *shapes: Sequence[int]) -> RuntimeError:
    """The error for shapes that cannot be broadcast together: what PyTorch says, then the operation and all shapes."""
    common: list[int] = []
    phrase = ""
    for shape in shapes:
        ndim = max(len(common), len(shape))
        a, b = ([1] * (ndim - len(s)) + list(s) for s in (common, shape))
        for d in range(ndim - 1, -1, -1):
            if a[d] != b[d] and 1 not in (a[d], b[d]) and not phrase:
                phrase = (
                    f"The size of tensor a ({a[d]}) must match the size of tensor b ({b[d]}) at non-singleton "
                    f"dimension {d}"
                )
        common = [n if m == 1 else m for m, n in zip(a, b, strict=True)]
    return RuntimeError(
        f"{phrase or 'The shapes do not match'}. {operation}: the shapes {listed_shapes(shapes)} cannot be broadcast "
        f"together. From the last dimension backward, sizes must be equal, or one of them 1 or missing"
        f"{_reshaping([tuple(shape) for shape in shapes])}"
    )


def _reshaping(shapes: Sequence[tuple[int, ...]]) -> str:
    """A change of one of two shapes with which they could be broadcast, as advice; nothing if there is none."""
    if len(shapes) != 2:
        return ""
    for which, (shape, other) in {"second": shapes[::-1], "first": shapes}.items():
        for d in range(1, len(shape) + 1):
            longer = (*shape[:d], 1, *shape[d:])
            if len(longer) <= len(other) and broadcastable(longer, other):
                return f": unsqueeze({d}) of the {which}, with the shape {list(longer)}, would fit"
    first, second = shapes
    if len(first) == len(second) == 2 and broadcastable(first, second[::-1]):
        return f": the second transposed, with the shape {list(second[::-1])}, would fit"
    return ""


def broadcastable(*shapes: Sequence[int]) -> bool:
    """Check that from the last dimension backward, sizes are equal, or 1, or missing."""
    longest = max(map(len, shapes))
    columns = zip(*((1,) * (longest - len(s)) + tuple(s) for s in shapes), strict=True)
    return all(len({n for n in column if n != 1}) <= 1 for column in columns)


def out_of_range(operation: str, dim: int, ndim: int) -> IndexError:
    """The error for a dimension that there is not; a 0-d Tensor has, as in PyTorch, a dimension 0 here."""
    size = max(ndim, 1)
    return IndexError(
        f"Dimension out of range (expected to be in range of [{-size}, {size - 1}], but got {dim}). {operation}: a "
        f"Tensor of {ndim} dimensions has no dimension {dim}"
    )


def unsupported(primitive: Any, dtypes: Iterable[Any]) -> Exception:
    """The error for dtypes in which a primitive cannot be computed."""
    given = list(dtypes)
    names = " and ".join(dict.fromkeys(map(str, given)))
    kinds = {"f": ".float()", "i": ".long()", "b": ".bool()"}
    tried = {np.dtype(dtype).kind for dtype in given}
    ways = [way for kind, way in kinds.items() if kind in primitive.kinds and kind not in tried]
    return NotImplementedError(f'"{primitive.name}" not implemented for {names}: use {" or ".join(ways)} first')


def refuse_bools(primitive: Any, values: Sequence[Any]) -> None:
    """Refuse a difference of bools, of which PyTorch says that it is usually a mistake."""
    bools = [x for x in values if getattr(x, "dtype", None) == np.bool_ or isinstance(x, bool)]
    if len(values) == 1 and bools:
        phrase, way_out = "Negation, the `-` operator, on a bool tensor is not supported.", _INVERT
    elif len(bools) > 1:
        phrase = "Subtraction, the `-` operator, with two bool tensors is not supported."
        way_out = "Use the `^` or `logical_xor()` operator instead."
    elif bools:
        phrase, way_out = "Subtraction, the `-` operator, with a bool tensor is not supported.", _INVERT
    else:
        return
    raise RuntimeError(f"{phrase} {way_out} {primitive.name}: .float() or .long() makes numbers of bools")


_INVERT = "If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."


def listed_shapes(shapes: Iterable[Sequence[int]]) -> str:
    """Shapes in a sentence: "[2, 3], [3] and [4]"."""
    *most, last = [str(list(shape)) for shape in shapes]
    return f"{', '.join(most)} and {last}" if most else last


def described(args: Iterable[Any]) -> str:
    """The arguments in a word or two each: dtypes and shapes of arrays, other values as they are."""
    texts = (f"{x.dtype} of shape {list(x.shape)}" if isinstance(x, np.ndarray) else repr(x) for x in args)
    return ", ".join(text if len(text) <= 40 else text[:37] + "..." for text in texts)


def freed(name: str) -> RuntimeError:
    return RuntimeError(
        "Trying to backward through the graph a second time (or directly access saved tensors after they have already "
        f"been freed): {name}() has freed what it had saved for its derivative. If you want to go through the same "
        "graph twice, pass retain_graph=True to the first backward(). If this happens from one training step to the "
        "next, a value carried over (a state, a sum of losses) still holds the last step's graph: carry x.detach()"
    )


def changed(name: str, array: Any) -> RuntimeError:
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"{name}() saved an array of shape {array.shape} ({array.dtype}) for its derivative, and the memory was "
        "written before backward() read it (by step(), in place, through a view or .data, or a NumPy array that shares "
        "it). Change a copy instead (x = x + 1, or x.clone(), not x += 1), or call backward() first"
    )


def invalid_gradient(name: str, shape: Any, expected: Any) -> RuntimeError:
    return RuntimeError(
        f"{name}: its derivative returned an invalid gradient: got {list(shape)}, but expected shape compatible with "
        f"{list(expected)}"
    )


def inference_saved() -> RuntimeError:
    return RuntimeError(
        "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
        "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it "
        "in autograd, or use `no_grad()` instead of `inference_mode()`."
    )


def inference_written() -> RuntimeError:
    return RuntimeError(
        "Inplace update to inference tensor outside InferenceMode is not allowed. You can make a clone to get a normal "
        "tensor before doing inplace update."
    )


def inference_leaf() -> RuntimeError:
    return RuntimeError(
        "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed. Set it on a clone"
    )


def warn(message: str) -> None:
    """Warn, and name the line of the user's code that called the library."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == _PACKAGE:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, UserWarning, stacklevel=level)


def warn_of_cycle() -> None:
    """Warn of `backward(create_graph=True)`, as PyTorch does."""
    warn(
        "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient "
        "which can cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you "
        "have to use this function, make sure to reset the .grad fields of your parameters to None after use to break "
        "the cycle and avoid the leak. (Here there is no cycle, but until then each gradient keeps its whole graph.)"
    )


def no_history(i: int) -> RuntimeError:
    return RuntimeError(
        f"element {i} of tensors does not require grad and does not have a grad_fn: nothing that it was computed from "
        "has requires_grad=True (or it was detached, or made under no_grad, or by backward without create_graph=True)"
    )


def not_an_output(i: int, given: Any) -> Exception:
    """The error for something else than a Tensor where a Tensor is to be differentiated."""
    return AssertionError(
        f"Expected output to be a torch.Tensor, but output {i} is a {type(given).__name__}: compute the outputs "
        "from Tensors that require gradients"
    )


def not_differentiable(given: Any) -> Exception:
    """The error for something else than a Tensor to differentiate by."""
    return RuntimeError(
        f"all inputs have to be Tensors or GradientEdges, but got {type(given).__name__}: differentiate by the Tensors "
        "that the outputs were computed from"
    )


def not_required(shape: Any) -> RuntimeError:
    way_out = "Call requires_grad_() on it before the outputs are made of it"
    return RuntimeError(
        f"One of the differentiated Tensors does not require grad: that of shape {list(shape)}. {way_out}"
    )


def not_scalar(shape: Any) -> RuntimeError:
    return RuntimeError(
        f"grad can be implicitly created only for scalar outputs: this one has the shape {list(shape)}. Reduce it "
        "first (y.sum().backward()), or pass its gradient (y.backward(ones_like(y)))"
    )


def mismatched(i: int, gradient: Any, output: Any) -> RuntimeError:
    return RuntimeError(
        f"Mismatch in shape: grad_output[{i}] has a shape of {list(gradient)} and output[{i}] has a shape of "
        f"{list(output)}. A gradient has the shape of its output, as ones_like(output) has"
    )


def not_floating(dtype: Any) -> RuntimeError:
    return RuntimeError(
        f"only Tensors of floating point dtype can require gradients, not {dtype}: write the values with a point (1. "
        "for 1), or pass dtype=float32"
    )


def not_a_leaf() -> RuntimeError:
    return RuntimeError(
        "you can only change requires_grad flags of leaf variables. Use x.detach() where no gradient is needed"
    )
