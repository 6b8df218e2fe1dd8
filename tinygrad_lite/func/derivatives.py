"""The transforms that differentiate: each makes of a function another function, of derivatives.

They differ from `autograd.grad` in that nothing has to require a gradient, and that they can stand inside each other
and inside `vmap`. A derivative in a direction (`jvp`) is taken by differentiating a backward pass by its cotangents, in
which it is linear.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

from ..core.edge import reshape
from ..core.tensor import wrap
from ..functions.joining import split_with_sizes
from ..ops.creation import eye
from ..ops.shape import narrow, permute
from ..tensors.tensor import Tensor
from .graphs import Graph, ones_of, unrecorded, while_recording, zeros_of
from .no_backward import within_transform
from .pytrees import Structure, flatten, mapped, unflatten
from .vectorizing import vmap

Function = Callable[..., Any]
P = ParamSpec("P")
Y = TypeVar("Y")
Argnums = int | tuple[int, ...]


# -------------------------------------------------------------------------------------------------- arguments


def _chosen(args: tuple[Any, ...], argnums: Any) -> Any:
    """The arguments to differentiate by: one, or a tuple of them.

    Raises:
        RuntimeError: if there are none of these numbers, or they are no numbers.
    """
    if not isinstance(argnums, (int, tuple)):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    numbers = (argnums,) if isinstance(argnums, int) else argnums
    if not numbers:
        raise RuntimeError("argnums must be non-empty")
    if len(set(numbers)) < len(numbers):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    for i in numbers:
        if not isinstance(i, int):
            raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(i)}")
        if not -len(args) <= i < len(args):
            raise RuntimeError(f"Got argnum={i}, but only {len(args)} positional inputs")
    return args[argnums] if isinstance(argnums, int) else tuple(args[i] for i in numbers)


def _replaced(args: tuple[Any, ...], argnums: Argnums, new: Any) -> tuple[Any, ...]:
    """The arguments with those of these numbers replaced."""
    result = list(args)
    if isinstance(argnums, int):
        result[argnums] = new
        return tuple(result)
    for i, value in zip(argnums, new, strict=True):
        result[i] = value
    return tuple(result)


def _variables(tree: Any, writable: bool = False) -> tuple[Graph, Structure]:
    """The graph whose variables are the leaves of a tree, and the structure of the tree."""
    leaves, structure = flatten(tree)
    for x in leaves:
        if not isinstance(x, Tensor):
            raise ValueError(f"Thing passed to transform API must be Tensor, got {type(x)}")
    return while_recording(Graph, leaves, None, writable), structure


def _split_aux(name: str, output: Any, has_aux: bool) -> tuple[Any, Any]:
    """The output of a function, and what it returns beside it."""
    if not has_aux:
        return output, None
    if not (isinstance(output, tuple) and len(output) == 2):
        raise RuntimeError(f"{name}: output of function f should be a tuple: (output, aux) if has_aux is True")
    for x in flatten(output[1])[0]:
        if not isinstance(x, Tensor):
            raise RuntimeError(f"Expected tensors, got unsupported type {type(x)}")
    return output


def _tensors_only(name: str, leaves: Sequence[Any]) -> None:
    for x in leaves:
        if not isinstance(x, Tensor):
            raise RuntimeError(f"{name}: expected f(*primals) to return only tensors, got unsupported type {type(x)}")


# --------------------------------------------------------------------------------------------------- gradients


def grad(func: Callable[P, Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[P, Any]:
    """Make of a function that returns a single number the function of its gradient.

    Args:
        func: takes Tensors, or nested tuples, lists and dicts of them, and returns a Tensor without dimensions.
        argnums: the number of the argument to differentiate by, or a tuple of numbers.
        has_aux: whether `func` returns a pair, of which only the first is differentiated.

    Returns:
        A function of the same arguments. It returns the gradient, in the structure of the argument (for several, a
        tuple); with `has_aux` in a pair with the second of `func`.

    Raises:
        RuntimeError: if `func` returns no single number, or there is no such argument.
        ValueError: if what is to be differentiated by is no Tensor.

    >>> import tinygrad_lite as tl
    >>> cosine = tl.func.grad(tl.sin)
    >>> cosine(tl.tensor(0.0)), tl.func.grad(cosine)(tl.tensor(0.0))
    (tensor(1.), tensor(-0.))
    """

    @functools.wraps(func, updated=())
    def gradient(*args: P.args, **kwargs: P.kwargs) -> Any:
        gradients, value = _grad_and_value(func, argnums, has_aux, args, kwargs)
        return (gradients, value[1]) if has_aux else gradients

    return gradient


def grad_and_value(func: Callable[P, Y], argnums: Argnums = 0, has_aux: bool = False) -> Callable[P, tuple[Any, Y]]:
    """Make of a function that returns a single number the function of its gradient and its value.

    Args:
        func, argnums, has_aux: as for `grad`.

    Returns:
        A function of the same arguments, which returns the gradient and the value of `func`; with `has_aux` the second
        is the pair that `func` returns.

    Raises:
        RuntimeError: as `grad`.
        ValueError: as `grad`.

    >>> import tinygrad_lite as tl
    >>> tl.func.grad_and_value(lambda x: (x * x).sum())(tl.tensor([1.0, 2.0]))
    (tensor([2., 4.]), tensor(5.))
    """

    @functools.wraps(func, updated=())
    def gradient_and_value(*args: P.args, **kwargs: P.kwargs) -> Any:
        return _grad_and_value(func, argnums, has_aux, args, kwargs)

    return gradient_and_value


def _grad_and_value(func: Function, argnums: Argnums, has_aux: bool, args: Any, kwargs: Any) -> tuple[Any, Any]:
    name = "grad_and_value(f)(*args)"
    graph, structure = _variables(_chosen(args, argnums))
    given = _replaced(args, argnums, unflatten(graph.variables, structure))
    output, aux = _split_aux(
        name, while_recording(within_transform, functools.partial(func, *given, **kwargs)), has_aux
    )
    if not isinstance(output, Tensor):
        raise RuntimeError(f"{name}: Expected f(*args) to return a Tensor, got {type(output)}")
    if output.ndim:
        raise RuntimeError(
            f"{name}: Expected f(*args) to return a scalar Tensor, got tensor with {output.ndim} dims. Maybe you "
            "wanted to use the vjp or jacrev APIs instead?"
        )
    graph.set_results([output])
    value, aux = graph.released(output), mapped(graph.released, aux)
    keep = any(isinstance(x, Tensor) and x.requires_grad for x in flatten(aux)[0])
    gradients = while_recording(functools.partial(graph.pull, [ones_of(output)], keep or None))
    return mapped(unrecorded, unflatten(gradients, structure)), (value, aux) if has_aux else value


def vjp(func: Function, *primals: Any, has_aux: bool = False) -> Any:
    """Compute a function, and the function that takes v to v·J, the vector-Jacobian product of its Jacobian J.

    Args:
        func: takes the primals, and returns Tensors or nested tuples, lists and dicts of them.
        primals: the arguments: Tensors, or nested tuples, lists and dicts of them.
        has_aux: whether `func` returns a pair, of which only the first is differentiated.

    Returns:
        The outputs, and a function. It takes cotangents, in the structure of the outputs, and returns a tuple of the
        products, one for each primal. It may be called several times. With `has_aux` the second of `func` is the third.

    Raises:
        RuntimeError: if `func` returns anything but Tensors; by the function if an output is not floating, or the
            cotangents differ from the outputs in structure or shape.
        ValueError: if a primal is no Tensor.

    >>> import tinygrad_lite as tl
    >>> out, pull = tl.func.vjp(lambda x, y: x * y, tl.tensor([1.0, 2.0]), tl.tensor([3.0, 4.0]))
    >>> pull(tl.tensor([1.0, 10.0]))
    (tensor([ 3., 40.]), tensor([ 1., 20.]))
    """
    graph, structure = _variables(primals)
    given = unflatten(graph.variables, structure)
    output, aux = _split_aux(
        "vjp(f, *primals)", while_recording(within_transform, functools.partial(func, *given)), has_aux
    )
    outputs, out_structure = flatten(output)
    _tensors_only("vjp(f, *primals)", outputs)
    graph.set_results(outputs)

    def pull(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        found, found_structure = flatten(cotangents)
        if found_structure != out_structure:
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the "
                f"function. cotangents: {found_structure!r}, primal output: {out_structure!r}"
            )
        for i, (g, y) in enumerate(zip(found, outputs, strict=True)):
            if y.dtype.kind != "f":
                raise RuntimeError(
                    "vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor with dtype "
                    f"torch.{y.dtype}"
                )
            if g.shape != y.shape:
                raise RuntimeError(
                    f"Mismatch in shape: grad_output[{i}] has a shape of torch.Size({list(g.shape)}) and output[{i}] "
                    f"has a shape of torch.Size({list(y.shape)})."
                )
        return mapped(unrecorded, unflatten(while_recording(graph.pull, found, bool(retain_graph)), structure))

    released = unflatten([graph.released(y) for y in outputs], out_structure)
    return (released, pull, mapped(graph.released, aux)) if has_aux else (released, pull)


# ------------------------------------------------------------------------------------------- forward derivatives


def jvp(func: Function, primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> Any:
    """Compute a function, and the derivative of its outputs in one direction: J·v, with its Jacobian J.

    What the function computes under `no_grad()` counts as a constant. PyTorch differentiates that too.

    Args:
        func: takes the primals, and returns Tensors or nested tuples, lists and dicts of them.
        primals: a tuple of the arguments, to which the function may write in place.
        tangents: the direction v, in the structure and the shapes of the primals.
        strict: raise if an output does not depend on the primals, rather than give zeros.
        has_aux: whether `func` returns a pair, of which only the first is differentiated.

    Returns:
        The outputs, and J·v in their structure. For an output that is not floating that is 0. With `has_aux` the second
        of `func` is the third.

    Raises:
        RuntimeError: if primals and tangents differ in structure or shape, or are no Tensors; as `strict` says; if the
            function overwrites in place what a backward pass needs.
        ValueError: if a primal is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.func.jvp(lambda x: x**2, (tl.tensor([1.0, 3.0]),), (tl.tensor([1.0, 10.0]),))
    (tensor([1., 9.]), tensor([ 2., 60.]))
    """
    name = "jvp(f, primals, tangents)"
    if not isinstance(primals, tuple):
        raise RuntimeError(f"{name}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals).")
    leaves, structure = flatten(primals)
    directions, given_structure = flatten(tangents)
    if structure != given_structure:
        raise RuntimeError(
            f"{name}: Expected primals and tangents to have the same python structure. For example, if primals is a "
            f"tuple of 3 tensors, tangents also must be. Got primals with structure {structure!r} and tangents with "
            f"structure {given_structure!r}"
        )
    if not leaves:
        raise RuntimeError(f"{name}: Expected primals to contain at least one Tensor.")
    for argument, values in (("primals", leaves), ("tangents", directions)):
        for x in values:
            if not isinstance(x, Tensor):
                raise RuntimeError(f"{name}: Expected {argument} to only contain Tensors, got {type(x)}")
    for x, v in zip(leaves, directions, strict=True):
        _check_floating(x)
        if x.shape != v.shape:
            raise RuntimeError(
                "Trying to set a forward gradient that has a different size than that of the original Tensor, this is "
                f"not supported. Tensor is of size {list(x.shape)} while the given forward gradient is of size "
                f"{list(v.shape)}."
            )
    linear = Linearized(func, primals, has_aux, name)
    if strict and not all(linear.depends):
        raise RuntimeError(
            "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. This is not allowed "
            "with strict=True."
        )
    found = unflatten(linear.push(directions), linear.structure)
    return (linear.outputs, found, linear.aux) if has_aux else (linear.outputs, found)


def _check_floating(x: Any) -> None:
    if x.dtype.kind != "f":
        raise ValueError(f"Expected primal to be floating point or complex, but got: torch.{x.dtype}")


class Linearized:
    """The value of a function at a point, and its derivative there, which is linear in the direction.

    The backward pass is linear in the cotangents. Its derivative by them, which is another backward pass, is therefore
    the derivative of the function in a direction.
    """

    def __init__(self, func: Function, primals: tuple[Any, ...], has_aux: bool, name: str) -> None:
        self.graph, structure = _variables(primals, writable=True)
        given = unflatten(self.graph.variables, structure)
        output, aux = _split_aux(name, while_recording(within_transform, functools.partial(func, *given)), has_aux)
        self._results, self.structure = flatten(output)
        _tensors_only(name, self._results)
        self.outputs = unflatten([self.graph.released(y) for y in self._results], self.structure)
        self.aux = mapped(self.graph.released, aux)
        while_recording(self._transpose)

    def _transpose(self) -> None:
        """Run the backward pass, with cotangents that can be differentiated by."""
        self._floating = [y for y in self._results if y.dtype.kind == "f"]
        # Their values do not matter, as long as a product with them is neither 0 nor infinite.
        seeds = Graph([ones_of(y) for y in self._floating], self.graph)
        self.depends = [y.requires_grad for y in self._results]
        self.graph.set_results(self._floating)
        seeds.set_results(self.graph.pull(seeds.variables, True, True))
        self._seeds = seeds

    def push(self, tangents: Sequence[Any]) -> list[Any]:
        """The derivatives of the outputs in a direction, in which the primals change as the tangents say."""
        given = [v if v.dtype == x.dtype else v.to(x.dtype) for v, x in zip(tangents, self.graph.given, strict=True)]
        found = iter(while_recording(self._seeds.pull, given))
        return [unrecorded(next(found)) if y.dtype.kind == "f" else zeros_of(y) for y in self._results]


def linearize(func: Function, *primals: Any) -> tuple[Any, Function]:
    """Compute a function, and its derivative at this point as a function of the direction.

    It is what `jvp` computes, without computing the function again for each direction.

    Args:
        func: takes the primals, and returns Tensors or nested tuples, lists and dicts of them.
        primals: the arguments: Tensors, or nested tuples, lists and dicts of them.

    Returns:
        The outputs, and a function that takes tangents, one for each primal, to the derivatives of the outputs.

    Raises:
        RuntimeError: by the function, if the tangents differ from the primals in structure, shape or dtype.
        ValueError: if a primal is no Tensor, or not floating.

    >>> import tinygrad_lite as tl
    >>> out, derivative = tl.func.linearize(lambda x: x**2, tl.tensor([1.0, 3.0]))
    >>> derivative(tl.tensor([1.0, 0.0])), derivative(tl.tensor([0.0, 1.0]))
    (tensor([2., 0.]), tensor([0., 6.]))
    """
    leaves, structure = flatten(primals)
    for x in leaves:
        if isinstance(x, Tensor):
            _check_floating(x)
    linear = Linearized(func, primals, False, "linearize(f, *primals)")

    def derivative(*tangents: Any) -> Any:
        found, found_structure = flatten(tangents)
        if found_structure != structure:
            raise RuntimeError(
                f"Expected the tangents {found_structure!r} to have the same argspec as the primals {structure!r}"
            )
        for i, (v, x) in enumerate(zip(found, leaves, strict=True)):
            if v.shape != x.shape:
                raise RuntimeError(
                    f"tangent:{i} with shape torch.Size({list(v.shape)}) in flattened pytree doesn't match the shape "
                    f"torch.Size({list(x.shape)}) of the corresponding primal."
                )
            if v.dtype != x.dtype:
                raise RuntimeError(
                    f"tangent:{i} with dtype torch.{v.dtype} in flattened pytree doesn't match the dtype "
                    f"torch.{x.dtype} of the corresponding primal."
                )
        return unflatten(linear.push(found), linear.structure)

    return linear.outputs, derivative


# --------------------------------------------------------------------------------------------------- Jacobians


def _basis(like: Sequence[Any]) -> list[Any]:
    """The unit vectors of the space of all elements of some Tensors, along the first dimension, for each of them."""
    sizes = [x._data.size for x in like]
    total = sum(sizes)
    found, start = [], 0
    for x, size in zip(like, sizes, strict=True):
        columns = narrow(wrap(eye(total, total, x.dtype)), 1, start, size)
        found.append(reshape(columns, (total, *x._data.shape)))
        start += size
    return found


def _rows_of(values: Any, like: Sequence[Any]) -> list[Any]:
    """The parts of a Tensor along its first dimension that belong to the elements of each of some Tensors."""
    sizes = [x._data.size for x in like]
    return [
        reshape(part, (*x._data.shape, *values.shape[1:]))
        for part, x in zip(split_with_sizes(values, sizes, 0), like, strict=True)
    ]


def jacrev(
    func: Callable[P, Any],
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Callable[P, Any]:
    """Make of a function the function of its Jacobian, by backward passes: for more inputs than outputs.

    Args:
        func: takes Tensors, or nested tuples, lists and dicts of them, and returns such.
        argnums: the number of the argument to differentiate by, or a tuple of numbers.
        has_aux: whether `func` returns a pair, of which only the first is differentiated.
        chunk_size: the number of rows to be computed at a time; None for all.

    Returns:
        A function of the same arguments. For an output of shape T and an argument of shape S it returns a Tensor
        (*T, *S), in the structure of the outputs, and in each place that of the arguments.

    Raises:
        RuntimeError: if an output is no floating Tensor, or there is no such argument.
        ValueError: if what is to be differentiated by is no Tensor, and for a `chunk_size` that is not positive.

    >>> import tinygrad_lite as tl
    >>> tl.func.jacrev(lambda x: x**2)(tl.tensor([1.0, 3.0]))
    tensor([[2., 0.],
            [0., 6.]])
    """
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @functools.wraps(func, updated=())
    def jacobian(*args: P.args, **kwargs: P.kwargs) -> Any:
        chosen = _chosen(args, argnums)

        def of_chosen(new: Any) -> Any:
            return func(*_replaced(args, argnums, new), **kwargs)

        output, pull, *aux = vjp(of_chosen, chosen, has_aux=has_aux)
        outputs, out_structure = flatten(output)
        inputs, structure = flatten(chosen)

        def pull_leaves(*cotangents: Any) -> Any:
            return flatten(pull(unflatten(cotangents, out_structure)))[0]

        columns = vmap(pull_leaves, chunk_size=chunk_size)(*_basis(outputs))
        by_input = [_rows_of(column, outputs) for column in columns]
        rows = [unflatten([by_input[j][i] for j in range(len(inputs))], structure) for i in range(len(outputs))]
        found = unflatten(rows, out_structure)
        return (found, aux[0]) if has_aux else found

    return jacobian


def jacfwd(
    func: Callable[P, Any], argnums: Argnums = 0, has_aux: bool = False, *, randomness: str = "error"
) -> Callable[P, Any]:
    """Make of a function the function of its Jacobian, by derivatives in each direction: for more outputs than inputs.

    Args:
        func, argnums, has_aux: as for `jacrev`.
        randomness: accepted as PyTorch does. The function is computed once here, outside of any vmap.

    Returns:
        A function as that of `jacrev`. By an output that is not floating there are zeros.

    Raises:
        RuntimeError: if an output is no Tensor, or there is no such argument.
        ValueError: if what is to be differentiated by is no floating Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.func.jacfwd(lambda x: x**2)(tl.tensor([1.0, 3.0]))
    tensor([[2., 0.],
            [0., 6.]])
    """

    @functools.wraps(func, updated=())
    def jacobian(*args: P.args, **kwargs: P.kwargs) -> Any:
        chosen = _chosen(args, argnums)
        inputs, structure = flatten(chosen)

        def of_leaves(*leaves: Any) -> Any:
            return func(*_replaced(args, argnums, unflatten(leaves, structure)), **kwargs)

        for x in inputs:
            if isinstance(x, Tensor):
                _check_floating(x)
        linear = Linearized(of_leaves, tuple(inputs), has_aux, "jvp(f, primals, tangents)")
        columns = vmap(lambda *tangents: linear.push(tangents), out_dims=-1)(*_basis(inputs))
        rows = []
        for column in columns:
            ndim = len(column.shape) - 1
            by_input = [
                permute(part, (*range(part.ndim - ndim, part.ndim), *range(part.ndim - ndim)))
                for part in _rows_of(permute(column, (ndim, *range(ndim))), inputs)
            ]
            rows.append(unflatten(by_input, structure))
        found = unflatten(rows, linear.structure)
        return (found, linear.aux) if has_aux else found

    return jacobian


def hessian(func: Callable[P, Any], argnums: Argnums = 0) -> Callable[P, Any]:
    """Make of a function the function of its second derivatives: the `jacfwd` of its `jacrev`.

    Args:
        func: takes Tensors, or nested tuples, lists and dicts of them, and returns such.
        argnums: the number of the argument to differentiate by, or a tuple of numbers.

    Returns:
        A function of the same arguments. For an output of shape T and an argument of shape S it returns a Tensor
        (*T, *S, *S).

    Raises:
        RuntimeError: if an output is no floating Tensor, or there is no such argument.
        ValueError: if what is to be differentiated by is no floating Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.func.hessian(lambda x: (x**3).sum())(tl.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacfwd(jacrev(func, argnums), argnums)
