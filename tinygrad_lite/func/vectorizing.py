"""`vmap`: a function of one sample becomes a function of many."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

from ..core.edge import clone, expand
from ..core.modes import call_in_mode
from ..core.versions import owner
from ..functions.joining import cat
from ..functions.reshaping import movedim
from ..ops.shape import narrow
from ..tensors.tensor import Tensor
from .batching import Batching
from .operands import at_level, front, joined, moved
from .pytrees import Structure, flatten, repeated, unflatten

P = ParamSpec("P")
Y = TypeVar("Y")

_RANDOMNESS = ("error", "different", "same")


def vmap(
    func: Callable[P, Y],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[P, Y]:
    """Make of a function of one sample a function of many, which computes them all at once.

    `vmap(func)(x)` is `stack([func(sample) for sample in x])`, but each operation is applied to all samples together.
    It may stand inside of other transforms, and they inside of it: `vmap(grad(loss))` gives the gradient of each
    sample.

    Args:
        func: takes Tensors, or nested tuples, lists and dicts of them, and returns such. Keyword arguments are handed
            on as they are.
        in_dims: which dimension of each input the samples are along, or None for an input that is the same for all;
            for several inputs a tuple, nested as they are.
        out_dims: where the dimension of the samples is to be in each output; None for one that is the same for all.
        randomness: whether random numbers are to be "different" for each sample, or the "same"; by default they raise.
        chunk_size: the number of samples to be computed at a time; None for all.

    Returns:
        A function that takes the same arguments, with a dimension more.

    Raises:
        ValueError: if `in_dims`, `out_dims` or `chunk_size` do not fit, there is no input, or the sizes differ.
        RuntimeError: for another `randomness`; and when `func` draws random numbers, reads the values of a Tensor in
            Python, or makes a result whose shape depends on values.

    >>> import tinygrad_lite as tl
    >>> x, y = tl.arange(6.0).reshape(3, 2), tl.ones(2)
    >>> tl.func.vmap(tl.dot, in_dims=(0, None))(x, y)
    tensor([1., 5., 9.])
    """
    if randomness not in _RANDOMNESS:
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func, updated=())
    def mapped_function(*args: P.args, **kwargs: P.kwargs) -> Any:
        return vectorized(func, in_dims, out_dims, randomness, chunk_size, args, kwargs)

    return mapped_function


def vectorized(
    func: Callable[..., Any],
    in_dims: Any,
    out_dims: Any,
    randomness: str,
    chunk_size: int | None,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """The result of a function for all samples of its arguments."""
    if not callable(func):
        raise TypeError(f"{type(func).__name__!r} object is not callable: vmap takes a function")
    name = getattr(func, "__name__", None) or repr(func)
    inputs, dims, structure, size = _inputs(name, in_dims, args)
    call = functools.partial(_run, func, name, out_dims, randomness, dims, structure, kwargs)
    if chunk_size is None or chunk_size >= size:
        return unflatten(*call(size, inputs))
    parts = []
    for start in range(0, size, chunk_size):
        length = min(chunk_size, size - start)
        chunk = [x if d is None else narrow(x, d, start, length) for x, d in zip(inputs, dims, strict=True)]
        parts.append(call(length, chunk))
    out_structure = parts[0][1]
    columns = zip(*[results for results, _ in parts], strict=True)
    results = [
        column[0] if place is None else cat(list(column), place)
        for column, place in zip(columns, _out_dims(name, out_dims, out_structure), strict=True)
    ]
    return unflatten(results, out_structure)


def _inputs(name: str, in_dims: Any, args: tuple[Any, ...]) -> tuple[list[Any], list[Any], Structure, int]:
    """The leaves of the arguments, the dimension of the samples of each, their structure, and the number of samples."""
    where = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>)"
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(
            f"{where}: expected `in_dims` to be int or a (potentially nested) tuple matching the structure of inputs, "
            f"got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a "
            "function with no inputs. The latter is unsupported."
        )
    leaves, structure = flatten(args)
    dims = repeated(in_dims, structure)
    if dims is None:
        raise ValueError(
            f"{where}: in_dims is not compatible with the structure of `inputs`. in_dims has structure "
            f"{flatten(in_dims)[1]!r} but inputs has structure {structure!r}."
        )
    for i, (x, dim) in enumerate(zip(leaves, dims, strict=True)):
        if dim is None:
            continue
        if not isinstance(dim, int):
            raise ValueError(
                f"{where}: Got in_dim={dim} for an input but in_dim must be either an integer dimension or None."
            )
        if not isinstance(x, Tensor):
            raise ValueError(
                f"{where}: Got in_dim={dim} for an input but the input is of type {type(x)}. We cannot vmap over "
                "non-Tensor arguments, please use None as the respective in_dim"
            )
        if not -x.ndim <= dim < x.ndim:
            raise ValueError(
                f"{where}: Got in_dim={dim} for some input, but that input is a Tensor of dimensionality {x.ndim} so "
                f"expected in_dim to satisfy -{x.ndim} <= in_dim < {x.ndim}."
            )
        dims[i] = dim % x.ndim
    sizes = [x.shape[d] for x, d in zip(leaves, dims, strict=True) if d is not None]
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over, but every in_dim is None")
    if len(set(sizes)) > 1:
        raise ValueError(
            f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sizes} for the "
            "mapped dimension"
        )
    return leaves, dims, structure, sizes[0]


def _run(
    func: Callable[..., Any],
    name: str,
    out_dims: Any,
    randomness: str,
    dims: Sequence[Any],
    structure: Structure,
    kwargs: dict[str, Any],
    size: int,
    inputs: Sequence[Any],
) -> tuple[list[Any], Structure]:
    """The leaves of the results for `size` samples, and their structure."""
    batching = Batching(size, randomness)
    level = batching.level
    args = [x if d is None else joined(moved(x, d, 0), level) for x, d in zip(inputs, dims, strict=True)]
    result = call_in_mode(None, functools.partial(func, *unflatten(args, structure), **kwargs), tracer=batching)
    outputs, out_structure = flatten(result)
    places = _out_dims(name, out_dims, out_structure)
    given = {id(owner(x._data)) for x in inputs if isinstance(x, Tensor)}
    found = [_output(x, d, size, level, name, given) for x, d in zip(outputs, places, strict=True)]
    return found, out_structure


def _out_dims(name: str, out_dims: Any, structure: Structure) -> list[Any]:
    """The place of the samples' dimension in each output."""
    where = f"vmap({name}, ..., out_dims={out_dims})"
    if not all(d is None or isinstance(d, int) for d in flatten(out_dims)[0]):
        raise ValueError(
            f"{where}: `out_dims` must be an int, None or a python collection of ints representing where in the "
            "outputs the vmapped dimension should appear."
        )
    dims = repeated(out_dims, structure)
    if dims is None and structure.kind is None and isinstance(out_dims, tuple) and len(out_dims) == 1:
        return list(out_dims)
    if dims is None:
        raise ValueError(
            f"{where}(<inputs>): out_dims is not compatible with the structure of `outputs`. out_dims has structure "
            f"{flatten(out_dims)[1]!r} but outputs has structure {structure!r}."
        )
    return dims


def _output(x: Any, dim: Any, size: int, level: int, name: str, given: set[int]) -> Any:
    """An output with the samples along one of its dimensions; `given` are the ids of the arguments' memory."""
    if dim is None:
        if isinstance(x, Tensor) and at_level(x, level) is not x:
            raise ValueError(f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None")
        return x
    if not isinstance(x, Tensor):
        raise ValueError(
            f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(x)}. Did you mean to set out_dims= "
            "to None for output?"
        )
    samples = at_level(x, level)
    if samples is x:
        return movedim(expand(x, (size, *x.shape)), 0, dim)
    everything = front(samples, size)
    if id(owner(everything._data)) in given:
        everything = clone(everything)  # an argument would change with it, without its history
    return everything if dim == 0 else movedim(everything, 0, dim)
