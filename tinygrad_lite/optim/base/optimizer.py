"""Optimizer: parameters in groups, a state for each, and an update rule."""

from __future__ import annotations

import functools
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ...autograd.grad_modes import enable_grad
from ...core.handles import RemovableHandle
from ...core.modes import state as thread
from ...core.tensor import wrap
from ...core.tracing import allow_in_graph
from ...tensors.tensor import Tensor
from ...types import dtypes
from .flat_groups import Bundle, Plan, Scratch, State
from .state_dict import pack, unpack

Group = dict[str, Any]
HOOKS = ("step_pre", "step_post", "state_dict_pre", "state_dict_post", "load_state_dict_pre", "load_state_dict_post")


def _hooked(step: Callable[..., Any]) -> Callable[..., Any]:
    """A `step` that calls the optimizer's hooks, and lets a scheduler know that it ran."""

    @allow_in_graph
    @functools.wraps(step)
    def call(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        attributes = self.__dict__
        if "_opt_called" in attributes:  # there is a scheduler
            attributes["_opt_called"] = True
        for hook in [*self._hooks["step_pre"].values()]:
            changed = hook(self, args, kwargs)
            if changed is not None:
                if not (isinstance(changed, tuple) and len(changed) == 2):
                    raise RuntimeError(f"a step pre-hook must return None or (args, kwargs), but got {changed}")
                args, kwargs = changed
        result = step(self, *args, **kwargs)
        for hook in [*self._hooks["step_post"].values()]:
            hook(self, args, kwargs)
        return result

    return call


class Optimizer:
    """The base of all update rules. A rule is one method, `update`, on arrays in place; or a `step` of its own.

    Whatever the rule, a group may have an `l1_decay` λ, the L1 penalty λ Σ|p|: g ← g + λ sign(p).

    Args:
        params: Tensors, (name, Tensor) pairs, or dicts of groups, each with its `params` and options of its own.
        defaults: the options of groups that do not say otherwise.

    Raises:
        ValueError: if there are no parameters, one comes twice, or one was computed from others.
        TypeError: if one is no Tensor.

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0, -1.0]))
    >>> optimizer = tl.optim.SGD([{"params": [p], "l1_decay": 0.5}], lr=0.1)
    >>> p.grad = tl.zeros(2)
    >>> optimizer.step()
    >>> p.data
    tensor([ 0.9500, -0.9500])
    """

    counts: Sequence[str] = ("step",)
    """What a state keeps once for each parameter, as a Tensor without dimensions."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__:
            cls.step = _hooked(cls.step)  # type: ignore[method-assign]

    def __init__(self, params: Iterable[Any], defaults: Group) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                f"{type(params).__name__}: put it in a list"
            )
        self.defaults = defaults
        self.state: defaultdict[Any, State] = defaultdict(dict)
        self.param_groups: list[Group] = []
        self.__setstate__({})
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def __getstate__(self) -> dict[str, Any]:
        """What pickling and copying keep; hooks, and how the parameters are bundled, are not part of it."""
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, attributes: dict[str, Any]) -> None:
        self.__dict__.update(attributes)
        self._hooks: dict[str, dict[int, Callable[..., Any]]] = {name: {} for name in HOOKS}
        self._plans: dict[int, Plan] = {}
        self._scratch = Scratch()
        self._stepped = False

    def add_param_group(self, param_group: Group) -> None:
        """Add parameters with options of their own; what the group does not say, it takes from the defaults."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        given = param_group["params"]
        if isinstance(given, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets "
                "will change between runs. Please use a list instead."
            )
        params = [given] if isinstance(given, Tensor) else list(given)
        names = [p[0] for p in params if isinstance(p, tuple)]
        if names and len(names) < len(params):
            raise ValueError("all optimizer params should be with/without names. Some param names are missing")
        if self.param_groups and bool(names) != ("param_names" in self.param_groups[0]):
            raise ValueError(
                "all optimizer param groups should be with/without names. cannot add param group "
                f"{'with' if names else 'without'} names to the optimizer"
            )
        params = [p[1] for p in params] if names else params
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}")
            if not (p.is_leaf or p.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor: it was computed, and would be computed again")
        if len({id(p) for p in params}) < len(params):
            raise ValueError("some parameters appear more than once in the parameter group: give each once")
        if not {id(p) for p in params}.isdisjoint(id(p) for group in self.param_groups for p in group["params"]):
            raise ValueError("some parameters appear in more than one parameter group")
        if not float(param_group.get("l1_decay", 0)) >= 0:
            raise ValueError(f"Invalid l1_decay value: {param_group['l1_decay']}; it must be at least 0")
        param_group["params"] = params
        if names:
            param_group["param_names"] = names
        for name, default in self.defaults.items():
            param_group.setdefault(name, default)
        self.param_groups.append(param_group)

    def without_grad(self) -> list[str]:
        """The parameters that have no gradient now, and that a step would leave alone: by name, or by place.

        >>> import tinygrad_lite as tl
        >>> model = tl.nn.Linear(2, 1)
        >>> tl.optim.SGD(model.named_parameters()).without_grad()
        ['weight', 'bias']
        """
        return [
            group["param_names"][i] if "param_names" in group else f"param_groups[{n}]['params'][{i}]"
            for n, group in enumerate(self.param_groups)
            for i, p in enumerate(group["params"])
            if p._grad is None
        ]

    @allow_in_graph
    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to 0."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    p._grad = None
                elif p._grad is not None:
                    p._grad = p._grad.detach().zero_()

    # ---------------------------------------------------------------------------------------------------- step

    @_hooked
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; those without are left alone, state and all.

        Args:
            closure: evaluates the model again and returns the loss, for rules that ask for it.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        quietly = thread.mode[0]
        found = False
        for number, group in enumerate(self.param_groups):
            params = [p for p in group["params"] if p._grad is not None]
            if params:
                found = True
                quietly(self._step, number, group, params)
        if not found and not self._stepped:
            warnings.warn(
                "step(): no parameter has a gradient, so nothing was updated. Call loss.backward() first, and check "
                "that the optimizer was given this model's parameters",
                UserWarning,
                stacklevel=4,
            )
        self._stepped = True
        return loss

    def _step(self, number: int, group: Group, params: list[Tensor]) -> None:
        slots = self.slots(group)
        keeps = bool(slots or self.counts)
        states = [self.state[p] for p in params] if keeps else []
        plan = self._plans.get(number)
        if plan is None or not plan.holds(params, states, slots):
            fresh = [keeps and self.begin(p, group) for p in params]
            plan = Plan(params, states or [{} for _ in params], slots, self.counts, fresh, self._scratch)
            self._plans[number] = plan
        for bundle in plan.bundles:
            self.update(group, bundle.ready(group))

    def begin(self, p: Tensor, group: Group) -> bool:
        """Complete the state of a parameter, as before its first step; whether there was an array to add."""
        state, fresh = self.state[p], False
        for name in self.counts:
            if state.get(name) is None:
                dtype = np.float64 if dtypes.get_default_dtype() == dtypes.float64 else np.float32
                state[name] = wrap(np.array(self.start(name, group), dtype))
        for name in self.slots(group):
            if state.get(name) is None:
                fresh = True
                state[name] = wrap(np.full_like(p._data, self.start(name, group), order="C", subok=False))
        return fresh

    def slots(self, group: Group) -> tuple[str, ...]:
        """The names of what a state keeps for each element of a parameter."""
        return ()

    def start(self, name: str, group: Group) -> float:
        """The value of a part of the state before the first step."""
        return 0.0

    def update(self, group: Group, bundle: Bundle) -> None:
        """Take one step with what the bundle gives: values, gradients and states, all flat arrays, changed in place."""
        raise NotImplementedError(f"{type(self).__name__} defines neither update(group, bundle) nor step(closure)")

    # --------------------------------------------------------------------------------------------------- state

    def state_dict(self) -> dict[str, Any]:
        """Options and states, with parameters numbered in the order of the groups; Tensors are shared, not copied.

        PyTorch's layout and names: {"state": {0: {"step": …, "exp_avg": …}, …}, "param_groups": [{…, "params": [0]}]}.
        """
        for hook in [*self._hooks["state_dict_pre"].values()]:
            hook(self)
        result = pack(self)
        for hook in [*self._hooks["state_dict_post"].values()]:
            changed = hook(self, result)
            result = result if changed is None else changed
        return result

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a `state_dict`: options and states are copied, the parameters stay.

        Raises:
            ValueError: if the groups do not have the same numbers of parameters, or parts of the state other shapes
                than theirs; all mismatches are listed, and nothing has then changed.
        """
        state_dict = dict(state_dict)
        for hook in [*self._hooks["load_state_dict_pre"].values()]:
            changed = hook(self, state_dict)
            state_dict = state_dict if changed is None else changed
        self.state, self.param_groups = unpack(self, state_dict)
        for hook in [*self._hooks["load_state_dict_post"].values()]:
            hook(self)

    # --------------------------------------------------------------------------------------------------- hooks

    def _register(self, when: str, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        hooks = self._hooks[when]
        handle = RemovableHandle(hooks)
        others = dict(hooks)
        if prepend:
            hooks.clear()
        hooks[handle.id] = hook
        if prepend:
            hooks.update(others)
        return handle

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` before each step; it may return other (args, kwargs)."""
        return self._register("step_pre", hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` after each step."""
        return self._register("step_post", hook)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` before `state_dict` looks."""
        return self._register("state_dict_pre", hook, prepend)

    def register_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` with what `state_dict` is to return; it may return another."""
        return self._register("state_dict_post", hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` with what is to be loaded; it may return another."""
        return self._register("load_state_dict_pre", hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` when a state has been loaded."""
        return self._register("load_state_dict_post", hook, prepend)

    def __repr__(self) -> str:
        text = f"{type(self).__name__} ("
        for i, group in enumerate(self.param_groups):
            text += f"\nParameter Group {i}\n" + "".join(
                f"    {k}: {group[k]}\n" for k in sorted(group) if k != "params"
            )
        return text + ")"
