"""Groups of processes: how they are made, and who is in them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from ..runtime.configuration import cores
from ..runtime.threads import set_num_threads
from . import launch
from .channels import LocalChannel, MPIChannel
from .failures import Watch
from .work import Work

default_pg_timeout = timedelta(minutes=30)
"""The default time that a process waits for the others."""

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Backend(str):
    """The name of what connects the processes, in lower case: "mpi" or "gloo", which both are MPI here.

    Raises:
        ValueError: if the name is not a string.

    >>> from tinygrad_lite.distributed import Backend
    >>> Backend("GLOO")
    'gloo'
    """

    UNDEFINED = "undefined"
    GLOO = "gloo"
    NCCL = "nccl"
    UCC = "ucc"
    MPI = "mpi"
    XCCL = "xccl"
    FAKE = "fake"

    __slots__ = ()

    def __new__(cls, name: str) -> Backend:
        if not isinstance(name, str):
            raise ValueError("Backend constructor parameter must be string-ish")
        return super().__new__(cls, name.lower())


class ProcessGroup:
    """Some or all of the processes of a job; `init_process_group` and `new_group` make them.

    Args:
        channel: what connects them.
        ranks: their numbers among all processes.
        backend: what it is called.
        timeout: how long a process waits for the others.
        name: the group's name.
        description: what it is for.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> dist.group.WORLD.rank(), dist.group.WORLD.size(), dist.group.WORLD.name()
    (0, 1, 'gloo')
    >>> dist.destroy_process_group()

    Raises:
        DistBackendError: in what is called on it, if its processes disagree.
    """

    def __init__(
        self, channel: LocalChannel, ranks: list[int], backend: Backend, timeout: timedelta, name: str, description: str
    ) -> None:
        self.channel, self.ranks, self.backend, self.timeout = channel, ranks, backend, timeout
        self.group_name, self.group_desc = name, description

    def rank(self) -> int:
        """The number of this process in the group."""
        return self.channel.rank

    def size(self) -> int:
        """The number of processes."""
        return self.channel.size

    def name(self) -> str:
        """The name of the backend."""
        return str(self.backend)

    def agree(self, what: str) -> None:
        """Wait until all processes of the group are at the same."""
        Work(self.channel, what, list, timeout=self.timeout).wait()


class _World:
    """All groups of this process."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Have no groups."""
        self.default: ProcessGroup | None = None
        self.watch: Watch | None = None
        self.groups: list[ProcessGroup] = []
        self.count = 0


world = _World()


class _WorldMeta(type):
    @property
    def WORLD(cls) -> ProcessGroup | None:
        """The group of all processes; None before `init_process_group`."""
        return world.default


class group(metaclass=_WorldMeta):
    """Holds `group.WORLD`, the group of all processes.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.group.WORLD is None  # before init_process_group
    True

    Raises:
        AttributeError: if another group is looked for here.
    """


class GroupMember(metaclass=_WorldMeta):
    """Holds what `new_group` returns in a process that does not belong to the group.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.get_rank(dist.GroupMember.NON_GROUP_MEMBER)
    -1

    Raises:
        AttributeError: if another group is looked for here.
    """

    NON_GROUP_MEMBER = -100


Group = ProcessGroup | int | None


def is_available() -> bool:
    """Tell whether there is a distributed package: always. One process needs nothing; several need MPI.

    >>> import tinygrad_lite as tl
    >>> tl.distributed.is_available()
    True
    """
    return True


def is_initialized() -> bool:
    """Tell whether `init_process_group` has been called.

    >>> import tinygrad_lite as tl
    >>> tl.distributed.is_initialized()
    False
    """
    return world.default is not None


def init_process_group(
    backend: str | None = None,
    init_method: str | None = None,
    timeout: timedelta | None = None,
    world_size: int = -1,
    rank: int = -1,
    store: Any = None,
    group_name: str = "",
    pg_options: Any = None,
    device_id: Any = None,
    _ranks: list[int] | None = None,
) -> None:
    """Connect the processes of a job: those that `mpiexec -n 4 python script.py` has started, or one that is alone.

    Under `mpiexec` the number of processes and their ranks are MPI's, whatever the backend is called. Otherwise there
    is one process, of world size 1, which needs no MPI: it is what the arguments, the address or the environment say
    (`RANK` and `WORLD_SIZE`, as `torchrun` sets them), or backend "mpi" alone.

    From then on, an exception that nobody catches ends all processes; see the guide, "More than one process". Each
    process gets its share of the machine's cores for matrix products, unless `OMP_NUM_THREADS` or the like is set.

    Args:
        backend: "mpi" or "gloo", which are the same here.
        init_method: an address such as "env://", "tcp://localhost:23456" or "file:///tmp/name". With MPI it is not
            needed, since the processes know of each other.
        timeout: how long a process waits for the others, by default 30 minutes.
        world_size: the number of processes; under `mpiexec` it may be left out, or has to be MPI's.
        rank: the number of this process; likewise.
        store: PyTorch's other way of meeting; with it, rank and world_size have to be given.
        group_name: the name of the group.
        pg_options: not used.
        device_id: the CPU.

    Raises:
        ValueError: if it is called twice, if rank or world size are said nowhere, or are not those of MPI.
        RuntimeError: for the backend "nccl", or several processes that no MPI launcher has started.
        ImportError: for several processes without mpi4py.
        TypeError: for a timeout that is no timedelta.
        AssertionError: for an unknown backend, or both an init_method and a store.

    >>> import tinygrad_lite as tl
    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> dist.get_rank(), dist.get_world_size()
    (0, 1)
    >>> dist.destroy_process_group()
    """
    if world.default is not None:
        raise ValueError("trying to initialize the default process group twice!")
    timeout = default_pg_timeout if timeout is None else _checked_timeout(timeout)
    if store is not None and init_method is not None:
        raise AssertionError("Cannot specify both init_method and store.")
    if store is not None and not (world_size > 0 and rank >= 0):
        raise AssertionError("world_size must be positive if using store, and rank must be non-negative if using store")
    name = _checked_backend(backend)
    count = launch.launched()
    if count is not None and count > 1:
        comm = launch.world(count)
        for what, given, is_so in (("rank", rank, comm.rank), ("world_size", world_size, count)):
            if given not in (-1, is_so):
                raise ValueError(
                    f"init_process_group: {what}={given}, but under this launcher it is {is_so}: leave it out"
                )
        _share_cores(comm)
        channel: LocalChannel = MPIChannel(comm.Dup())
    else:
        if store is None and (init_method is not None or not (name == "mpi" or count == 1)):
            rank, world_size = launch.rendezvous(init_method or "env://", rank, world_size)
        if max(world_size, 1) != 1 or max(rank, 0) != 0:
            raise RuntimeError(
                f"init_process_group: rank {rank} of world_size {world_size}, but this process was not started by an "
                f"MPI launcher. Several processes are started with  mpiexec -n {max(world_size, 2)} python script.py  "
                '(pip install "tinygrad_lite[mpi]")'
            )
        channel = LocalChannel()
    world.default = _registered(channel, [*range(channel.size)], name, timeout, group_name, "default_pg")
    world.watch = Watch(channel, timeout)


def _share_cores(comm: Any) -> None:
    """Let each of the processes on one machine have its share of the cores, as `torchrun` does."""
    here = comm.Split_type(launch.mpi().COMM_TYPE_SHARED)
    if here.size > 1 and not any(name in os.environ for name in _THREADS):
        set_num_threads(max(1, cores() // here.size))
    here.Free()


def _checked_timeout(timeout: Any) -> timedelta:
    if not isinstance(timeout, timedelta):
        raise TypeError(f"Expected timeout argument to be of type datetime.timedelta, got {timeout}")
    return timeout


def _checked_backend(backend: str | None) -> Backend:
    """The backend for the CPU, of names like "gloo" or "cpu:gloo,cuda:nccl"."""
    if backend is None:
        return Backend("gloo")
    pairs = [part.rpartition(":") for part in Backend(backend).split(",")]
    name = next((name for device, _, name in pairs if device in ("", "cpu")), "undefined")
    if name in ("nccl", "ucc", "xccl"):
        raise RuntimeError(
            f"Distributed package doesn't have {name.upper()} built in: the only device is the CPU; use backend "
            '"mpi", or "gloo", which is the same here'
        )
    if name not in ("mpi", "gloo"):
        raise AssertionError(f'Unknown backend type {backend}: use "mpi", or "gloo", which is the same')
    return Backend(name)


def _registered(
    channel: LocalChannel, ranks: list[int], backend: Backend, timeout: timedelta, name: str, description: str
) -> ProcessGroup:
    made = ProcessGroup(channel, ranks, backend, timeout, name or str(world.count), description)
    world.count += 1
    world.groups.append(made)
    return made


def destroy_process_group(group: Group = None) -> None:
    """Disconnect the processes of a group; of all groups, if it is that of all processes. All of them call it.

    Args:
        group: the group; by default, that of all processes.

    Raises:
        AssertionError: if there is no group.
        ValueError: if the group has been destroyed before.
        DistBackendError: if another process is at something else.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> dist.destroy_process_group()
    >>> dist.is_initialized()
    False
    """
    if not_in(group):
        return
    given = world.default if group is None else group
    if given is None:
        raise AssertionError("Process group cannot be None")
    if not isinstance(given, ProcessGroup) or given not in world.groups:
        raise ValueError("Invalid process group specified")
    if given is not world.default:
        given.agree("destroy_process_group")
        given.channel.free()
        world.groups.remove(given)
        return
    if world.watch is not None:
        world.watch.leave()
        world.watch.stop()
    for each in reversed(world.groups):
        each.channel.free()
    world.forget()


def new_group(
    ranks: Sequence[int] | None = None,
    timeout: timedelta | None = None,
    backend: str | None = None,
    pg_options: Any = None,
    use_local_synchronization: bool = False,
    group_desc: str | None = None,
    device_id: Any = None,
    sort_ranks: bool = True,
) -> ProcessGroup | int:
    """Make a group of some of the processes. All processes call it, also those that will not belong to it.

    Args:
        ranks: the numbers of its processes; None for all.
        timeout: how long a process waits for the others.
        backend: as in `init_process_group`.
        pg_options: not used.
        use_local_synchronization: whether only the group's processes call it, which MPI cannot do.
        group_desc: what it is for.
        device_id: the CPU.
        sort_ranks: whether its processes are numbered in the order of their numbers among all, or in that of `ranks`.

    Returns:
        The group; `GroupMember.NON_GROUP_MEMBER` in the other processes.

    Raises:
        ValueError: for ranks that come twice or do not exist, without `init_process_group`, or with
            use_local_synchronization.
        TypeError: for a timeout that is no timedelta.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> dist.get_process_group_ranks(dist.new_group([0]))
    [0]
    >>> dist.destroy_process_group()
    """
    whole = default_group()
    name = whole.backend if not backend else _checked_backend(backend)
    timeout = default_pg_timeout if timeout is None else _checked_timeout(timeout)
    if use_local_synchronization:
        raise ValueError("MPI backend doesn't support use_local_synchronization=True")
    chosen = list(range(whole.size())) if ranks is None else sorted(ranks) if sort_ranks else list(ranks)
    if len(set(chosen)) != len(chosen):
        raise ValueError(f"ranks list must not contain duplicate entries, got {chosen}")
    if len(chosen) > whole.size():
        raise ValueError(
            "the new group's world size should be less or equal to the world size set by init_process_group"
        )
    for rank in chosen:
        if not 0 <= rank < whole.size():
            raise ValueError(
                f"Rank {rank} is out of range. Valid ranks are 0 to {whole.size() - 1} (world_size={whole.size()})"
            )
    whole.agree(f"new_group({chosen})")
    channel = whole.channel.split(chosen if whole.rank() in chosen else None)
    if channel is None:
        world.count += 1
        return GroupMember.NON_GROUP_MEMBER
    return _registered(channel, chosen, name, timeout, "", group_desc or "undefined")


# ------------------------------------------------------------------------------------------------ who is in a group


def default_group() -> ProcessGroup:
    """The group of all processes."""
    if world.default is None:
        raise ValueError("Default process group has not been initialized, please make sure to call init_process_group.")
    return world.default


def not_in(group: Group) -> bool:
    """True for what `new_group` returns in a process that does not belong to the group."""
    return group == GroupMember.NON_GROUP_MEMBER


def group_or_default(group: Group) -> ProcessGroup:
    """The group that is meant.

    Raises:
        ValueError: if it has been destroyed, or there is none.
    """
    if group is None:
        return default_group()
    if not isinstance(group, ProcessGroup) or group not in world.groups:
        raise ValueError(f"Group {group} is not registered, please create group with torch.distributed.new_group API")
    return group


def get_rank(group: Group = None) -> int:
    """The number of this process in a group, from 0; -1 if it does not belong to it.

    Args:
        group: the group; by default, that of all processes.

    Raises:
        ValueError: before `init_process_group`.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> dist.get_rank()
    0
    >>> dist.destroy_process_group()
    """
    return -1 if not_in(group) else group_or_default(group).rank()


def get_world_size(group: Group = None) -> int:
    """The number of processes in a group; -1 if this one does not belong to it.

    Args:
        group: the group; by default, that of all processes.

    Raises:
        ValueError: before `init_process_group`.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> dist.get_world_size()
    1
    >>> dist.destroy_process_group()
    """
    return -1 if not_in(group) else group_or_default(group).size()


def get_backend(group: Group = None) -> Backend:
    """The name of a group's backend.

    Args:
        group: the group; by default, that of all processes.

    Raises:
        ValueError: before `init_process_group`, and for a process that does not belong to the group.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> dist.get_backend()
    'gloo'
    >>> dist.destroy_process_group()
    """
    if not_in(group):
        raise ValueError("Invalid process group specified")
    return group_or_default(group).backend


def get_group_rank(group: ProcessGroup, global_rank: int) -> int:
    """The number that a process has in a group.

    Args:
        group: the group.
        global_rank: its number among all processes.

    Raises:
        ValueError: if it does not belong to the group.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> dist.get_group_rank(dist.group.WORLD, 0)
    0
    >>> dist.destroy_process_group()
    """
    ranks = group_or_default(group).ranks
    if global_rank not in ranks:
        raise ValueError(f"Global rank {global_rank} is not part of group {group}")
    return ranks.index(global_rank)


def get_global_rank(group: ProcessGroup, group_rank: int) -> int:
    """The number that a process of a group has among all processes.

    Args:
        group: the group.
        group_rank: its number in the group.

    Raises:
        ValueError: if there is no such process.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> dist.get_global_rank(dist.group.WORLD, 0)
    0
    >>> dist.destroy_process_group()
    """
    ranks = group_or_default(group).ranks
    if not 0 <= group_rank < len(ranks):
        raise ValueError(f"Group rank {group_rank} is not part of group {group}")
    return ranks[group_rank]


def get_process_group_ranks(group: ProcessGroup | None) -> list[int]:
    """The numbers, among all processes, of the processes in a group.

    Args:
        group: the group; None for all processes.

    Raises:
        ValueError: before `init_process_group`.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> dist.get_process_group_ranks(None)
    [0]
    >>> dist.destroy_process_group()
    """
    return list(group_or_default(group).ranks)


def get_pg_count() -> int:
    """The number of groups that have been made.

    Raises:
        ValueError: never.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.get_pg_count()
    0
    """
    return world.count


def get_node_local_rank(fallback_rank: int | None = None) -> int:
    """The number of this process among those on its machine, as the launcher says it in the environment.

    Args:
        fallback_rank: what is returned where no launcher says it.

    Raises:
        RuntimeError: if no launcher says it and there is no fallback.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.get_node_local_rank(fallback_rank=0)
    0
    """
    found = launch.local_rank()
    if found is None:
        found = fallback_rank
    if found is None:
        raise RuntimeError(
            "LOCAL_RANK is not in the environment. Consider passing fallback_rank to allow `get_node_local_rank` to "
            "work, assuming you are not running in a multi-device context and want the code to run locally instead."
        )
    return int(found)


# ----------------------------------------------------------------------------------------------- what is available


def is_mpi_available() -> bool:
    """Tell whether mpi4py is installed.

    >>> import tinygrad_lite.distributed as dist
    >>> isinstance(dist.is_mpi_available(), bool)
    True
    """
    return launch.mpi_is_installed()


def is_gloo_available() -> bool:
    """Tell whether the backend may be called "gloo", as programs for the CPU call it: yes; it is MPI.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.is_gloo_available()
    True
    """
    return True


def is_nccl_available() -> bool:
    """Tell whether the backend NCCL is here: it is not.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.is_nccl_available()
    False
    """
    return False


def is_ucc_available() -> bool:
    """Tell whether the backend UCC is here: it is not.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.is_ucc_available()
    False
    """
    return False


def is_xccl_available() -> bool:
    """Tell whether the backend XCCL is here: it is not.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.is_xccl_available()
    False
    """
    return False


def is_backend_available(backend: str) -> bool:
    """Tell whether there is a backend, of a name like "gloo" or "cpu:gloo,cuda:nccl".

    Args:
        backend: the name.

    Raises:
        AttributeError: if it is not a string.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.is_backend_available("gloo"), dist.is_backend_available("nccl")
    (True, False)
    """
    names: Iterable[str] = (part.rpartition(":")[2] for part in backend.lower().split(","))
    return all(name == "gloo" or (name == "mpi" and is_mpi_available()) for name in names)


def is_torchelastic_launched() -> bool:
    """Tell whether `torchrun` has started this process.

    >>> import tinygrad_lite.distributed as dist
    >>> dist.is_torchelastic_launched()
    False
    """
    return "TORCHELASTIC_RUN_ID" in os.environ
