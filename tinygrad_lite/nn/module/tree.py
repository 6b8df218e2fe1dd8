"""What is inside a module, by name."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...tensors.tensor import Tensor
from .parameter import Parameter

if TYPE_CHECKING:
    from .module import Module


class Traversal:
    """The part of a Module that walks through what it holds."""

    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]

    def named_modules(
        self, memo: set[Any] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """This module and all inside it, with their dotted names; one that occurs twice, once."""
        seen = set() if memo is None else memo
        if self in seen:
            return
        if remove_duplicate:
            seen.add(self)
        yield prefix, self  # type: ignore[misc]
        for name, child in self._modules.items():
            if child is not None:
                yield from child.named_modules(seen, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """This module and all inside it."""
        return (module for _, module in self.named_modules(remove_duplicate=remove_duplicate))

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly inside, with their names; one that occurs twice, once."""
        seen: set[Any] = set()
        for name, child in self._modules.items():
            if child is not None and child not in seen:
                seen.add(child)
                yield name, child

    def children(self) -> Iterator[Module]:
        """The modules directly inside."""
        return (child for _, child in self.named_children())

    def _named(self, kind: str, prefix: str, recurse: bool, remove_duplicate: bool) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        within: Any = (
            self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        )
        for path, module in within:
            for name, value in module.__dict__[kind].items():
                if value is not None and id(value) not in seen:
                    if remove_duplicate:
                        seen.add(id(value))
                    yield f"{path}.{name}" if path else name, value

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """All parameters with their dotted names; a shared one once, under its first name."""
        self._warn_of_unregistered()
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """All parameters, for an optimizer."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """All buffers with their dotted names."""
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """All buffers."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Module:
        """The module of a dotted name; the empty name is this one.

        Raises:
            AttributeError: if there is none.
        """
        module: Any = self
        for name in target.split(".") if target else ():
            found = module._modules.get(name)
            if found is None:
                raise AttributeError(f"{type(module).__name__} has no submodule `{name}` (of {target!r})")
            module = found
        return module

    def _get(self, kind: str, target: str, what: str) -> Any:
        path, _, name = target.rpartition(".")
        found = self.get_submodule(path).__dict__[kind].get(name)
        if found is None:
            raise AttributeError(f"{type(self).__name__} has no {what} {target!r}")
        return found

    def get_parameter(self, target: str) -> Parameter:
        """The parameter of a dotted name.

        Raises:
            AttributeError: if there is none.
        """
        return self._get("_parameters", target, "parameter")

    def get_buffer(self, target: str) -> Tensor:
        """The buffer of a dotted name.

        Raises:
            AttributeError: if there is none.
        """
        return self._get("_buffers", target, "buffer")

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put a module under a dotted name; with `strict`, only in the place of one that is there.

        Raises:
            ValueError: for an empty name, or what is no module.
            AttributeError: if there is no place for it.
        """
        if not target:
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Traversal):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict and not hasattr(parent, name):
            raise AttributeError(f"{type(parent).__name__} has no attribute `{name}`")
        if not isinstance(getattr(parent, name, module), Traversal):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(parent, name, module)

    def _warn_of_unregistered(self) -> None:
        """Say so where modules or parameters sit in plain lists or dicts, and are registered nowhere else."""
        inside = list(self.named_modules())
        known: set[int] | None = None
        for path, module in inside:
            for name, value in module.__dict__.items():
                if name in _OWN or not isinstance(value, (list, tuple, dict)):
                    continue
                held = [id(x) for x in _held(value)]
                if held and known is None:
                    known = {id(x) for _, each in inside for x in (each, *each._parameters.values())}
                if held and not known.issuperset(held):  # type: ignore[union-attr]
                    where = f"{path}.{name}" if path else name
                    warnings.warn(
                        f"{type(module).__name__}: the modules or parameters in the plain {type(value).__name__} "
                        f"'{where}' are not registered: they will be neither trained nor saved. Put them in a "
                        "ModuleList, ModuleDict, ParameterList or ParameterDict",
                        UserWarning,
                        stacklevel=4,
                    )


_OWN = frozenset(("_parameters", "_buffers", "_modules"))


def _held(value: Any, depth: int = 3) -> Iterator[Any]:
    """The modules and parameters in a list or dict and the lists and dicts in it. Of long ones only the start."""
    for x in itertools.islice(value.values() if isinstance(value, dict) else value, 256):
        if isinstance(x, (Traversal, Parameter)):
            yield x
        elif depth and isinstance(x, (list, tuple, dict)):
            yield from _held(x, depth - 1)
