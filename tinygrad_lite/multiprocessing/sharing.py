"""Tensors are sent to another process, or share their memory with it."""

from __future__ import annotations

import multiprocessing.spawn as python_spawn
import sys
from multiprocessing.reduction import DupFd, ForkingPickler
from typing import Any

import numpy as np

from ..core.primitive import Array
from ..nn.module.parameter import Buffer, Parameter
from ..tensors.copying import rebuild
from ..tensors.shared_memory import SharedBlock, block_of
from ..tensors.tensor import Tensor

_PACKAGE = __name__.partition(".")[0]
_STRATEGY = "file_descriptor"


def get_all_sharing_strategies() -> set[str]:
    """The ways to share memory: by open files.

    >>> from tinygrad_lite import multiprocessing
    >>> multiprocessing.get_all_sharing_strategies()
    {'file_descriptor'}
    """
    return {_STRATEGY}


def get_sharing_strategy() -> str:
    """The way to share memory that is in use.

    >>> from tinygrad_lite import multiprocessing
    >>> multiprocessing.get_sharing_strategy()
    'file_descriptor'
    """
    return _STRATEGY


def set_sharing_strategy(new_strategy: str) -> None:
    """Take a way to share memory; `"file_system"` is accepted, and means open files too, which need no limit raised.

    Args:
        new_strategy: its name.

    Raises:
        ValueError: for another name.

    >>> from tinygrad_lite import multiprocessing
    >>> multiprocessing.set_sharing_strategy("file_system")
    """
    if new_strategy not in (_STRATEGY, "file_system"):
        raise ValueError(f"set_sharing_strategy: there is no strategy {new_strategy!r:.40}, only {_STRATEGY!r}")


def register_reductions() -> None:
    """Have `multiprocessing` send Tensors as this file says, and let `import torch` mean the same in new processes."""
    for cls in (Tensor, Parameter, Buffer):
        ForkingPickler.register(cls, _reduce_tensor)
    ForkingPickler.register(SharedBlock, _reduce_block)
    python_spawn.get_preparation_data = _preparation_data


def _reduce_tensor(t: Any) -> Any:
    if t.requires_grad and not t.is_leaf:
        raise RuntimeError(
            "Cowardly refusing to serialize non-leaf tensor which requires_grad, since autograd does not support "
            "crossing process boundaries.  If you just want to transfer the data, call detach() on the tensor before "
            "serializing (e.g., putting it on the queue)."
        )
    array, block = t._data, block_of(t._data)
    if block is None:
        return t.__reduce_ex__(2)
    offset = array.__array_interface__["data"][0] - block.__array_interface__["data"][0]
    return _look, (block, offset, array.shape, array.strides, array.dtype, type(t), t.requires_grad, t.__dict__)


def _look(block: SharedBlock, offset: int, shape: Any, strides: Any, dtype: Any, cls: Any, *rest: Any) -> Any:
    array: Array = np.ndarray(shape, dtype, block.array(), offset, strides)
    return rebuild(cls, array, *rest)


def _reduce_block(block: SharedBlock) -> Any:
    return _same_block, (DupFd(block.descriptor), block.size)


def _same_block(descriptor: Any, size: int) -> SharedBlock:
    return SharedBlock(descriptor.detach(), size)


class _InPlaceOfTorch:
    """An object that, when it arrives in a new process, makes `import torch` mean this library there."""

    def __reduce__(self) -> Any:
        return _install, ()


def _install() -> None:
    sys.modules[_PACKAGE].install_as_torch()


_pythons_preparation_data = python_spawn.get_preparation_data


def _preparation_data(name: str) -> dict[str, Any]:
    """Return the data that Python hands to a new process before the script is imported there."""
    data: dict[str, Any] = {}
    if sys.modules.get("torch") is sys.modules[_PACKAGE]:
        data[_PACKAGE] = _InPlaceOfTorch()
    return data | _pythons_preparation_data(name)
