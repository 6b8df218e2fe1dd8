"""A transfer between processes that may still be under way.

Before values move, the processes of a group agree on what they are about to do: each gives a number that stands for the
operation, the count of its elements and its settings. If the numbers differ, every process raises an error that names
what two of them are at. MPI itself would wait forever, or take the bytes of one operation for those of another. A
process that ends gives a number too, so that the others learn of it.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np

from .channels import LocalChannel, Requests

EXPLAINED_WITHIN = 3.0
"""The seconds within which the processes that disagree tell each other what they were at."""

ANYBODY = -1
"""The peer of a message that may come from any process."""

PATIENCE = 3.0
"""The seconds after which a message from a process that has ended is not expected any more."""

_SPINS = 200  # tests of a request before the processor is offered to others
_UNHURRIED = 5.0  # after so many seconds it is looked at every 50 microseconds only

under_way: set[Work] = set()
"""The transfers that have begun and are not complete. MPI still uses their memory, so nothing of them may be freed."""


class DistError(RuntimeError):
    """Something went wrong between processes.

    >>> from tinygrad_lite.distributed import DistError
    >>> issubclass(DistError, RuntimeError)
    True
    """


class DistBackendError(DistError):
    """Processes disagree about what they are doing, or one of them has left or does not answer.

    >>> from tinygrad_lite.distributed import DistBackendError, DistError
    >>> issubclass(DistBackendError, DistError)
    True
    """


class Work:
    """A transfer, as `async_op=True` returns it: `wait()` returns when it is complete.

    Args:
        channel: what it goes through.
        what: the operation and its settings, as errors name it, and as the processes compare it.
        post: starts it, and returns its requests.
        finish: called when it is complete, to store what was not received in its place.
        timeout: the time after which `wait` raises.
        eager: whether to start it before the processes have agreed.
        peer: of a message between two processes the other one, which does not agree beforehand.

    >>> import tinygrad_lite as tl
    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> work = dist.all_reduce(tl.ones(2), async_op=True)
    >>> work.wait()
    True
    >>> dist.destroy_process_group()

    Raises:
        DistBackendError: in `wait` and `is_completed`, if the processes disagree, or one does not answer in time.
    """

    def __init__(
        self,
        channel: LocalChannel,
        what: str,
        post: Callable[[], Requests],
        finish: Callable[[], None] | None = None,
        timeout: timedelta = timedelta(minutes=30),
        eager: bool = False,
        peer: int | None = None,
    ) -> None:
        self._channel, self._what, self._post, self._finish = channel, what, post, finish
        self._timeout, self._peer = timeout, peer
        self._error: BaseException | None = None
        self._requests: Requests | None = None
        self._votes: np.ndarray[Any, Any] | None = None
        self._agreement: Requests = []
        if peer is None and channel.size > 1:
            number = zlib.crc32(what.encode())
            self._votes = np.array([number, -number])
            self._agreement = channel.minimum(self._votes)
        under_way.add(self)
        if eager or self._votes is None:
            self._requests = post()

    def is_completed(self) -> bool:
        """Tell whether it is complete, and push it on; MPI makes progress only when it is asked."""
        if self not in under_way:
            return True
        try:
            return self._advance()
        except BaseException as error:
            self._error = error
            raise

    def wait(self, timeout: timedelta | None = None) -> bool:
        """Return True when it is complete."""
        begin = time.monotonic()
        limit = (self._timeout if timeout is None else timeout).total_seconds()
        spins, bereft = 0, 0.0
        while not self.is_completed():
            spins += 1
            if spins < _SPINS:
                continue
            os.sched_yield() if hasattr(os, "sched_yield") else time.sleep(0)
            waited = time.monotonic() - begin
            if waited > _UNHURRIED:
                time.sleep(5e-5)
            if waited > limit:
                self._error = DistBackendError(
                    f"Timed out waiting {limit * 1000:.0f}ms for {self._what} to complete on rank "
                    f"{self._channel.rank}: another process of the group has not called it. timeout= of "
                    "init_process_group says how long to wait"
                )
                raise self._error
            peer = None if self._peer == ANYBODY else self._peer
            if spins % _SPINS == 0 and (gone := self._channel.has_left(peer)) is not None:
                bereft = bereft or waited
                if waited - bereft > PATIENCE:
                    self._error = DistBackendError(
                        f"Connection closed by peer: rank {self._channel.rank} waits in {self._what}, and rank {gone} "
                        "has left the program"
                    )
                    raise self._error
        return True

    def is_success(self) -> bool:
        """Tell whether it is complete, and without an error."""
        return self._error is None and self.is_completed()

    def exception(self) -> BaseException | None:
        """The error that it has met, if any."""
        return self._error

    def synchronize(self) -> None:
        """Wait until it is complete."""
        self.wait()

    def source_rank(self) -> int:
        """The rank from which a message came.

        Raises:
            RuntimeError: if this is not the receipt of a message.
        """
        raise RuntimeError(
            "sourceRank() may only be called on work objects that correspond to a recv or recv-from-any call: this is "
            f"{self._what}"
        )

    def _advance(self) -> bool:
        if self._votes is not None:
            if not tested(self._agreement):
                return False
            if self._votes[0] != -self._votes[1]:
                raise self._disagreement()
            self._votes = None
        if self._requests is None:
            self._requests = self._post()
        if not tested(self._requests):
            return False
        under_way.discard(self)
        if self._finish is not None:
            self._finish()
        return True

    def _disagreement(self) -> DistBackendError:
        """The error, with what the first two are at that differ, if all say it in time."""
        requests, texts = self._channel.gather_texts(self._what.encode()[:400])
        begin = time.monotonic()
        while not tested(requests):
            if time.monotonic() - begin > EXPLAINED_WITHIN:
                return DistBackendError(
                    f"Detected mismatch between collectives on ranks. Rank {self._channel.rank} is running collective: "
                    f"{self._what}, but another rank is running another one"
                )
        said = [text.decode(errors="replace") for text in texts]
        other = next(i for i, text in enumerate(said) if text != said[0])
        return DistBackendError(
            f"Detected mismatch between collectives on ranks. Rank 0 is running collective: {said[0]}, but Rank "
            f"{other} is running collective: {said[other]}. Every process of a group has to call the same operations "
            "in the same order, with Tensors of the same dtype and number of elements"
        )


def tested(requests: Requests) -> bool:
    """Tell whether requests are complete; those that are are taken from the list."""
    while requests:
        if not requests[-1].Test():
            return False
        requests.pop()
    return True
