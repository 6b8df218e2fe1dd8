"""Messages from one process to another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.tracing import graph_break
from ..types.annotations import Tensor
from .buffers import Buffer, check_tensor, described
from .collectives import root_of, warn_not_in_group
from .process_groups import Group, ProcessGroup, group_or_default, not_in
from .work import ANYBODY, Work


class Receipt(Work):
    """A message that is being received."""

    def __init__(self, group: ProcessGroup, tensor: Tensor, source: int | None, tag: int) -> None:
        graph_break("recv() communicates with other processes")
        self.buffer = Buffer(tensor)
        self.group, self.source = group, source
        name = "anybody" if source is None else f"rank {group.ranks[source]}"
        channel: Any = group.channel
        self.status = channel.MPI.Status()

        def post() -> list[Any]:
            return [_WithStatus(channel.receive(self.buffer.flat, source, tag), self.status)]

        what = f"recv({described(tensor)}, from {name})"
        peer = ANYBODY if source is None else source
        super().__init__(channel, what, post, self._received, group.timeout, peer=peer)

    def _received(self) -> None:
        self.source = self.status.Get_source()
        count, size = self.status.Get_count(), self.buffer.flat.nbytes
        if count != size:
            raise RuntimeError(
                f"{self._what}: the message from rank {self.source_rank()} has {count} bytes, but the Tensor {size}: "
                "both have to be of one size and dtype"
            )
        self.buffer.store()

    def source_rank(self) -> int:
        """The number, among all processes, of the one that has sent it."""
        assert self.source is not None
        return self.group.ranks[self.source]


class _WithStatus:
    """A request whose sender is looked up."""

    def __init__(self, request: Any, status: Any) -> None:
        self.request, self.status = request, status

    def Test(self) -> bool:
        return bool(self.request.Test(self.status))


def _peer(name: str, group: ProcessGroup, in_world: int | None, in_group: int | None) -> int:
    peer = root_of(group, in_world, in_group)
    if peer == group.rank():
        raise ValueError(f"Invalid {name} rank: {name} rank should not be the same as the rank of the current process.")
    return peer


def isend(
    tensor: Tensor, dst: int | None = None, group: Group = None, tag: int = 0, group_dst: int | None = None
) -> Work | None:
    """Begin to send a Tensor to another process; until it is complete, the Tensor must not be written.

    Args:
        tensor: the Tensor, of any shape and dtype.
        dst: the other process, by its number among all.
        group: the processes; by default, all.
        tag: tells messages apart: it is received with the same tag.
        group_dst: the same as dst by its number in the group.

    Returns:
        The `Work`, to wait for.

    Raises:
        TypeError: for what is not a Tensor.
        ValueError: if the other process is this one or does not exist, and before `init_process_group`.
        DistBackendError: in `wait`, if the other one has left, or does not answer in time.

    >>> import tinygrad_lite as tl
    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> dist.isend(tl.ones(2), dst=0)
    Traceback (most recent call last):
    ...
    ValueError: Invalid destination rank: destination rank should not be the same as the rank of the current process.
    >>> dist.destroy_process_group()
    """
    check_tensor(tensor, "tensor")
    if not_in(group):
        warn_not_in_group("isend")
        return None
    g = group_or_default(group)
    peer = _peer("destination", g, dst, group_dst)
    graph_break("send() communicates with other processes")
    x = Buffer(tensor, written=False)
    channel: Any = g.channel
    what = f"send({described(tensor)}, to rank {g.ranks[peer]})"
    return Work(channel, what, lambda: [channel.send(x.flat, peer, tag)], None, g.timeout, peer=peer)


def irecv(
    tensor: Tensor, src: int | None = None, group: Group = None, tag: int = 0, group_src: int | None = None
) -> Work | None:
    """Begin to receive a Tensor from another process; until it is complete, the Tensor must not be used.

    Args:
        tensor: where it comes, of the size and dtype of what is sent.
        src: the other process, by its number among all; None for any.
        group: the processes; by default, all.
        tag: tells messages apart.
        group_src: the same as src by its number in the group.

    Returns:
        The `Work`, to wait for; its `source_rank()` tells who has sent it.

    Raises:
        TypeError: for what is not a Tensor.
        ValueError: if the other process is this one or does not exist, and before `init_process_group`.
        RuntimeError: in `wait`, for a message of another size.
        DistBackendError: in `wait`, if the other one has left, or does not answer in time.

    >>> import tinygrad_lite as tl
    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> dist.irecv(tl.ones(2), src=0)
    Traceback (most recent call last):
    ...
    ValueError: Invalid source rank: source rank should not be the same as the rank of the current process.
    >>> dist.destroy_process_group()
    """
    check_tensor(tensor, "tensor")
    if not_in(group):
        warn_not_in_group("irecv")
        return None
    g = group_or_default(group)
    peer = None if src is None and group_src is None else _peer("source", g, src, group_src)
    if g.size() == 1:
        raise ValueError("irecv: there is no other process in the group from which a message could come")
    return Receipt(g, tensor, peer, tag)


def send(
    tensor: Tensor, dst: int | None = None, group: Group = None, tag: int = 0, group_dst: int | None = None
) -> None:
    """Send a Tensor to another process, and return when its memory may be used again.

    Args:
        tensor: the Tensor, of any shape and dtype.
        dst: the other process, by its number among all.
        group: the processes; by default, all.
        tag: tells messages apart: it is received with the same tag.
        group_dst: the same as dst by its number in the group.

    Raises:
        TypeError: for what is not a Tensor.
        ValueError: if the other process is this one or does not exist, and before `init_process_group`.
        DistBackendError: if the other one has left, or does not answer in time.

    >>> import tinygrad_lite as tl
    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> dist.send(tl.ones(2), dst=1)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: Global rank 1 is not part of group ...
    >>> dist.destroy_process_group()
    """
    work = isend(tensor, dst, group, tag, group_dst)
    if work is not None:
        work.wait()


def recv(
    tensor: Tensor, src: int | None = None, group: Group = None, tag: int = 0, group_src: int | None = None
) -> int:
    """Receive a Tensor from another process.

    Args:
        tensor: where it comes, of the size and dtype of what is sent.
        src: the other process, by its number among all; None for any.
        group: the processes; by default, all.
        tag: tells messages apart.
        group_src: the same as src by its number in the group.

    Returns:
        The number of the process that has sent it; -1 in a process that does not belong to the group.

    Raises:
        TypeError: for what is not a Tensor.
        ValueError: if the other process is this one or does not exist, and before `init_process_group`.
        RuntimeError: for a message of another size.
        DistBackendError: if the other one has left, or does not answer in time.

    >>> import tinygrad_lite as tl
    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> dist.recv(tl.ones(2))
    Traceback (most recent call last):
    ...
    ValueError: irecv: there is no other process in the group from which a message could come
    >>> dist.destroy_process_group()
    """
    work = irecv(tensor, src, group, tag, group_src)
    if work is None:
        return -1
    work.wait()
    return work.source_rank()


class P2POp:
    """A message to be sent or received by `batch_isend_irecv`.

    Args:
        op: `isend` or `irecv`.
        tensor: the Tensor, of any shape and dtype.
        peer: the other process, by its number among all.
        group: the processes; by default, all.
        tag: tells messages apart.
        group_peer: the same as peer by its number in the group.

    Raises:
        ValueError: for another op, and before `init_process_group`.
        TypeError: for what is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> dist.P2POp(dist.isend, tl.ones(2), 0).peer
    0
    >>> dist.destroy_process_group()
    """

    def __init__(
        self,
        op: Callable[..., Any],
        tensor: Tensor,
        peer: int | None = None,
        group: Group = None,
        tag: int = 0,
        group_peer: int | None = None,
    ) -> None:
        if op not in (isend, irecv):
            raise ValueError(
                "Invalid ``op``. Expected ``op`` to be of type ``torch.distributed.isend`` or "
                "``torch.distributed.irecv``."
            )
        check_tensor(tensor, "tensor")
        self.op, self.tensor, self.tag = op, tensor, tag
        self.group = group_or_default(group)
        self.group_peer = root_of(self.group, peer, group_peer)
        self.peer = self.group.ranks[self.group_peer]


def batch_isend_irecv(p2p_op_list: list[P2POp]) -> list[Work]:
    """Begin to send and receive several messages, and return what there is to wait for.

    Args:
        p2p_op_list: the messages.

    Raises:
        ValueError: for what is no P2POp, or for several groups.
        DistBackendError: in `wait`, if another process has left, or does not answer in time.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.batch_isend_irecv([])
    []
    """
    if not all(isinstance(each, P2POp) for each in p2p_op_list):
        raise ValueError("Invalid ``p2p_op_list``. Each op is expected to to be of type ``torch.distributed.P2POp``.")
    if any(each.group is not p2p_op_list[0].group for each in p2p_op_list):
        raise ValueError("All ops need to use the same group.")
    return [each.op(each.tensor, group=each.group, tag=each.tag, **_side(each)) for each in p2p_op_list]


def _side(message: P2POp) -> dict[str, int]:
    return {"group_dst" if message.op is isend else "group_src": message.group_peer}
