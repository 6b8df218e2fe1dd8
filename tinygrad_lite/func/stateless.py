"""Modules as functions of their parameters and buffers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ..core.tensor import wrap
from ..functions.joining import stack
from ..tensors.tensor import Tensor

Module = Any  # nn stands below this room; what is needed of a module is its protocol


def functional_call(
    module: Module,
    parameter_and_buffer_dicts: Mapping[str, Tensor] | Sequence[Mapping[str, Tensor]],
    args: Any = None,
    kwargs: Mapping[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with other Tensors in place of its parameters and buffers, which stay as they are.

    So a module becomes a function of its parameters, for `grad`, `vmap` and the like. A buffer that the module updates
    in place is updated in the Tensor that was given for it.

    Args:
        module: the module.
        parameter_and_buffer_dicts: Tensors by their dotted names, in one dict or several. What is not named stays.
        args: the arguments of the call, a tuple; anything else is the only one. Shapes and dtypes are those of the
            module.
        kwargs: the keyword arguments of the call.
        tie_weights: whether a Tensor that is given for one name of a shared parameter is also used under the others.
        strict: raise if a name is missing, or there is none of this name.

    Returns:
        What the module returns.

    Raises:
        ValueError: if a name is in several of the dicts, there is something else than dicts, or the names of one shared
            parameter are given different Tensors.
        RuntimeError: as `strict` says.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.Linear(2, 1)
    >>> weights = {"weight": tl.ones(1, 2), "bias": tl.zeros(1)}
    >>> tl.func.functional_call(layer, weights, tl.tensor([3.0, 4.0]))
    tensor([7.])
    """
    given = _merged(parameter_and_buffer_dicts)
    if args is None:
        args = ()
    elif not isinstance(args, tuple):
        args = (args,)
    with _state_replaced(module, given, tie_weights, strict):
        return module(*args, **(kwargs or {}))


def _merged(dicts: Any) -> dict[str, Any]:
    """The Tensors of one dict or of several.

    Raises:
        ValueError: if a name is in several of them, or there is something else than dicts.
    """
    if isinstance(dicts, Mapping):
        return dict(dicts)
    if not isinstance(dicts, Sequence) or isinstance(dicts, str):
        raise ValueError(
            f"Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got {type(dicts)}"
        )
    if not all(isinstance(each, Mapping) for each in dicts):
        raise ValueError("Expected all elements of parameter_and_buffer_dicts to be dictionaries")
    names = [name for each in dicts for name in each]
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if repeated:
        raise ValueError(f"{repeated} appeared in multiple dictionaries; behavior of functional call is ambiguous")
    return {name: value for each in dicts for name, value in each.items()}


def _places(module: Module) -> dict[str, tuple[dict[str, Any], str]]:
    """The store in which each parameter and buffer of a module is, and the key in it, by their dotted names."""
    found = {}
    for prefix, inner in module.named_modules(remove_duplicate=False):
        for store in (inner._parameters, inner._buffers):
            for key, value in store.items():
                if value is not None:
                    found[f"{prefix}.{key}" if prefix else key] = (store, key)
    return found


@contextmanager
def _state_replaced(module: Module, given: dict[str, Any], tie_weights: bool, strict: bool) -> Iterator[None]:
    """Let a module have other Tensors while the block lasts."""
    places = _places(module)
    if tie_weights:
        given = {**_tied(places, given), **given}
    if strict:
        _check_names(module, places, given)
    replaced = [(store, key, store[key], name) for name, (store, key) in places.items() if name in given]
    try:
        for store, key, _, name in replaced:
            store[key] = given[name]
        yield
    finally:
        for store, key, value, _ in replaced:
            store[key] = value


def _tied(places: dict[str, tuple[dict[str, Any], str]], given: dict[str, Any]) -> dict[str, Any]:
    """The Tensors for the other names of shared parameters of which one name is given.

    Raises:
        ValueError: if several are given, with different Tensors.
    """
    names: dict[int, list[str]] = {}
    for name, (store, key) in places.items():
        if name in given:
            names.setdefault(id(store[key]), []).append(name)
    for several in names.values():
        if any(given[name] is not given[several[0]] for name in several):
            raise ValueError(
                f"functional_call got multiple values for keys {several}, which are tied. Consider using "
                "tie_weights=False"
            )
    by_tensor = {tied: given[several[0]] for tied, several in names.items()}
    return {name: by_tensor[id(store[key])] for name, (store, key) in places.items() if id(store[key]) in by_tensor}


def _check_names(module: Module, places: Iterable[str], given: Iterable[str]) -> None:
    known, named = list(places), list(given)
    unexpected = [name for name in named if name not in known]
    missing = [name for name in known if name not in named]
    lines = []
    if unexpected:
        lines.append(f"\tUnexpected key(s): {', '.join(map(repr, unexpected))}.")
    if missing:
        lines.append(f"\tMissing key(s): {', '.join(map(repr, missing))}.")
    if lines:
        name = type(module).__name__
        raise RuntimeError("Error(s) in reparametrizing for {}:\n{}".format(name, "\n".join(lines)))


def stack_module_state(models: Sequence[Module]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Stack the parameters and the buffers of several modules, to call them together: an ensemble.

    Args:
        models: modules of one class, all in training mode or all not.

    Returns:
        Two dicts, of parameters and of buffers, by their dotted names; the modules are along the first dimension.

    Raises:
        RuntimeError: if there is no module, or their classes or modes differ.

    >>> import tinygrad_lite as tl
    >>> models = [tl.nn.Linear(2, 1) for _ in range(3)]
    >>> params, buffers = tl.func.stack_module_state(models)
    >>> def call(params, x):
    ...     return tl.func.functional_call(models[0], params, x)
    >>> tl.func.vmap(call, in_dims=(0, None))(params, tl.ones(4, 2)).shape
    Size([3, 4, 1])
    """
    models = list(models)
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({model.training for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if len({type(model) for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    params = {
        name: _stacked(name, [dict(model.named_parameters())[name] for model in models])
        for name, _ in models[0].named_parameters()
    }
    buffers = {
        name: _stacked(name, [dict(model.named_buffers())[name] for model in models])
        for name, _ in models[0].named_buffers()
    }
    return params, buffers


def _stacked(name: str, tensors: Sequence[Any]) -> Any:
    """Tensors side by side: a new leaf if they are leaves.

    Raises:
        RuntimeError: if some of them require a gradient and others do not.
    """
    if len({x.requires_grad for x in tensors}) > 1:
        raise RuntimeError(f"Expected {name} to have the same requires_grad state for all models")
    together = stack([x if not x.is_leaf else x.detach() for x in tensors])
    if not all(x.is_leaf for x in tensors):
        return together
    result = wrap(together._data)
    return result.requires_grad_() if tensors[0].requires_grad else result


def replace_all_batch_norm_modules_(root: Module) -> Module:
    """Let all batch normalizations in a module keep no running averages, in place: so they can be used in `vmap`.

    Args:
        root: the module.

    Returns:
        The same module.

    Raises:
        AttributeError: if it is no module.

    >>> import tinygrad_lite as tl
    >>> model = tl.func.replace_all_batch_norm_modules_(tl.nn.Sequential(tl.nn.BatchNorm1d(2)))
    >>> model[0].running_mean is None
    True
    """
    for module in root.modules():
        if hasattr(module, "track_running_stats") and hasattr(module, "running_mean"):
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return root
