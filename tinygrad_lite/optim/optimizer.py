"""Optimizer: parameters in groups, a state for each, and an update rule."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from typing import Any

import numpy as np

from .. import memory
from ..grad_mode import enable_grad
from ..primitive import Array
from ..tensor import Tensor, wrap

PIECE = 1 << 14
"""Elements updated at a time: few enough for all arrays of a rule to stay in a core's cache between its passes."""


class Optimizer:
    """The base of all update rules. A rule is one method, `update`, on arrays in place.

    Args:
        params: Tensors, or dicts of groups, each with its `params` and options of its own.
        defaults: the options of groups that do not say otherwise.

    Raises:
        ValueError: if there are no parameters, or one comes twice.
        TypeError: if one is no Tensor.
    """

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(f"params argument given to the optimizer should be an iterable of Tensors or dicts, but got {type(params).__name__}")
        self.defaults = defaults
        self.state: dict[Tensor, dict[str, Any]] = {}
        self.param_groups: list[dict[str, Any]] = []
        self._scratch: dict[np.dtype[Any], list[Array]] = {}
        self._stepped = False
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with options of their own."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        given = param_group["params"]
        params = [given] if isinstance(given, Tensor) else list(given)
        seen = {id(p) for group in self.param_groups for p in group["params"]}
        for p in params:
            if isinstance(p, tuple) and len(p) == 2:
                raise TypeError("optimizer got (name, Tensor) pairs: pass model.parameters()")
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}")
            if not p.is_leaf:
                raise ValueError("can't optimize a non-leaf Tensor: it was computed, and would be computed again")
            if id(p) in seen:
                raise ValueError("some parameters appear more than once in the optimizer's groups")
            seen.add(id(p))
        self.param_groups.append({"params": params, **self.defaults, **{k: v for k, v in param_group.items() if k != "params"}})

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to 0."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    p._grad = None
                elif p._grad is not None:
                    p._grad = wrap(np.zeros_like(p._grad._data))

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; those without are left alone, state and all.

        Args:
            closure: evaluates the model again and returns the loss, for rules that ask for it.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        found = False
        with np.errstate(all="ignore"):
            for group in self.param_groups:
                for p in group["params"]:
                    grad = p._grad
                    if grad is None:
                        continue
                    found = True
                    state = self.state.get(p)
                    if state is None:
                        state = self.state[p] = self.start(p, group)
                    self.update(p._data, grad._data, state, group)
                    memory.wrote(p._data)
        if not found and not self._stepped:
            warnings.warn(
                "step(): no parameter has a gradient, so nothing was updated. Call loss.backward() first, and check "
                "that the optimizer was given this model's parameters",
                UserWarning,
                stacklevel=2,
            )
        self._stepped = True
        return loss

    def start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        """The state of a parameter before its first step."""
        return {}

    def update(self, p: Array, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Change `p` in place by its gradient `g`."""
        raise NotImplementedError

    def pieces(self, *arrays: Array) -> Iterator[tuple[Array, ...]]:
        """The arrays cut into equal runs of elements, each followed by a scratch array of the same length."""
        flat = [a.reshape(-1) if a.flags.c_contiguous else None for a in arrays]
        if any(f is None for f in flat):
            yield (*arrays, np.empty_like(arrays[0]))
            return
        size = arrays[0].size
        scratch = self._buffer(arrays[0].dtype, min(size, PIECE))
        for start in range(0, size, PIECE):
            stop = min(start + PIECE, size)
            yield (*[f[start:stop] for f in flat], scratch[: stop - start])  # type: ignore[index]

    def _buffer(self, dtype: np.dtype[Any], size: int) -> Array:
        held = self._scratch.get(dtype)
        if held is None or held[0].size < size:
            held = self._scratch[dtype] = [np.empty(size, dtype)]
        return held[0]

    # --------------------------------------------------------------------------------------------------- state

    def state_dict(self) -> dict[str, Any]:
        """Options and states, with parameters numbered in the order of the groups; arrays are shared, not copied."""
        numbers = {p: i for i, p in enumerate(p for group in self.param_groups for p in group["params"])}
        return {
            "state": {numbers[p]: dict(state) for p, state in self.state.items()},
            "param_groups": [
                {**{k: v for k, v in group.items() if k != "params"}, "params": [numbers[p] for p in group["params"]]}
                for group in self.param_groups
            ],
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a `state_dict`: options and states are copied, the parameters stay.

        Raises:
            ValueError: if the groups do not have the same numbers of parameters; nothing has then changed.
        """
        groups = state_dict["param_groups"]
        if len(groups) != len(self.param_groups):
            raise ValueError(
                f"loaded state dict has a different number of parameter groups: {len(groups)}, not {len(self.param_groups)}"
            )
        for new, own in zip(groups, self.param_groups, strict=True):
            if len(new["params"]) != len(own["params"]):
                raise ValueError(
                    "loaded state dict contains a parameter group that doesn't match the size of optimizer's group: "
                    f"{len(new['params'])} parameters, not {len(own['params'])}"
                )
        numbers = [i for group in groups for i in group["params"]]
        params = [p for group in self.param_groups for p in group["params"]]
        by_number = dict(zip(numbers, params, strict=True))
        self.state = {by_number[i]: deepcopy(state) for i, state in state_dict["state"].items() if i in by_number}
        for new, own in zip(groups, self.param_groups, strict=True):
            own.update({k: deepcopy(v) for k, v in new.items() if k != "params"})

    def __repr__(self) -> str:
        lines = []
        for i, group in enumerate(self.param_groups):
            lines += [f"Parameter Group {i}", *(f"    {k}: {group[k]}" for k in sorted(group) if k != "params")]
        return f"{type(self).__name__} (\n" + "\n".join(lines) + "\n)"


def checked(name: str, value: float, low: float = 0.0, high: float = float("inf")) -> float:
    """An option, once it is known to be in [low, high).

    Raises:
        ValueError: if it is not.
    """
    if not low <= value < high:
        raise ValueError(f"Invalid {name}: {value}; it must be at least {low}" + (f" and below {high}" if high < 1e9 else ""))
    return value


