"""Was this process started alone, or as one of several by an MPI launcher (`mpiexec`, `mpirun`, `srun`)?

To find this out needs no MPI: the launchers say it in the environment. Only if there are several processes is mpi4py
imported.
"""

from __future__ import annotations

import importlib.util
import os
from typing import Any

from ..runtime.optional import require

SIZES = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")
"""The variables in which MPICH's and Intel's, Open MPI's, and MVAPICH's launchers give the number of processes."""

LOCAL_RANKS = (
    "LOCAL_RANK",
    "MPI_LOCALRANKID",
    "OMPI_COMM_WORLD_LOCAL_RANK",
    "MV2_COMM_WORLD_LOCAL_RANK",
    "SLURM_LOCALID",
)


def launched() -> int | None:
    """The number of processes that were started together; None if no launcher says so."""
    for name in SIZES:
        if name in os.environ:
            return int(os.environ[name])
    if "PMIX_RANK" in os.environ and "SLURM_STEP_NUM_TASKS" in os.environ:  # srun --mpi=pmix
        return int(os.environ["SLURM_STEP_NUM_TASKS"])
    return None


def local_rank() -> int | None:
    """The number of this process among those on its machine, if a launcher says it."""
    return next((int(os.environ[name]) for name in LOCAL_RANKS if name in os.environ), None)


def mpi() -> Any:
    """The module `mpi4py.MPI`, whose import starts MPI.

    Raises:
        ImportError: if mpi4py or MPI is not installed, naming the extra.
    """
    return require("mpi4py.MPI", "mpi")


def mpi_is_installed() -> bool:
    """Tell whether mpi4py is installed."""
    return importlib.util.find_spec("mpi4py") is not None


def world(count: int) -> Any:
    """MPI's communicator of all processes.

    Raises:
        RuntimeError: if MPI does not know of the others that the launcher has started.
    """
    MPI = mpi()
    if MPI.COMM_WORLD.size != count:
        raise RuntimeError(
            f"init_process_group: the launcher has started {count} processes, but in mpi4py's MPI "
            f"({MPI.Get_library_version().split(chr(10))[0].strip(chr(0))}) this one is one of "
            f"{MPI.COMM_WORLD.size}: the launcher belongs to another MPI. Use the mpiexec that stands beside this "
            "environment's python, or install mpi4py for the other MPI"
        )
    return MPI.COMM_WORLD


def rendezvous(init_method: str, rank: int, world_size: int) -> tuple[int, int]:
    """The rank and the world size that the arguments, the address or the environment give, as PyTorch reads them.

    Raises:
        RuntimeError: for an address of an unknown kind.
        ValueError: if one of the two is said nowhere.
    """
    if not isinstance(init_method, str):
        raise RuntimeError(f"`url` must be a string. {type(init_method)}: {init_method}")
    scheme, query = init_method.partition("://")[0], init_method.partition("?")[2]
    said = dict(part.split("=", 1) for part in query.split("&") if "=" in part)
    found = {"rank": rank, "world_size": world_size}
    for name, value in found.items():
        if value == -1 and name in said:
            found[name] = int(said[name])
    if scheme == "env":
        for name, variable in (("rank", "RANK"), ("world_size", "WORLD_SIZE")):
            if found[name] == -1:
                if not os.environ.get(variable):
                    raise ValueError(
                        "Error initializing torch.distributed using env:// rendezvous: environment variable "
                        f"{variable} expected, but not set: start the script with  mpiexec -n 2 python script.py , "
                        "or give rank=0 and world_size=1 for one process"
                    )
                found[name] = int(os.environ[variable])
    elif scheme in ("tcp", "file"):
        for name, words in (("rank", "rank"), ("world_size", "world size")):
            if found[name] == -1:
                raise ValueError(
                    f"Error initializing torch.distributed using {scheme}:// rendezvous: {words} parameter "
                    f"missing: give {name}="
                )
    else:
        raise RuntimeError(f"No rendezvous handler for {scheme}://")
    return found["rank"], found["world_size"]
