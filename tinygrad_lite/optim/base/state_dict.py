"""Saving and loading an optimizer's options and states, in PyTorch's layout."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np

from ...core.tensor import wrap
from ...tensors.tensor import Tensor
from .flat_groups import State
from .options import Group


def pack(state: dict[Any, Any], param_groups: list[Group]) -> dict[str, Any]:
    """Options and states, with the parameters numbered in the order of the groups."""
    numbers = {id(p): i for i, p in enumerate(p for group in param_groups for p in group["params"])}
    packed: dict[Any, Any] = {}
    for key, held in state.items():
        if not isinstance(key, Tensor):  # an entry of a user's own
            packed[key] = held
        elif held:
            packed[numbers[id(key)]] = dict(held) if isinstance(held, dict) else held
    groups = [
        {**{k: v for k, v in group.items() if k != "params"}, "params": [numbers[id(p)] for p in group["params"]]}
        for group in param_groups
    ]
    return {"state": packed, "param_groups": groups}


def unpack(
    packed: dict[str, Any],
    param_groups: list[Group],
    defaults: Group,
    state_arrays: Callable[[Group], tuple[str, ...]],
    state_scalars: Sequence[str],
) -> tuple[defaultdict[Tensor, State], list[Group]]:
    """States and groups for the parameters of `param_groups`, copied from what `pack` returned.

    Args:
        packed: the result of `pack`.
        param_groups: the groups that the optimizer has.
        defaults: the options of groups that do not say otherwise.
        state_arrays: for a group, the names of what a state keeps for each element of a parameter.
        state_scalars: the names of what a state keeps once for each parameter.

    Raises:
        KeyError: if it is no optimizer's state_dict.
        ValueError: if it does not fit the parameters.
    """
    for key in ("param_groups", "state"):
        if key not in packed:
            raise KeyError(
                f"{key}: this is not the state_dict of an optimizer, which has the keys 'state' and 'param_groups'; "
                f"it has {list(packed)}"
            )
    pairs = _matched(packed["param_groups"], param_groups)
    groups = [_loaded_group(new, old, defaults) for new, old in pairs]
    params = {n: (p, new) for new, old in pairs for n, p in zip(new["params"], old["params"], strict=True)}
    state: defaultdict[Any, Any] = defaultdict(dict)
    wrong = []
    for key, held in packed["state"].items():
        if key not in params or not isinstance(held, dict):
            state[params[key][0] if key in params else key] = deepcopy(held)
            continue
        p, group = params[key]
        state[p] = {k: _copied(v, p, k in state_scalars) for k, v in held.items()}
        for name in state_arrays({**defaults, **group}):
            value = state[p].get(name)
            if value is not None and value.shape != p.shape:
                wrong.append(f"state {key} {name}: {list(value.shape)} for a parameter of {list(p.shape)}")
    if wrong:
        raise ValueError("loaded state dict does not fit the optimizer's parameters:\n    " + "\n    ".join(wrong))
    return state, groups


def _matched(loaded: list[Group], own: list[Group]) -> list[tuple[Group, Group]]:
    """Each loaded group with the optimizer's own, once it is known that they have as many parameters."""
    if len(loaded) != len(own):
        raise ValueError(
            f"loaded state dict has a different number of parameter groups: {len(loaded)}, and the optimizer {len(own)}"
        )
    sizes = [(len(new["params"]), len(old["params"])) for new, old in zip(loaded, own, strict=True)]
    if any(new != old for new, old in sizes):
        raise ValueError(
            "loaded state dict contains a parameter group that doesn't match the size of optimizer's group: "
            + ", ".join(
                f"group {i} has {new} parameters, not {old}" for i, (new, old) in enumerate(sizes) if new != old
            )
        )
    names = [[group.get("param_names") for group in groups] for groups in (loaded, own)]
    if None in names[0] or None in names[1]:
        return list(zip(loaded, own, strict=True))
    return _matched_by_name(loaded, own)


def _matched_by_name(loaded: list[Group], own: list[Group]) -> list[tuple[Group, Group]]:
    """Each loaded group with the own one that has the same names, and its parameters in that one's order.

    Names of which none is known mean nothing: parameters may have been renamed, and are then matched by their places.
    """
    numbers = {name: n for new in loaded for name, n in zip(new["param_names"], new["params"], strict=True)}
    places = {
        name: n
        for new, old in zip(loaded, own, strict=True)
        for name, n in zip(old["param_names"], new["params"], strict=True)
    }
    if len(places) < sum(len(old["params"]) for old in own) or all(numbers.get(k, n) == n for k, n in places.items()):
        return list(zip(loaded, own, strict=True))
    if numbers.keys() != places.keys():
        moved = [name for name, n in places.items() if numbers.get(name, n) != n]
        raise ValueError(
            "loaded state dict has some of the optimizer's parameter names, but at other places, where they would get "
            f"the states of others: {moved}. Without names (parameters(), not named_parameters()) the places count"
        )
    by_names = {frozenset(new["param_names"]): new for new in loaded}
    pairs = [(by_names.get(frozenset(old["param_names"]), new), old) for new, old in zip(loaded, own, strict=True)]
    return [
        (
            {**new, "params": [numbers[name] for name in old["param_names"]], "param_names": list(old["param_names"])},
            old,
        )
        for new, old in pairs
    ]


def _loaded_group(new: Group, old: Group, defaults: Group) -> Group:
    """The options of a loaded group with the optimizer's own parameters; options that it lacks are the defaults."""
    names = {"param_names": old["param_names"]} if "param_names" in old else {}
    options = {k: v for k, v in new.items() if k != "params"}
    return {**names, **defaults, **deepcopy(options), "params": old["params"]}


def _copied(value: Any, p: Tensor, scalar: bool = False) -> Any:
    """A copy of a part of a state: arrays become Tensors of the parameter's dtype, and scalars keep their own dtype."""
    if isinstance(value, dict):
        return {k: _copied(v, p, k == "step") for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_copied(v, p) for v in value)
    if scalar and isinstance(value, int | float):
        return wrap(np.array(value, np.float32))
    if isinstance(value, Tensor) and value.is_sparse:
        return value.detach().clone().to(p.dtype)
    if isinstance(value, Tensor | np.ndarray):
        array = value._data if isinstance(value, Tensor) else value
        return wrap(np.array(array, array.dtype if scalar or p.dtype.kind != "f" else p.dtype))
    return deepcopy(value)
