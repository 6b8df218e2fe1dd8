"""PyTorch's `torch.distributed`, on MPI: several processes that train one model, on one machine or many.

    mpiexec -n 4 python script.py

starts four processes. Each calls `init_process_group()`, gets its number from `get_rank()`, and can from then on send
Tensors to the others and compute with theirs. `pip install "tinygrad_lite[mpi]"` brings what it needs. A process that
is alone needs none of it: scripts that ask `is_available()` and `is_initialized()`, or that set up a world of one
process, work as they are.

>>> import tinygrad_lite as tl
>>> import tinygrad_lite.distributed as dist
>>> dist.init_process_group("gloo", rank=0, world_size=1)
>>> x = tl.ones(2)
>>> dist.all_reduce(x)
>>> x
tensor([1., 1.])
>>> dist.destroy_process_group()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..runtime.absent_names import refuse_absent
from .collectives import (
    all_gather,
    all_gather_into_tensor,
    all_reduce,
    all_to_all,
    all_to_all_single,
    barrier,
    broadcast,
    gather,
    monitored_barrier,
    reduce,
    reduce_scatter,
    reduce_scatter_tensor,
    scatter,
)
from .messages import P2POp, batch_isend_irecv, irecv, isend, recv, send
from .objects import (
    all_gather_object,
    broadcast_object_list,
    gather_object,
    recv_object_list,
    scatter_object_list,
    send_object_list,
)
from .process_groups import (
    Backend,
    GroupMember,
    ProcessGroup,
    default_pg_timeout,
    destroy_process_group,
    get_backend,
    get_global_rank,
    get_group_rank,
    get_node_local_rank,
    get_pg_count,
    get_process_group_ranks,
    get_rank,
    get_world_size,
    group,
    init_process_group,
    is_available,
    is_backend_available,
    is_gloo_available,
    is_initialized,
    is_mpi_available,
    is_nccl_available,
    is_torchelastic_launched,
    is_ucc_available,
    is_xccl_available,
    new_group,
)
from .reduce_ops import ReduceOp, reduce_op
from .work import DistBackendError, DistError, Work

all_gather_single, reduce_scatter_single = all_gather_into_tensor, reduce_scatter_tensor

__all__ = [
    "Backend", "DistBackendError", "DistError", "GroupMember", "P2POp", "ProcessGroup", "ReduceOp", "Work",
    "all_gather", "all_gather_into_tensor", "all_gather_object", "all_gather_single", "all_reduce", "all_to_all",
    "all_to_all_single", "barrier", "batch_isend_irecv", "broadcast", "broadcast_object_list", "default_pg_timeout",
    "destroy_process_group", "gather", "gather_object", "get_backend", "get_global_rank", "get_group_rank",
    "get_node_local_rank", "get_pg_count", "get_process_group_ranks", "get_rank", "get_world_size", "group",
    "init_process_group", "irecv", "is_available", "is_backend_available", "is_gloo_available", "is_initialized",
    "is_mpi_available", "is_nccl_available", "is_torchelastic_launched", "is_ucc_available", "is_xccl_available",
    "isend", "monitored_barrier", "new_group", "recv", "recv_object_list", "reduce", "reduce_op", "reduce_scatter",
    "reduce_scatter_single", "reduce_scatter_tensor", "scatter", "scatter_object_list", "send", "send_object_list",
]  # fmt: skip

for _public in (Backend, DistBackendError, DistError, GroupMember, P2POp, ProcessGroup, ReduceOp, Work, group):
    _public.__module__ = __name__

if not TYPE_CHECKING:  # a checker would take every name for one that exists
    __getattr__ = refuse_absent("distributed")
