"""`torch.overrides`: whether arguments take a function over by a method `__torch_function__`, and the call of it.

Functions of this library do not ask their arguments; a function of a user's own that does so in PyTorch's form works.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..core.primitive import Traced

__all__ = [
    "handle_torch_function",
    "has_torch_function",
    "has_torch_function_unary",
    "has_torch_function_variadic",
    "is_tensor_like",
]


def has_torch_function(relevant_args: Iterable[Any]) -> bool:
    """Return True if the type of one of the arguments has a method `__torch_function__`. Tensors have none.

    >>> import tinygrad_lite as tl
    >>> has_torch_function((tl.ones(2), 3))
    False
    """
    return any(_takes_over(x) for x in relevant_args)


def has_torch_function_unary(obj: Any) -> bool:
    """Return True if the type of the argument has a method `__torch_function__`.

    >>> has_torch_function_unary(3)
    False
    """
    return _takes_over(obj)


def has_torch_function_variadic(*args: Any) -> bool:
    """Return True if the type of one of the arguments, given one by one, has a method `__torch_function__`.

    >>> has_torch_function_variadic(3, 4)
    False
    """
    return has_torch_function(args)


def _takes_over(x: Any) -> bool:
    return not isinstance(x, type) and hasattr(type(x), "__torch_function__")


def handle_torch_function(
    public_api: Callable[..., Any], relevant_args: Sequence[Any], *args: Any, **kwargs: Any
) -> Any:
    """Let the arguments that have a method `__torch_function__` compute a function, a subclass's before its parent's.

    Args:
        public_api: the function as users know it.
        relevant_args: the arguments that are asked.
        *args: the arguments of the call.
        **kwargs: and those that are named.

    Raises:
        TypeError: if each of them returns NotImplemented.

    >>> class Logged:
    ...     @classmethod
    ...     def __torch_function__(cls, func, types, args=(), kwargs=None):
    ...         return func.__name__, len(args)
    >>> def relu(x):
    ...     return handle_torch_function(relu, (x,), x) if has_torch_function((x,)) else x
    >>> relu(Logged())
    ('relu', 1)
    """
    asked: list[Any] = []
    for x in relevant_args:
        if _takes_over(x) and type(x) not in map(type, asked):
            later = next((i for i, y in enumerate(asked) if issubclass(type(x), type(y))), len(asked))
            asked.insert(later, x)
    types = tuple(map(type, asked))
    for x in asked:
        result = x.__torch_function__(public_api, types, args, kwargs)
        if result is not NotImplemented:
            return result
    name = f"{public_api.__module__}.{public_api.__name__}"
    raise TypeError(
        f"no implementation found for '{name}' on types that implement __torch_function__: {[*types]}. Each of them "
        "returned NotImplemented"
    )


def is_tensor_like(inp: Any) -> bool:
    """Return True for a Tensor, and for an object whose type has a method `__torch_function__`.

    >>> import tinygrad_lite as tl
    >>> is_tensor_like(tl.ones(2)), is_tensor_like([1.0])
    (True, False)
    """
    return isinstance(inp, Traced) or _takes_over(inp)
