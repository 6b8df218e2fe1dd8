"""Python objects between processes: what can be pickled, and comes from processes that are trusted."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np

from ..creation import as_tensor, empty
from ..types import dtypes
from .collectives import all_gather_arrays, outside, root_of, start
from .messages import recv, send
from .process_groups import Group, ProcessGroup, group_or_default, not_in


def _pickled(x: Any) -> Any:
    return np.frombuffer(bytearray(pickle.dumps(x, pickle.HIGHEST_PROTOCOL)), np.uint8)


def _opened(octets: Any, counts: Any) -> list[Any]:
    ends = np.cumsum(counts)
    return [pickle.loads(octets[end - n : end].tobytes()) for n, end in zip(counts, ends, strict=True)]


def all_gather_object(object_list: list[Any], obj: Any, group: Group = None) -> None:
    """Let every process have the objects of all.

    Args:
        object_list: a list with a place for each process, which is filled.
        obj: the object of this process, which can be pickled.
        group: the processes; by default, all.

    Raises:
        ValueError: before `init_process_group`.
        IndexError: for a list that is too short.
        DistBackendError: if the processes disagree, or one of them does not answer in time.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> found = [None]
    >>> dist.all_gather_object(found, {"loss": 0.5})
    >>> found
    [{'loss': 0.5}]
    >>> dist.destroy_process_group()
    """
    if outside("all_gather_object", group):
        return
    g = group_or_default(group)
    for i, each in enumerate(_gathered(obj, g, "all_gather_object")):
        object_list[i] = each


def _gathered(x: Any, g: ProcessGroup, name: str) -> list[Any]:
    octets = _pickled(x)
    counts = all_gather_arrays(np.array([octets.size]), g, f"{name}()").reshape(-1).tolist()
    out = np.empty(sum(counts), np.uint8)
    start(f"{name}()", g, lambda c: c.gather_all_parts(out, counts, octets))
    return _opened(out, counts)


def gather_object(
    obj: Any,
    object_gather_list: list[Any] | None = None,
    dst: int | None = None,
    group: Group = None,
    group_dst: int | None = None,
) -> None:
    """Let one process have the objects of all.

    Args:
        obj: the object of this process, which can be pickled.
        object_gather_list: in that process a list with a place for each, which is filled; in the others None.
        dst: the process that gets them, by its number among all; by default 0.
        group: the processes; by default, all.
        group_dst: the same as dst by its number in the group.

    Raises:
        ValueError: for a list in another process, or none in that one, and before `init_process_group`.
        DistBackendError: if the processes disagree, or one of them does not answer in time.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> found = [None]
    >>> dist.gather_object("a", found)
    >>> found
    ['a']
    >>> dist.destroy_process_group()
    """
    if outside("gather_object", group):
        return
    g = group_or_default(group)
    root = root_of(g, dst, group_dst, default=0)
    here = g.rank() == root
    if here and not object_gather_list:
        raise ValueError("Argument ``gather_list`` must be specified on destination rank.")
    if not here and object_gather_list:
        raise ValueError("Argument ``gather_list`` must NOT be specified on non-destination ranks.")
    found = _gathered(obj, g, f"gather_object(to rank {g.ranks[root]})".removesuffix("()"))
    if here and object_gather_list:
        for i, each in enumerate(found):
            object_gather_list[i] = each


def broadcast_object_list(
    object_list: list[Any],
    src: int | None = None,
    group: Group = None,
    device: Any = None,
    group_src: int | None = None,
) -> None:
    """Replace the objects of a list in all processes by those of one of them.

    Args:
        object_list: the list, of the same length in every process.
        src: the process whose objects they are, by its number among all; by default 0.
        group: the processes; by default, all.
        device: the CPU.
        group_src: the same as src by its number in the group.

    Raises:
        ValueError: before `init_process_group`.
        DistBackendError: if the processes disagree, or one of them does not answer in time.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> dist.broadcast_object_list(["a", 1], src=0)
    >>> dist.destroy_process_group()
    """
    if outside("broadcast_object_list", group):
        return
    g = group_or_default(group)
    root = root_of(g, src, group_src, default=0)
    what = f"broadcast_object_list({len(object_list)} objects, from rank {g.ranks[root]})"
    here = g.rank() == root
    octets = _pickled(list(object_list)) if here else np.empty(0, np.uint8)
    count = np.array([octets.size])
    start(what, g, lambda c: c.broadcast(count, root))
    if not here:
        octets = np.empty(int(count[0]), np.uint8)
    start(what, g, lambda c: c.broadcast(octets, root))
    if not here:
        object_list[:] = pickle.loads(octets.tobytes())


def scatter_object_list(
    scatter_object_output_list: list[Any],
    scatter_object_input_list: list[Any] | None = None,
    src: int | None = None,
    group: Group = None,
    group_src: int | None = None,
) -> None:
    """Give each process one of the objects that one process has in a list.

    Args:
        scatter_object_output_list: a list, whose first place is filled.
        scatter_object_input_list: in the one process a list with an object for each; elsewhere it is not looked at.
        src: the process that has them, by its number among all; by default 0.
        group: the processes; by default, all.
        group_src: the same as src by its number in the group.

    Raises:
        ValueError: for an empty list to be filled, or none in the one process, and before `init_process_group`.
        DistBackendError: if the processes disagree, or one of them does not answer in time.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> found = [None]
    >>> dist.scatter_object_list(found, ["a"])
    >>> found
    ['a']
    >>> dist.destroy_process_group()
    """
    if outside("scatter_object_list", group):
        return
    if not isinstance(scatter_object_output_list, list) or len(scatter_object_output_list) < 1:
        raise ValueError("Expected argument scatter_object_output_list to be a list of size at least 1.")
    g = group_or_default(group)
    root = root_of(g, src, group_src, default=0)
    what = f"scatter_object_list(from rank {g.ranks[root]})"
    octets = counts = None
    if g.rank() == root:
        if scatter_object_input_list is None:
            raise ValueError("source rank must provide non-None scatter_object_input_list")
        if len(scatter_object_input_list) != g.size():
            raise ValueError(
                f"scatter_object_list: there are {g.size()} processes, but {len(scatter_object_input_list)} objects"
            )
        pickles = [_pickled(x) for x in scatter_object_input_list]
        octets, counts = np.concatenate(pickles), [each.size for each in pickles]
    count = np.empty(1, np.int64)
    sizes = None if counts is None else np.array(counts)
    start(what, g, lambda c: c.scatter(count, sizes, root))
    mine = np.empty(int(count[0]), np.uint8)
    start(what, g, lambda c: c.scatter_parts(mine, octets, counts, root))
    scatter_object_output_list[0] = pickle.loads(mine.tobytes())


def send_object_list(
    object_list: list[Any],
    dst: int | None = None,
    group: Group = None,
    device: Any = None,
    group_dst: int | None = None,
    use_batch: bool = False,
) -> None:
    """Send objects to another process, which calls `recv_object_list`.

    Args:
        object_list: the objects, which can be pickled.
        dst: the other process, by its number among all.
        group: the processes; by default, all.
        device: the CPU.
        group_dst: the same as dst by its number in the group.
        use_batch: not used.

    Raises:
        ValueError: if the other process is this one or does not exist, and before `init_process_group`.
        DistBackendError: if the other one has left, or does not answer in time.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> dist.send_object_list(["a"], dst=0)
    Traceback (most recent call last):
    ...
    ValueError: Invalid destination rank: destination rank should not be the same as the rank of the current process.
    >>> dist.destroy_process_group()
    """
    octets = as_tensor(_pickled(list(object_list)))
    send(as_tensor([octets.numel()]), dst, group, _TAG, group_dst)
    send(octets, dst, group, _TAG, group_dst)


def recv_object_list(
    object_list: list[Any],
    src: int | None = None,
    group: Group = None,
    device: Any = None,
    group_src: int | None = None,
    use_batch: bool = False,
) -> int:
    """Receive objects from another process, which calls `send_object_list`.

    Args:
        object_list: a list of as many places, which are filled.
        src: the other process, by its number among all; None for any.
        group: the processes; by default, all.
        device: the CPU.
        group_src: the same as src by its number in the group.
        use_batch: not used.

    Returns:
        The number of the process that has sent them; -1 in a process that does not belong to the group.

    Raises:
        ValueError: if the other process is this one or does not exist, and before `init_process_group`.
        DistBackendError: if the other one has left, or does not answer in time.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> dist.recv_object_list([None], src=0)
    Traceback (most recent call last):
    ...
    ValueError: Invalid source rank: source rank should not be the same as the rank of the current process.
    >>> dist.destroy_process_group()
    """
    count = empty(1, dtype=dtypes.int64)
    source = recv(count, src, group, _TAG, group_src)
    if not_in(group):
        return -1
    octets = empty(int(count), dtype=dtypes.uint8)
    recv(octets, source, group, _TAG)
    object_list[:] = pickle.loads(octets.numpy().tobytes())
    return source


_TAG = 0x0B7E
