"""Optimizer: parameters in groups, a state for each parameter, and an update rule."""

from __future__ import annotations

import functools
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Any, TypeVar, overload

import numpy as np

from ...core.handles import RemovableHandle, add_hook
from ...core.modes import call_in_mode, in_force, thread
from ...core.tensor import wrap
from ...core.tracing import allow_in_graph, graph_break
from ...nn.module.parameter import clear_grads
from ...tensors.sparse_forms import use
from ...tensors.tensor import Tensor
from ...types import dtypes
from .arguments import CheckedKeywords, check_closure, check_parameter, parameter_list
from .deprecated_hooks import DeprecatedHooks
from .differentiable import RecordedGroup
from .flat_groups import FlatGroup, Partition, Scratch, State
from .options import Group, check_numbers, required
from .sparse_gradients import not_supported
from .state_dict import pack, unpack

ParamsT = Iterable[Tensor | dict[str, Any] | tuple[str, Tensor]]
"""The `params` of an optimizer: Tensors, groups, or pairs of a name and a Tensor. Either all have names or none."""

Loss = TypeVar("Loss", bound="float | Tensor | None")
StepPreHook = Callable[["Optimizer", tuple[Any, ...], dict[str, Any]], tuple[tuple[Any, ...], dict[str, Any]] | None]
StepPostHook = Callable[["Optimizer", tuple[Any, ...], dict[str, Any]], object]
StateDictPreHook = Callable[["Optimizer"], object]
StateDictHook = Callable[["Optimizer", dict[str, Any]], dict[str, Any] | None]

EVENTS = ("step_pre", "step_post", "state_dict_pre", "state_dict_post", "load_state_dict_pre", "load_state_dict_post")


AROUND_STEPS: list[Callable[[Any], AbstractContextManager[Any]]] = []
"""Functions that make a context around each step of every optimizer: a profiler's, while one runs."""


def _with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """A `step` that calls the optimizer's hooks, and lets learning rate schedulers know that it has been called."""

    if getattr(step, "_calls_hooks", False):
        return step

    @allow_in_graph
    @functools.wraps(step)
    def call(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        attributes = self.__dict__
        if "_opt_called" in attributes:  # there is a scheduler
            attributes["_opt_called"] = True
        before, after = self._hooks["step_pre"], self._hooks["step_post"]
        if before:
            args, kwargs = self._call_pre_hooks(args, kwargs)
        if AROUND_STEPS:
            with AROUND_STEPS[-1](self):
                result = step(self, *args, **kwargs)
        else:
            result = step(self, *args, **kwargs)
        if after:
            for hook in [*after.values()]:
                hook(self, (self, *args), kwargs)
        return result

    call.__dict__["_calls_hooks"] = True
    return call


class Optimizer(DeprecatedHooks, CheckedKeywords):
    """The base class of all optimizers: it holds the parameters, in groups with options, and a state for each of them.

    To write an optimizer of your own, define `step(closure=None)` as in PyTorch. Or define `update_group`, which takes
    one step for flat arrays that hold many parameters at once, and these hooks as far as the rule needs them:

    - `state_arrays(group)`: the names of the arrays that the state of a parameter has, each of the parameter's shape
      and dtype; none by default.
    - `state_scalars`: the names of what a state has once, as float32 Tensors of shape `()` (float64 where that is the
      default dtype); `("step",)` by default, which the base class counts.
    - `initial_value(name, group)`: the value of a part of the state before the first step; 0 by default.

    Weight decay λ (g ← g + λ p) and `maximize` (g ← -g) are applied before `update_group` sees the gradient g. With
    every rule a group may also have an `l1_decay` λ₁, for the L1 penalty λ₁ Σ|p|: g ← g + λ₁ sign(p). This is a
    subgradient step: it makes weights small, but not exactly 0, since a weight that should be 0 jumps over it by up to
    lr λ₁. For zeros leave `l1_decay` out, and take the proximal step p ← sign(p) max(|p| - lr λ₁, 0) after `step()`.

    Args:
        params: the parameters: Tensors, or pairs of a name and a Tensor (`model.named_parameters()`), or dicts, each
            of which is a group: its `params`, and the options in which it differs from the defaults.
        defaults: the options of groups that do not say otherwise, by name.

    Attributes:
        param_groups: the groups: dicts that hold the list `params` and all options. Options may be changed at any time.
        state: the state of each parameter: a dict from names to Tensors, by parameter.
        defaults: as given.

    Raises:
        ValueError: if there are no parameters, one of them comes twice, or one was computed from other Tensors.
        TypeError: if a parameter is not a Tensor, or `params` is a single Tensor or a model.

    >>> import numpy as np
    >>> import tinygrad_lite as tl
    >>> class SignDescent(tl.optim.Optimizer):
    ...     def __init__(self, params, lr=0.1):
    ...         super().__init__(params, {"lr": lr})
    ...     def update_group(self, group, flat_group):
    ...         for param, grad, state, (work, spare) in flat_group:
    ...             param -= group["lr"] * np.sign(grad)
    >>> p = tl.nn.Parameter(tl.tensor([1.0, -1.0]))
    >>> optimizer = SignDescent([{"params": [p], "lr": 0.25}])
    >>> p.grad = tl.tensor([3.0, -0.5])
    >>> optimizer.step()
    >>> p.data
    tensor([ 0.7500, -0.7500])
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__:
            cls.step = _with_hooks(cls.step)  # type: ignore[method-assign]  # each class gets its own

    # What an optimizer has that wraps another one and does not call `super().__init__`: no hooks.
    _hooks: dict[str, dict[int, Callable[..., Any]]] = dict.fromkeys(EVENTS, MappingProxyType({}))  # type: ignore[arg-type]  # it is only read
    _has_stepped = False

    def __init__(self, params: ParamsT, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                f"{type(params).__name__}: put it in a list"
            )
        self.defaults = defaults
        self.state: defaultdict[Tensor, State] = defaultdict(dict)
        self.param_groups: list[Group] = []
        self.__setstate__({})
        groups: list[Any] = parameter_list(params)
        if not groups:
            raise ValueError(
                "optimizer got an empty parameter list: the model has no parameters, or an iterator over them was "
                "used up before (a generator such as model.parameters() can be read once)"
            )
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def __getstate__(self) -> dict[str, Any]:
        """The attributes that pickling and copying keep. Hooks and the flat groups are not among them."""
        kept = ("defaults", "state", "param_groups", "_opt_called")
        return {name: self.__dict__[name] for name in kept if name in self.__dict__}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._hooks: dict[str, dict[int, Callable[..., Any]]] = {event: {} for event in EVENTS}
        self._partitions: dict[int, Partition] = {}
        self._scratch = Scratch()
        self._has_stepped = False
        # Called in place of `update_group`, if it is set: a compiled program sets it to the rule as machine code.
        self._apply_rule: Callable[[Group, FlatGroup], None] | None = None

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters, for instance those of a layer that is trained from now on.

        Args:
            param_group: the parameters under "params", and the options in which the group differs from the defaults.

        Raises:
            ValueError: if a parameter is in a group already, or was computed, or if only some groups have names.
            TypeError: if the group is not a dict, a parameter is not a Tensor, or an option is not a number.

        >>> import tinygrad_lite as tl
        >>> body, head = tl.nn.Linear(2, 2), tl.nn.Linear(2, 1)
        >>> optimizer = tl.optim.SGD(head.parameters(), lr=0.1)
        >>> optimizer.add_param_group({"params": body.parameters(), "lr": 0.01})
        >>> [group["lr"] for group in optimizer.param_groups]
        [0.1, 0.01]
        """
        if self.param_groups:
            graph_break("an optimizer is given more parameters")
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}: {{'params': [...]}} is one")
        if "params" not in param_group:
            raise KeyError(f"params: a group must have its parameters under this key, but got {list(param_group)}")
        given = param_group["params"]
        if isinstance(given, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets "
                "will change between runs. Please use a list instead."
            )
        params = [given] if isinstance(given, Tensor) else parameter_list(given)
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
            check_parameter(p, allow_computed=bool(self.defaults.get("differentiable")))
        if len({id(p) for p in params}) < len(params):
            raise ValueError(
                "optimizer contains a parameter group with duplicate parameters: some parameters appear more than once "
                "in the parameter group, so give each of them once"
            )
        if not {id(p) for p in params}.isdisjoint(id(p) for group in self.param_groups for p in group["params"]):
            raise ValueError("some parameters appear in more than one parameter group: leave them in one of the groups")
        check_numbers(param_group)
        if not float(param_group.get("l1_decay", 0)) >= 0:
            raise ValueError(f"Invalid l1_decay value: {param_group['l1_decay']}; l1_decay must be at least 0")
        param_group["params"] = params
        if names:
            param_group["param_names"] = names
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
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
        """Forget the gradients of all parameters, so that the next backward pass does not add to them.

        Args:
            set_to_none: set each `grad` to None; otherwise fill it with 0, in place.
        """
        for group in self.param_groups:
            clear_grads(group["params"], set_to_none)

    # ---------------------------------------------------------------------------------------------------- step

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], Loss]) -> Loss: ...

    @_with_hooks
    def step(self, closure: Callable[[], Loss] | None = None) -> Loss | None:
        """Update every parameter that has a gradient. The others are left alone, and so is their state.

        Args:
            closure: a function that computes the gradients once more and returns the loss. Most rules do not need it,
                since the gradients are there after `loss.backward()`.

        Returns:
            What the closure returned; None without a closure.

        Raises:
            RuntimeError: if a parameter is not of a floating point dtype, or its memory cannot be written.
            TypeError: if the closure is not a function.
        """
        loss: Loss | None = None
        if closure is not None:
            check_closure(closure)
            loss = call_in_mode(True, closure)
        if any_sparse := use.begun:
            self._check_gradients()
        run_silently = in_force(thread).mode[0]
        found = False
        for number, group in enumerate(self.param_groups):
            params = [p for p in group["params"] if p._grad is not None]
            if params:
                found = True
                if any_sparse and not (params := self._without_sparse(group, params)):
                    continue
                if group.get("differentiable"):
                    call_in_mode(True, self._record_updates, group, params)
                else:
                    run_silently(self._update_parameters, number, group, params)
        if not found and not self._has_stepped:
            warnings.warn(
                "step(): no parameter has a gradient, so nothing was updated. Call loss.backward() first, and check "
                "that the optimizer was given this model's parameters",
                UserWarning,
                stacklevel=4,
            )
        self._has_stepped = True
        return loss

    def _check_gradients(self) -> None:
        """Check, before anything is changed, that the rule can do with all gradients, some of which may be sparse."""
        for group in self.param_groups:
            for p in group["params"]:
                if p._grad is not None:
                    self._check_gradient(group, p)

    def _check_gradient(self, group: Group, p: Tensor) -> None:
        """Raise an error if the rule cannot do with the gradient of a parameter."""
        if p._grad.is_sparse:
            raise not_supported(type(self).__name__)

    def _update_sparse(self, group: Group, p: Tensor) -> None:
        """Take a step for a parameter whose gradient is sparse."""

    def _update_parameters(self, number: int, group: Group, params: list[Tensor]) -> None:
        """Take a step for the parameters of a group that have a gradient; `number` is the group's."""
        apply = self._apply_rule or self.update_group
        for flat_group in self._partition(number, group, params).flat_groups:
            flat_group.begin_step(group)
            apply(group, flat_group)

    def _without_sparse(self, group: Group, params: list[Tensor]) -> list[Tensor]:
        """Take a step for the parameters whose gradients are sparse, and return the others."""
        dense = [p for p in params if not p._grad.is_sparse]
        for p in params:
            if p._grad.is_sparse:
                self._update_sparse(group, p)
        return dense

    def _partition(self, number: int, group: Group, params: list[Tensor]) -> Partition:
        """The division of these parameters into flat groups: that of the step before, or a new one."""
        array_names = self.state_arrays(group)
        has_state = bool(array_names or self.state_scalars)
        states = [self.state[p] for p in params] if has_state else []
        partition = self._partitions.get(number)
        if partition is None or not partition.is_current(params, states, array_names):
            unused = [has_state and self.init_state(p, group) for p in params]
            states = states or [{} for _ in params]
            partition = Partition(params, states, array_names, self.state_scalars, unused, self._scratch)
            self._partitions[number] = partition
        return partition

    def _record_updates(self, group: Group, params: list[Tensor]) -> None:
        """Take a step that is recorded, so that one can differentiate through it."""
        array_names = self.state_arrays(group)
        for p in params:
            unused = self.init_state(p, group)
            recorded: Any = RecordedGroup(p, self.state[p], array_names, self.state_scalars, unused)
            recorded.begin_step(group)
            self.update_group(group, recorded)

    def init_state(self, param: Tensor, group: Group) -> bool:
        """Complete the state of a parameter, as it is before the first step.

        Returns:
            Whether a state array had to be made.
        """
        state, made = self.state[param], False
        for name in self.state_scalars:
            if state.get(name) is None:
                dtype = np.float64 if dtypes.get_default_dtype() == dtypes.float64 else np.float32
                state[name] = wrap(np.array(self.initial_value(name, group), dtype))
        for name in self.state_arrays(group):
            if state.get(name) is None:
                made = True
                state[name] = wrap(np.full_like(param._data, self.initial_value(name, group), order="C", subok=False))
        return made

    def state_arrays(self, group: Group) -> tuple[str, ...]:
        """The names of what a state has for each element of a parameter, for the options of `group`."""
        return ()

    def initial_value(self, name: str, group: Group) -> float:
        """The value of a part of the state before the first step."""
        return 0.0

    def update_group(self, group: Group, flat_group: FlatGroup) -> None:
        """Take one step: change the values and the state arrays that `flat_group` gives, in place.

        Args:
            group: the options.
            flat_group: gives `param, grad, state, (work, spare)` when one iterates over it: NumPy arrays of one
                dimension, `state` being a dict of them by name; see `base/flat_groups.py`.
        """
        raise NotImplementedError(
            f"{type(self).__name__} defines neither update_group(group, flat_group) nor step(closure)"
        )

    # --------------------------------------------------------------------------------------------------- state

    def state_dict(self) -> dict[str, Any]:
        """Options and states, to be saved; Tensors are shared with the optimizer, not copied.

        The layout and the names are PyTorch's, with the parameters numbered in the order of the groups:
        `{"state": {0: {"step": …, "exp_avg": …}, …}, "param_groups": [{"lr": …, "params": [0, …]}, …]}`.

        >>> import tinygrad_lite as tl
        >>> p = tl.nn.Parameter(tl.ones(1))
        >>> optimizer = tl.optim.SGD([p], lr=0.1, momentum=0.9)
        >>> p.grad = tl.tensor([2.0])
        >>> optimizer.step()
        >>> optimizer.state_dict()["state"]
        {0: {'momentum_buffer': tensor([2.])}}
        """
        for hook in [*self._hooks["state_dict_pre"].values()]:
            hook(self)
        result = pack(self.state, self.param_groups)
        for hook in [*self._hooks["state_dict_post"].values()]:
            changed = hook(self, result)
            result = result if changed is None else changed
        return result

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a `state_dict`: options and states are copied, the parameters stay.

        States belong to the parameters in the same place. Where both sides have names, the same in another order,
        they belong to the parameters of the same name (PyTorch goes by the place).

        Args:
            state_dict: the result of `state_dict`, or PyTorch's with Tensors of this library or arrays.

        Raises:
            ValueError: if the groups do not have the same numbers of parameters, or parts of the state not the shapes
                of their parameters; all mismatches are listed, and nothing has changed.
            KeyError: if it lacks "state" or "param_groups".
            TypeError: if it is not a dict.
        """
        if not isinstance(state_dict, dict):
            raise TypeError(
                f"load_state_dict: expected the dict that state_dict() returns, but got {type(state_dict).__name__}"
            )
        state_dict = dict(state_dict)
        for hook in [*self._hooks["load_state_dict_pre"].values()]:
            changed = hook(self, state_dict)
            state_dict = state_dict if changed is None else changed
        self.state, self.param_groups = unpack(
            state_dict, self.param_groups, self.defaults, self.state_arrays, self.state_scalars
        )
        for hook in [*self._hooks["load_state_dict_post"].values()]:
            hook(self)

    # --------------------------------------------------------------------------------------------------- hooks

    def _call_pre_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments of a step, as the hooks before it want them."""
        for hook in [*self._hooks["step_pre"].values()]:
            changed = hook(self, (self, *args), kwargs)
            if changed is not None:
                if not (isinstance(changed, tuple) and len(changed) == 2):
                    raise RuntimeError(f"a step pre-hook must return None or (args, kwargs), but got {changed}")
                args, kwargs = changed
                args = args[1:] if args and args[0] is self else args
        return args, kwargs

    @staticmethod
    def profile_hook_step(func: Callable[..., Any]) -> Callable[..., Any]:
        """A `step` that calls the hooks, as that of every subclass does without being decorated."""
        return _with_hooks(func)

    def _register(self, event: str, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        return add_hook(self._hooks[event], hook, prepend)

    def register_step_pre_hook(self, hook: StepPreHook) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` before each step; it may return other (args, kwargs).

        The first of `args` is the optimizer, as in PyTorch; in what the hook returns it may be left out.
        """
        return self._register("step_pre", hook)

    def register_step_post_hook(self, hook: StepPostHook) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` after each step."""
        return self._register("step_post", hook)

    def register_state_dict_pre_hook(self, hook: StateDictPreHook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` when `state_dict` begins; with `prepend`, before the hooks that there are."""
        return self._register("state_dict_pre", hook, prepend)

    def register_state_dict_post_hook(self, hook: StateDictHook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` with the result of `state_dict`; it may return another."""
        return self._register("state_dict_post", hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: StateDictHook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` with what is to be loaded; it may return another."""
        return self._register("load_state_dict_pre", hook, prepend)

    def register_load_state_dict_post_hook(self, hook: StateDictPreHook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` when a state has been loaded."""
        return self._register("load_state_dict_post", hook, prepend)

    def __repr__(self) -> str:
        text = f"{type(self).__name__} ("
        for i, group in enumerate(self.param_groups):
            text += f"\nParameter Group {i}\n" + "".join(
                f"    {k}: {group[k]}\n" for k in sorted(group) if k != "params"
            )
        return text + ")"
