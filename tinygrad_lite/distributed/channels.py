"""Channels, which move arrays between processes: by MPI, or by copying in a process that is alone.

Both have the same methods. Each starts a transfer on flat contiguous arrays, and returns the requests that are to be
tested until it is complete. The memory is that of the arrays: nothing is copied on the way to MPI.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..core.primitive import Array
from .launch import mpi
from .reduce_ops import RedOpType, name_in_mpi

Requests = list[Any]


class LocalChannel:
    """The group of one process."""

    rank, size = 0, 1

    def reduce_all(self, x: Array, op: RedOpType) -> Requests:
        """Let every process have the reduction of all, in the place of its own values."""
        return []

    def reduce(self, x: Array, op: RedOpType, root: int) -> Requests:
        """Let the root have the reduction of all, in the place of its own values."""
        return []

    def broadcast(self, x: Array, root: int) -> Requests:
        """Let every process have the root's values."""
        return []

    def gather_all(self, out: Array, x: Array) -> Requests:
        """Let every process have the values of all, one after the other."""
        return self._copy(out, x)

    def gather_all_parts(self, out: Array, counts: list[int], x: Array) -> Requests:
        """Do as `gather_all`, where the processes have different numbers of values."""
        return self._copy(out, x)

    def gather(self, out: Array | None, x: Array, root: int) -> Requests:
        """Let the root have the values of all."""
        return self._copy(out, x)

    def scatter(self, out: Array, x: Array | None, root: int) -> Requests:
        """Let every process have its part of the root's values."""
        return self._copy(out, x)

    def scatter_parts(self, out: Array, x: Array | None, counts: list[int] | None, root: int) -> Requests:
        """Do as `scatter`, for parts of different sizes."""
        return self._copy(out, x)

    def reduce_scatter(self, out: Array, x: Array, op: RedOpType) -> Requests:
        """Let every process have its part of the reduction of all."""
        return self._copy(out, x)

    def exchange(self, out: Array, outs: list[int], x: Array, ins: list[int]) -> Requests:
        """Send each process its part, and receive a part from each."""
        return self._copy(out, x)

    def barrier(self) -> Requests:
        """Start a transfer that is complete when all processes have started it."""
        return []

    def _copy(self, out: Array | None, x: Array | None) -> Requests:
        if out is not None and x is not None:
            out[...] = x
        return []

    def gather_texts(self, text: bytes) -> tuple[Requests, Iterable[Any]]:
        """The texts of all, once the requests are complete."""
        return [], [text]

    def minimum(self, numbers: Array) -> Requests:
        """Replace numbers by the least that any process has, apart from all other transfers."""
        return []

    def has_left(self, peer: int | None = None) -> int | None:
        """The rank of a process that has ended, if one has: this one, or any."""
        return None

    def leave(self) -> None:
        """Tell the others that this process has ended."""

    def drain(self) -> None:
        """Receive what the others have said on leaving, after all have left."""

    def split(self, ranks: list[int] | None) -> Any:
        """The channel of some of the processes; None in those that do not belong to it. All processes call it."""
        return LocalChannel() if ranks else None

    def free(self) -> None:
        """Give MPI back what it keeps for this channel."""

    def abort(self, code: int) -> None:
        """End all processes at once."""


class MPIChannel(LocalChannel):
    """A group of processes, which MPI connects.

    Args:
        comm: the communicator, of which no one else makes use.
        whole: that of all processes, through which they say that they end; None if this is it.
        ranks: the numbers of the processes in the whole.
    """

    def __init__(self, comm: Any, whole: MPIChannel | None = None, ranks: list[int] | None = None) -> None:
        self.comm = comm
        self.whole = whole or self
        self.ranks = ranks or list(range(comm.size))
        self.control = comm.Dup()  # for agreements, which so never mix with the data
        self.rank, self.size = comm.rank, comm.size
        self.MPI = mpi()

    def _op(self, op: RedOpType, x: Array) -> Any:
        return getattr(self.MPI, name_in_mpi(op, x.dtype.kind == "b"))

    def reduce_all(self, x: Array, op: RedOpType) -> Requests:
        return [self.comm.Iallreduce(self.MPI.IN_PLACE, _numbers(x), self._op(op, x))]

    def reduce(self, x: Array, op: RedOpType, root: int) -> Requests:
        if self.rank == root:
            return [self.comm.Ireduce(self.MPI.IN_PLACE, _numbers(x), self._op(op, x), root)]
        return [self.comm.Ireduce(_numbers(x), None, self._op(op, x), root)]

    def broadcast(self, x: Array, root: int) -> Requests:
        return [self.comm.Ibcast(_octets(x), root)]

    def gather_all(self, out: Array, x: Array) -> Requests:
        return [self.comm.Iallgather(_octets(x), _octets(out))]

    def gather_all_parts(self, out: Array, counts: list[int], x: Array) -> Requests:
        size = x.itemsize
        return [self.comm.Iallgatherv(_octets(x), [_octets(out), [n * size for n in counts], self.MPI.BYTE])]

    def gather(self, out: Array | None, x: Array, root: int) -> Requests:
        return [self.comm.Igather(_octets(x), None if out is None else _octets(out), root)]

    def scatter(self, out: Array, x: Array | None, root: int) -> Requests:
        return [self.comm.Iscatter(None if x is None else _octets(x), _octets(out), root)]

    def scatter_parts(self, out: Array, x: Array | None, counts: list[int] | None, root: int) -> Requests:
        given = None if x is None else [_octets(x), counts, self.MPI.BYTE]
        return [self.comm.Iscatterv(given, _octets(out), root)]

    def reduce_scatter(self, out: Array, x: Array, op: RedOpType) -> Requests:
        return [self.comm.Ireduce_scatter_block(_numbers(x), _numbers(out), self._op(op, x))]

    def exchange(self, out: Array, outs: list[int], x: Array, ins: list[int]) -> Requests:
        size = x.itemsize
        sent = [_octets(x), [n * size for n in ins], self.MPI.BYTE]
        return [self.comm.Ialltoallv(sent, [_octets(out), [n * size for n in outs], self.MPI.BYTE])]

    def barrier(self) -> Requests:
        return [self.comm.Ibarrier()]

    def send(self, x: Array, to: int, tag: int) -> Any:
        """Start to send values to one process."""
        return self.comm.Isend(_octets(x), to, tag)

    def receive(self, x: Array, source: int | None, tag: int) -> Any:
        """Start to receive values from one process, or from any."""
        return self.comm.Irecv(_octets(x), self.MPI.ANY_SOURCE if source is None else source, tag)

    def gather_texts(self, text: bytes) -> tuple[Requests, Iterable[Any]]:
        texts = np.zeros(self.size, "S400")
        return [self.control.Iallgather(_octets(np.array([text], "S400")), _octets(texts))], texts

    def minimum(self, numbers: Array) -> Requests:
        return [self.control.Iallreduce(self.MPI.IN_PLACE, numbers, self.MPI.MIN)]

    def has_left(self, peer: int | None = None) -> int | None:
        peers = range(self.size) if peer is None else [peer]
        return next((i for i in peers if self.whole.control.Iprobe(self.ranks[i], _FAREWELL)), None)

    def leave(self) -> None:
        for other in range(self.size):
            if other != self.rank:
                self.control.Isend(b"", other, _FAREWELL).Free()

    def drain(self) -> None:
        for other in range(self.size):
            if other != self.rank:
                self.control.Recv(bytearray(1), other, _FAREWELL)

    def split(self, ranks: list[int] | None) -> Any:
        color = 0 if ranks else self.MPI.UNDEFINED
        comm = self.comm.Split(color, ranks.index(self.rank) if ranks else 0)
        return MPIChannel(comm, self, ranks) if ranks else None

    def free(self) -> None:
        self.control.Free()
        self.comm.Free()

    def abort(self, code: int) -> None:
        time.sleep(_FORWARDING)
        self.MPI.COMM_WORLD.Abort(code)
        os._exit(code)  # between machines it may return


_FAREWELL = 1
_FORWARDING = 0.25
"""Seconds in which mpiexec may pass on what a process has written: what it has not when a job is aborted, it drops."""


def _numbers(x: Array) -> Array:
    """The array as MPI computes with it: bools as bytes."""
    return x.view(np.uint8) if x.dtype.kind == "b" else x


def _octets(x: Array) -> Array:
    """The array as MPI moves it: values of any dtype as bytes."""
    return x.view(np.uint8)
