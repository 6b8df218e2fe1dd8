"""Operations that all processes of a group call: sums, broadcasts, gathering and scattering of Tensors.

A Tensor's own memory is what MPI reads and writes, in place. Only where it is not contiguous, where a list of Tensors
is to be one array, and where float16 is computed with (in float32, rounded once), a copy is made, and stored back.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np

from ..core.tracing import graph_break
from ..types.annotations import Tensor
from .buffers import (
    Buffer,
    Row,
    check_count,
    check_same_dtype,
    check_tensor,
    check_tensors,
    check_whole,
    described,
)
from .channels import LocalChannel, Requests
from .process_groups import Group, ProcessGroup, get_rank, group_or_default, not_in
from .reduce_ops import RedOpType, ReduceOp, check_reduction
from .work import Work


def start(
    what: str,
    group: ProcessGroup,
    post: Callable[[LocalChannel], Requests],
    finish: Callable[[], None] | None = None,
    async_op: bool = False,
) -> Work | None:
    """Start an operation of all processes; return it, or, if it is not to be asynchronous, wait for it."""
    name = what.partition("(")[0]
    graph_break(f"{name}() communicates with other processes")
    work = Work(group.channel, what, lambda: post(group.channel), finish, group.timeout, eager=async_op)
    if async_op:
        return work
    work.wait()
    return None


def outside(name: str, group: Group) -> bool:
    """True, with a warning, in a process that does not belong to the group."""
    if not_in(group):
        warn_not_in_group(name)
        return True
    return False


def warn_not_in_group(name: str) -> None:
    """Warn that an operation does nothing here."""
    warnings.warn(
        f"Running {name} on global rank {get_rank()} which does not belong to the given group.",
        UserWarning,
        stacklevel=4,
    )


def root_of(group: ProcessGroup, in_world: int | None, in_group: int | None, default: int | None = None) -> int:
    """The number in the group of a process that was named by its number among all, or in the group.

    Raises:
        ValueError: if both or neither are given, or it does not belong to the group.
    """
    if in_world is None and in_group is None and default is not None:
        in_world = default
    if in_group is not None:
        if in_world is not None:
            raise ValueError("Can't specify both group_rank and global_rank")
        if not 0 <= in_group < group.size():
            raise ValueError(f"Group rank {in_group} is not part of group {group}")
        return in_group
    if in_world is None:
        raise ValueError("Must specify global_rank or group_rank")
    if in_world not in group.ranks:
        raise ValueError(f"Global rank {in_world} is not part of group {group}")
    return group.ranks.index(in_world)


def _averaged(buffer: Buffer | Row, op: RedOpType, size: int) -> Callable[[], None]:
    """Return the function to call when a reduction is complete: it divides for an average, and stores the result."""

    def finish() -> None:
        if op is RedOpType.AVG:
            buffer.flat /= size
        buffer.store()

    return finish


def all_reduce(
    tensor: Tensor, op: RedOpType = ReduceOp.SUM, group: Group = None, async_op: bool = False
) -> Work | None:
    """Replace a Tensor by the reduction of those of all processes, x ← Σ x over the ranks, in place.

    Args:
        tensor: the Tensor, of the same size and dtype in every process; any shape.
        op: the reduction.
        group: the processes; by default, all.
        async_op: whether to return at once, with a `Work` to wait for.

    Returns:
        The Work if async_op, else None.

    Raises:
        TypeError: for what is not a Tensor.
        ValueError: before `init_process_group`.
        RuntimeError: for a reduction that the dtype does not have.
        DistBackendError: if the processes disagree, or one of them does not answer in time.

    >>> import tinygrad_lite as tl
    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> x = tl.tensor([1.0, 2.0])
    >>> dist.all_reduce(x)  # with two processes it would be doubled
    >>> x
    tensor([1., 2.])
    >>> dist.destroy_process_group()
    """
    check_tensor(tensor, "tensor")
    if outside("all_reduce", group):
        return None
    g = group_or_default(group)
    kind = check_reduction(op, tensor.dtype)
    x = Buffer(tensor, wide=True)
    what = f"all_reduce({described(tensor)}, {kind})"
    return start(what, g, lambda c: c.reduce_all(x.flat, kind), _averaged(x, kind, g.size()), async_op)


def reduce(
    tensor: Tensor,
    dst: int | None = None,
    op: RedOpType = ReduceOp.SUM,
    group: Group = None,
    async_op: bool = False,
    group_dst: int | None = None,
) -> Work | None:
    """Replace a Tensor of one process by the reduction of those of all. In the others it stays as it is.

    Args:
        tensor: the Tensor, of the same size and dtype in every process.
        dst: the process that gets the result, by its number among all.
        op: the reduction.
        group: the processes; by default, all.
        async_op: whether to return at once, with a `Work` to wait for.
        group_dst: the same as dst by its number in the group.

    Raises:
        TypeError: for what is not a Tensor.
        ValueError: without dst, or before `init_process_group`.
        RuntimeError: for a reduction that the dtype does not have.
        DistBackendError: if the processes disagree, or one of them does not answer in time.

    >>> import tinygrad_lite as tl
    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> x = tl.tensor([1.0, 2.0])
    >>> dist.reduce(x, dst=0)
    >>> dist.destroy_process_group()
    """
    check_tensor(tensor, "tensor")
    if outside("reduce", group):
        return None
    g = group_or_default(group)
    root, kind = root_of(g, dst, group_dst), check_reduction(op, tensor.dtype)
    here = g.rank() == root
    x = Buffer(tensor, wide=True, written=here)
    what = f"reduce({described(tensor)}, {kind}, to rank {g.ranks[root]})"
    finish = _averaged(x, kind, g.size()) if here else None
    return start(what, g, lambda c: c.reduce(x.flat, kind, root), finish, async_op)


def broadcast(
    tensor: Tensor,
    src: int | None = None,
    group: Group = None,
    async_op: bool = False,
    group_src: int | None = None,
) -> Work | None:
    """Replace a Tensor in all processes by that of one of them.

    Args:
        tensor: the Tensor, of the same size and dtype in every process.
        src: the process whose Tensor it is, by its number among all.
        group: the processes; by default, all.
        async_op: whether to return at once, with a `Work` to wait for.
        group_src: the same as src by its number in the group.

    Raises:
        TypeError: for what is not a Tensor.
        ValueError: without src, or before `init_process_group`.
        DistBackendError: if the processes disagree, or one of them does not answer in time.

    >>> import tinygrad_lite as tl
    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> dist.broadcast(tl.ones(2), src=0)
    >>> dist.destroy_process_group()
    """
    check_tensor(tensor, "tensor")
    if outside("broadcast", group):
        return None
    g = group_or_default(group)
    root = root_of(g, src, group_src)
    here = g.rank() == root
    x = Buffer(tensor, written=not here)
    what = f"broadcast({described(tensor)}, from rank {g.ranks[root]})"
    return start(what, g, lambda c: c.broadcast(x.flat, root), None if here else x.store, async_op)


def all_gather(tensor_list: list[Tensor], tensor: Tensor, group: Group = None, async_op: bool = False) -> Work | None:
    """Let every process have the Tensors of all, in a list.

    Args:
        tensor_list: one Tensor for each process, each of the size and dtype of `tensor`; they are written.
        tensor: the Tensor of this process.
        group: the processes; by default, all.
        async_op: whether to return at once, with a `Work` to wait for.

    Raises:
        TypeError: for what is not a Tensor.
        ValueError: for different dtypes, or before `init_process_group`.
        RuntimeError: for a list of another length, or of Tensors of another size.
        DistBackendError: if the processes disagree, or one of them does not answer in time.

    >>> import tinygrad_lite as tl
    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> found = [tl.zeros(2)]
    >>> dist.all_gather(found, tl.tensor([1.0, 2.0]))
    >>> found
    [tensor([1., 2.])]
    >>> dist.destroy_process_group()
    """
    check_tensors(tensor_list, "tensor_list")
    check_tensor(tensor, "tensor")
    check_same_dtype(tensor_list, tensor)
    if outside("all_gather", group):
        return None
    g = group_or_default(group)
    check_count("all_gather", tensor_list, tensor, g.size())
    x, out = Buffer(tensor, written=False), Row(tensor_list, filled=False)
    return start(f"all_gather({described(tensor)})", g, lambda c: c.gather_all(out.flat, x.flat), out.store, async_op)


def all_gather_into_tensor(
    output_tensor: Tensor, input_tensor: Tensor, group: Group = None, async_op: bool = False
) -> Work | None:
    """Let every process have the Tensors of all, one after the other in one Tensor, without a copy.

    Args:
        output_tensor: the result: for parts of shape (n, ...) of shape (world size · n, ...) or (world size, n, ...).
        input_tensor: the Tensor of this process.
        group: the processes; by default, all.
        async_op: whether to return at once, with a `Work` to wait for.

    Raises:
        TypeError: for what is not a Tensor.
        ValueError: for different dtypes, or before `init_process_group`.
        RuntimeError: for a result of another size.
        DistBackendError: if the processes disagree, or one of them does not answer in time.

    >>> import tinygrad_lite as tl
    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> out = tl.zeros(1, 2)
    >>> dist.all_gather_into_tensor(out, tl.tensor([1.0, 2.0]))
    >>> out
    tensor([[1., 2.]])
    >>> dist.destroy_process_group()
    """
    check_tensor(input_tensor, "input_tensor")
    check_tensor(output_tensor, "output_tensor")
    check_same_dtype(output_tensor, input_tensor)
    if outside("all_gather_into_tensor", group):
        return None
    g = group_or_default(group)
    check_whole("all_gather_into_tensor", output_tensor, input_tensor, g.size())
    x, out = Buffer(input_tensor, written=False), Buffer(output_tensor)
    what = f"all_gather({described(input_tensor)})"
    return start(what, g, lambda c: c.gather_all(out.flat, x.flat), out.store, async_op)


def gather(
    tensor: Tensor,
    gather_list: list[Tensor] | None = None,
    dst: int | None = None,
    group: Group = None,
    async_op: bool = False,
    group_dst: int | None = None,
) -> Work | None:
    """Let one process have the Tensors of all, in a list.

    Args:
        tensor: the Tensor of this process.
        gather_list: in that process one Tensor for each, each of the size and dtype of `tensor`; in the others None.
        dst: the process that gets them, by its number among all; by default 0.
        group: the processes; by default, all.
        async_op: whether to return at once, with a `Work` to wait for.
        group_dst: the same as dst by its number in the group.

    Raises:
        TypeError: for what is not a Tensor.
        ValueError: for a list in another process, none in that one, or one of another dtype.
        RuntimeError: for a list of another length, or of Tensors of another size.
        DistBackendError: if the processes disagree, or one of them does not answer in time.

    >>> import tinygrad_lite as tl
    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> found = [tl.zeros(2)]
    >>> dist.gather(tl.tensor([1.0, 2.0]), found)
    >>> found
    [tensor([1., 2.])]
    >>> dist.destroy_process_group()
    """
    check_tensor(tensor, "tensor")
    if gather_list:
        check_tensors(gather_list, "gather_list")
    check_same_dtype(tensor, gather_list or [])
    if outside("gather", group):
        return None
    g = group_or_default(group)
    root = root_of(g, dst, group_dst, default=0)
    x, out = Buffer(tensor, written=False), None
    if g.rank() == root:
        if not gather_list:
            raise ValueError("Argument ``gather_list`` must be specified on destination rank.")
        check_count("gather", gather_list, tensor, g.size())
        out = Row(gather_list, filled=False)
    elif gather_list:
        raise ValueError("Argument ``gather_list`` must NOT be specified on non-destination ranks.")
    what = f"gather({described(tensor)}, to rank {g.ranks[root]})"
    return start(
        what,
        g,
        lambda c: c.gather(None if out is None else out.flat, x.flat, root),
        None if out is None else out.store,
        async_op,
    )


def scatter(
    tensor: Tensor,
    scatter_list: list[Tensor] | None = None,
    src: int | None = None,
    group: Group = None,
    async_op: bool = False,
    group_src: int | None = None,
) -> Work | None:
    """Give each process one of the Tensors that one process has in a list.

    Args:
        tensor: where this process gets its own.
        scatter_list: in the one process one Tensor for each, each of the size and dtype of `tensor`; in others None.
        src: the process that has them, by its number among all; by default 0.
        group: the processes; by default, all.
        async_op: whether to return at once, with a `Work` to wait for.
        group_src: the same as src by its number in the group.

    Raises:
        TypeError: for what is not a Tensor.
        ValueError: for a list in another process, none in that one, or one of another dtype.
        RuntimeError: for a list of another length, or of Tensors of another size.
        DistBackendError: if the processes disagree, or one of them does not answer in time.

    >>> import tinygrad_lite as tl
    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> x = tl.zeros(2)
    >>> dist.scatter(x, [tl.tensor([1.0, 2.0])])
    >>> x
    tensor([1., 2.])
    >>> dist.destroy_process_group()
    """
    check_tensor(tensor, "tensor")
    if scatter_list:
        check_tensors(scatter_list, "scatter_list")
    check_same_dtype(tensor, scatter_list or [])
    if outside("scatter", group):
        return None
    g = group_or_default(group)
    root = root_of(g, src, group_src, default=0)
    given = None
    if g.rank() == root:
        if not scatter_list:
            raise ValueError("Argument ``scatter_list`` must be specified on source rank.")
        check_count("scatter", scatter_list, tensor, g.size())
        given = Row(scatter_list).flat
    elif scatter_list:
        raise ValueError("Argument ``scatter_list`` must NOT be specified on non-source ranks.")
    x = Buffer(tensor)
    what = f"scatter({described(tensor)}, from rank {g.ranks[root]})"
    return start(what, g, lambda c: c.scatter(x.flat, given, root), x.store, async_op)


def reduce_scatter(
    output: Tensor,
    input_list: list[Tensor],
    op: RedOpType = ReduceOp.SUM,
    group: Group = None,
    async_op: bool = False,
) -> Work | None:
    """Reduce the lists of all processes element by element, and give each process one Tensor of the result.

    Args:
        output: where this process gets its own.
        input_list: one Tensor for each process, each of the size and dtype of `output`.
        op: the reduction.
        group: the processes; by default, all.
        async_op: whether to return at once, with a `Work` to wait for.

    Raises:
        TypeError: for what is not a Tensor.
        ValueError: for different dtypes, or before `init_process_group`.
        RuntimeError: for a list of another length or of Tensors of another size, or a reduction that the dtype does
            not have.
        DistBackendError: if the processes disagree, or one of them does not answer in time.

    >>> import tinygrad_lite as tl
    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> x = tl.zeros(2)
    >>> dist.reduce_scatter(x, [tl.tensor([1.0, 2.0])])
    >>> x
    tensor([1., 2.])
    >>> dist.destroy_process_group()
    """
    check_tensor(output, "output")
    check_tensors(input_list, "input_list")
    check_same_dtype(output, input_list)
    if outside("reduce_scatter", group):
        return None
    g = group_or_default(group)
    check_count("reduce_scatter", input_list, output, g.size())
    return _reduce_scatter(output, Row(input_list, wide=True).flat, op, g, async_op)


def reduce_scatter_tensor(
    output: Tensor, input: Tensor, op: RedOpType = ReduceOp.SUM, group: Group = None, async_op: bool = False
) -> Work | None:
    """Reduce the Tensors of all processes, and give each process its part of the result.

    Args:
        output: where this process gets its own, of shape (n, ...).
        input: of shape (world size · n, ...) or (world size, n, ...).
        op: the reduction.
        group: the processes; by default, all.
        async_op: whether to return at once, with a `Work` to wait for.

    Raises:
        TypeError: for what is not a Tensor.
        ValueError: for different dtypes, or before `init_process_group`.
        RuntimeError: for a result of another size, or a reduction that the dtype does not have.
        DistBackendError: if the processes disagree, or one of them does not answer in time.

    >>> import tinygrad_lite as tl
    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> x = tl.zeros(2)
    >>> dist.reduce_scatter_tensor(x, tl.tensor([1.0, 2.0]))
    >>> x
    tensor([1., 2.])
    >>> dist.destroy_process_group()
    """
    check_tensor(output, "output")
    check_tensor(input, "input")
    check_same_dtype(output, input)
    if outside("reduce_scatter_tensor", group):
        return None
    g = group_or_default(group)
    check_whole("reduce_scatter_tensor", input, output, g.size())
    return _reduce_scatter(output, Buffer(input, wide=True, written=False).flat, op, g, async_op)


def _reduce_scatter(output: Tensor, given: Any, op: RedOpType, g: ProcessGroup, async_op: bool) -> Work | None:
    kind, x = check_reduction(op, output.dtype), Buffer(output, wide=True)
    what = f"reduce_scatter({described(output)}, {kind})"
    return start(what, g, lambda c: c.reduce_scatter(x.flat, given, kind), _averaged(x, kind, g.size()), async_op)


def all_to_all(
    output_tensor_list: list[Tensor], input_tensor_list: list[Tensor], group: Group = None, async_op: bool = False
) -> Work | None:
    """Send a Tensor of a list to each process, and receive a list with one from each. Sizes may differ.

    Args:
        output_tensor_list: where the Tensors of the others come, in the order of their numbers.
        input_tensor_list: the Tensors for the others.
        group: the processes; by default, all.
        async_op: whether to return at once, with a `Work` to wait for.

    Raises:
        TypeError: for what is not a Tensor.
        ValueError: for a list of another length, other dtypes, or before `init_process_group`.
        DistBackendError: if the processes disagree, or one of them does not answer in time.

    >>> import tinygrad_lite as tl
    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> found = [tl.zeros(2)]
    >>> dist.all_to_all(found, [tl.tensor([1.0, 2.0])])
    >>> found
    [tensor([1., 2.])]
    >>> dist.destroy_process_group()
    """
    check_tensors(output_tensor_list, "output_tensor_list")
    check_tensors(input_tensor_list, "input_tensor_list")
    check_same_dtype(output_tensor_list, input_tensor_list)
    if outside("all_to_all", group):
        return None
    g = group_or_default(group)
    for xs in (output_tensor_list, input_tensor_list):
        if len(xs) != g.size():
            raise ValueError(f"all_to_all: there are {g.size()} processes, but {len(xs)} Tensors in a list")
    x, out = Row(input_tensor_list), Row(output_tensor_list, filled=False)
    what = f"all_to_all({input_tensor_list[0].dtype})"
    return start(what, g, lambda c: c.exchange(out.flat, out.counts, x.flat, x.counts), out.store, async_op)


def all_to_all_single(
    output: Tensor,
    input: Tensor,
    output_split_sizes: list[int] | None = None,
    input_split_sizes: list[int] | None = None,
    group: Group = None,
    async_op: bool = False,
) -> Work | None:
    """Send a part of a Tensor to each process, and receive a part from each, along the first dimension.

    Args:
        output: the Tensor that is filled, of shape (n, ...).
        input: the Tensor that is sent.
        output_split_sizes: the lengths of the parts from each; by default equal.
        input_split_sizes: the lengths of the parts for each; by default equal.
        group: the processes; by default, all.
        async_op: whether to return at once, with a `Work` to wait for.

    Raises:
        TypeError: for what is not a Tensor.
        ValueError: for different dtypes, or before `init_process_group`.
        RuntimeError: for parts that do not fit.
        DistBackendError: if the processes disagree, or one of them does not answer in time.

    >>> import tinygrad_lite as tl
    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> x = tl.zeros(2)
    >>> dist.all_to_all_single(x, tl.tensor([1.0, 2.0]))
    >>> x
    tensor([1., 2.])
    >>> dist.destroy_process_group()
    """
    check_tensor(output, "output")
    check_tensor(input, "input")
    check_same_dtype(output, input)
    if outside("all_to_all_single", group):
        return None
    g = group_or_default(group)
    x, out = Buffer(input, written=False), Buffer(output)
    ins, outs = (_parts(t, sizes, g.size()) for t, sizes in ((input, input_split_sizes), (output, output_split_sizes)))
    what = f"all_to_all({input.dtype})"
    return start(what, g, lambda c: c.exchange(out.flat, outs, x.flat, ins), out.store, async_op)


def _parts(x: Tensor, sizes: list[int] | None, count: int) -> list[int]:
    """The numbers of elements of the parts of a Tensor along its first dimension."""
    length = x.shape[0] if x.ndim else 1
    if not sizes:
        if length % count:
            raise RuntimeError(f"Tensor's dim 0 does not divide equally across group size: {length} by {count}")
        sizes = [length // count] * count
    if len(sizes) != count or sum(sizes) != length:
        raise RuntimeError(
            f"Split sizes doesn't match total dim 0 size: {sizes} for {length}, in a group of {count} processes"
        )
    inner = x.numel() // max(length, 1)
    return [n * inner for n in sizes]


def barrier(
    group: Group = None, async_op: bool = False, device_ids: Any = None, timeout: timedelta | None = None
) -> Work | None:
    """Wait until all processes have come to this.

    Args:
        group: the processes; by default, all.
        async_op: whether to return at once, with a `Work` to wait for.
        device_ids: the GPUs, of which there are none.
        timeout: how long to wait, if not as long as in the group.

    Raises:
        ValueError: before `init_process_group`.
        DistBackendError: if the processes disagree, or one of them does not answer in time.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> dist.barrier()
    >>> dist.destroy_process_group()
    """
    if outside("barrier", group):
        return None
    g = group_or_default(group)
    work = start("barrier()", g, lambda c: c.barrier(), None, async_op=True)
    if async_op:
        return work
    assert work is not None
    work.wait(timeout)
    return None


def monitored_barrier(group: Group = None, timeout: timedelta | None = None, wait_all_ranks: bool = False) -> None:
    """Wait until all processes have come to this, at most for a time.

    Args:
        group: the processes; by default, all.
        timeout: how long to wait, if not as long as in the group.
        wait_all_ranks: not used: there is one error, whoever is missing.

    Raises:
        ValueError: before `init_process_group`.
        DistBackendError: if the processes disagree, or one of them does not answer in time.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> dist.monitored_barrier()
    >>> dist.destroy_process_group()
    """
    barrier(group, timeout=timeout)


def all_gather_arrays(x: Any, g: ProcessGroup, what: str) -> Any:
    """The arrays of all processes, stacked: for what is no Tensor."""
    x = np.ascontiguousarray(x)
    out = np.empty((g.size(), *x.shape), x.dtype)
    start(what, g, lambda c: c.gather_all(out.reshape(-1), x.reshape(-1)))
    return out
