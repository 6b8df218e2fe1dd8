"""How an optimizer's options and states are written down and read back: PyTorch's layout."""

from __future__ import annotations

from collections import defaultdict
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.tensor import wrap
from ...tensors.tensor import Tensor

if TYPE_CHECKING:
    from .optimizer import Group, Optimizer


def pack(optimizer: Optimizer) -> dict[str, Any]:
    """Options and states, with parameters numbered in the order of the groups."""
    numbers = {id(p): i for i, p in enumerate(p for group in optimizer.param_groups for p in group["params"])}
    return {
        "state": {numbers[id(p)] if isinstance(p, Tensor) else p: dict(s) for p, s in optimizer.state.items() if s},
        "param_groups": [
            {**{k: v for k, v in group.items() if k != "params"}, "params": [numbers[id(p)] for p in group["params"]]}
            for group in optimizer.param_groups
        ],
    }


def unpack(optimizer: Optimizer, packed: dict[str, Any]) -> tuple[defaultdict[Any, dict[str, Any]], list[Group]]:
    """States and groups for this optimizer's parameters, copied from what `pack` returned.

    Raises:
        ValueError: if they do not fit.
    """
    pairs = _pairs(packed["param_groups"], optimizer.param_groups)
    groups = [_group(new, old, optimizer.defaults) for new, old in pairs]
    params = {n: (p, new) for new, old in pairs for n, p in zip(new["params"], old["params"], strict=True)}
    state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
    wrong = []
    for number, held in packed["state"].items():
        if number not in params:
            state[number] = deepcopy(held)
            continue
        p, group = params[number]
        state[p] = {k: _own(v, p, k in optimizer.counts) for k, v in held.items()}
        for name in optimizer.slots({**optimizer.defaults, **group}):
            value = state[p].get(name)
            if value is not None and value.shape != p.shape:
                wrong.append(f"state {number} {name}: {list(value.shape)} for a parameter of {list(p.shape)}")
    if wrong:
        raise ValueError("loaded state dict does not fit the optimizer's parameters:\n    " + "\n    ".join(wrong))
    return state, groups


def _pairs(groups: list[Group], own: list[Group]) -> list[tuple[Group, Group]]:
    """Each loaded group with the optimizer's own, once it is known that they have as many parameters."""
    if len(groups) != len(own):
        raise ValueError(
            f"loaded state dict has a different number of parameter groups: {len(groups)}, and the optimizer {len(own)}"
        )
    sizes = [(len(new["params"]), len(old["params"])) for new, old in zip(groups, own, strict=True)]
    if any(new != old for new, old in sizes):
        raise ValueError(
            "loaded state dict contains a parameter group that doesn't match the size of optimizer's group: "
            + ", ".join(
                f"group {i} has {new} parameters, not {old}" for i, (new, old) in enumerate(sizes) if new != old
            )
        )
    return list(zip(groups, own, strict=True))


def _group(new: Group, old: Group, defaults: Group) -> Group:
    """The options of a loaded group with the parameters of ours; options that it does not know are the defaults."""
    names = {"param_names": old["param_names"]} if "param_names" in old else {}
    options = {k: v for k, v in new.items() if k != "params"}
    return {**names, **defaults, **deepcopy(options), "params": old["params"]}


def _own(value: Any, p: Tensor, count: bool = False) -> Any:
    """A copy of a part of the state: arrays as Tensors of the parameter's dtype, whatever keeps count in its own."""
    if isinstance(value, dict):
        return {k: _own(v, p, k == "step") for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_own(v, p) for v in value)
    if count and isinstance(value, int | float):
        return wrap(np.array(value, np.float32))
    if isinstance(value, Tensor | np.ndarray):
        array = value._data if isinstance(value, Tensor) else value
        return wrap(np.array(array, array.dtype if count or p.dtype.kind != "f" else p.dtype))
    return deepcopy(value)
