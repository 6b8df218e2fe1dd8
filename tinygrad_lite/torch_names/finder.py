"""The finder of modules by which `torch` and `torchvision` are this library's modules."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from ..runtime.absent_names import ABSENT, absent
from ..runtime.old_paths import MOVED, PYTORCH_PATHS
from ..types.sizes import Size

PYTORCH = "2.13.0"
"""The version of PyTorch that this library is held against."""

_PACKAGE = __name__.partition(".")[0]
_OURS = {"torch": _PACKAGE, "torchvision": f"{__package__}.torchvision"}


def install_as_torch() -> None:
    """Let `import torch`, and whatever stands in `torch`, mean this library, until `uninstall_as_torch`.

    `torch.nn` is then `tinygrad_lite.nn`, the same module, and so are the others. A module of PyTorch that is not here
    raises a ModuleNotFoundError that says so. `torchvision` is a small stand-in.

    `torch.__version__`, and with it `tinygrad_lite.__version__`, is then "2.13.0+tinygrad_lite.0.2.0": the PyTorch that
    this library is held against, for scripts that compare versions, and the version of this library. Shapes are printed
    as `torch.Size`. To call it again changes nothing.

    Raises:
        RuntimeError: if PyTorch or torchvision is already imported: what was made with it would not work together with
            this library.

    >>> import subprocess, sys
    >>> script = "import tinygrad_lite; tinygrad_lite.install_as_torch(); import torch.nn as nn; print(nn.__name__)"
    >>> subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout.strip()
    'tinygrad_lite.nn'
    """
    if _finder in sys.meta_path:
        return
    for name, ours in _OURS.items():
        found = sys.modules.get(name)
        if found is not None and found.__name__ != ours:
            raise RuntimeError(
                f"install_as_torch: {name} is already imported, from {getattr(found, '__file__', 'somewhere')}. Call "
                f"install_as_torch() before anything imports {name}, or run the script with: python -m {_PACKAGE} "
                "script.py"
            )
    sys.meta_path.insert(0, _finder)
    package: Any = sys.modules[_PACKAGE]
    _finder.version = package.__version__
    package.__version__ = f"{PYTORCH}+{_PACKAGE}.{_finder.version}"
    Size.printed_module = "torch."


def uninstall_as_torch() -> None:
    """Take `install_as_torch` back: `import torch` finds PyTorch again, if it is installed.

    What was imported before stays what it was.

    >>> uninstall_as_torch()  # nothing was installed, and nothing happens
    """
    if _finder not in sys.meta_path:
        return
    sys.meta_path.remove(_finder)
    for name in [name for name in sys.modules if name.partition(".")[0] in _OURS]:
        del sys.modules[name]
    package: Any = sys.modules[_PACKAGE]
    package.__version__ = _finder.version
    Size.printed_module = ""


class _Finder(MetaPathFinder):
    """Finds `torch` and what is in it in this library, and `torchvision` in its stand-in."""

    version: str

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a module, or None for a module of another package.

        Raises:
            ModuleNotFoundError: for a module of PyTorch's that is not here.
        """
        top, _, inner = fullname.partition(".")
        if fullname.startswith(f"{_PACKAGE}.") and PathFinder.find_spec(fullname, path, target) is None:
            # `from torch.nn import Conv2d` comes here as tinygrad_lite.nn.Conv2d, if there is no such attribute.
            raise _missing(_as_imported(fullname))
        if top not in _OURS:
            return None
        if top == "torch" and inner and not _is_public(inner):
            raise _missing(fullname)
        name = f"{_OURS[top]}.{inner}".rstrip(".")
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not name.startswith(error.name):
                raise  # something else is missing, which the module needs
            raise _missing(fullname) from None
        return ModuleSpec(fullname, _ExistingModule(module), is_package=hasattr(module, "__path__"))


class _ExistingModule(Loader):
    """Loads a module that exists, as it is."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.spec = module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module itself."""
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its own spec back, which the import system has replaced. Its code does not run again."""
        module.__spec__ = self.spec


_finder = _Finder()


def _is_public(inner: str) -> bool:
    """Return True for a module that PyTorch may have too: not an internal package, and not a path of version 0.1."""
    first = inner.partition(".")[0]
    known = (*sys.modules[_PACKAGE].__all__, "random", "testing", "serialization", "compiler")
    return inner in PYTORCH_PATHS or (first in known and inner not in MOVED)


def _as_imported(fullname: str) -> str:
    """The name by which a script knows a module of this library."""
    for name, ours in reversed(_OURS.items()):
        if fullname.startswith(f"{ours}."):
            return name + fullname.removeprefix(ours)
    return fullname


def _missing(fullname: str) -> ModuleNotFoundError:
    """The error for a module that is not here. It has no `name`, for which Python would hide the message."""
    top, _, inner = fullname.partition(".")
    if top == "torchvision":
        return ModuleNotFoundError(f"No module named {fullname!r}: {STAND_IN}")
    namespace, _, name = inner.rpartition(".")
    known = any(name in names.split() for names in ABSENT.get(namespace, {}).values())
    reason = str(absent(namespace, name)).partition("; ")[2] if known else ""
    hint = f" ({reason})" if reason else ""
    door = f"torch.{namespace}".rstrip(".")
    return ModuleNotFoundError(
        f"No module named {fullname!r}: tinygrad_lite stands for torch here, and in its {door} there is neither a "
        f"module nor another name {name!r}{hint}; dir({door}) lists what there is"
    )


STAND_IN = (
    "tinygrad_lite stands for torch here, and brings of torchvision only datasets.MNIST and FashionMNIST, "
    "transforms.ToTensor, Normalize, Compose and Lambda, utils.make_grid and save_image"
)
