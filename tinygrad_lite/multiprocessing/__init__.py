"""Python's `multiprocessing`, in which Tensors that were moved to shared memory stay shared; and `spawn`.

A Tensor that is sent to another process, as an argument of a Process or through a Queue, is copied, unless
`Tensor.share_memory_()` or `Module.share_memory()` has moved it to memory that processes share: what one process
writes there, the others see. Forked processes share such memory too.
"""

from __future__ import annotations

import multiprocessing as _python
from multiprocessing import *  # noqa: F403  # all that it has, and more below

from .sharing import (
    get_all_sharing_strategies,
    get_sharing_strategy,
    register_reductions,
    set_sharing_strategy,
)
from .spawning import (
    ProcessContext,
    ProcessException,
    ProcessExitedException,
    ProcessRaisedException,
    SpawnContext,
    spawn,
    start_processes,
)

__all__ = [
    *_python.__all__, "ProcessContext", "ProcessException", "ProcessExitedException", "ProcessRaisedException",
    "SpawnContext", "get_all_sharing_strategies", "get_sharing_strategy", "set_sharing_strategy", "spawn",
    "start_processes",
]  # fmt: skip

for _class in (ProcessContext, ProcessException, ProcessExitedException, ProcessRaisedException, SpawnContext):
    _class.__module__ = __name__

register_reductions()
