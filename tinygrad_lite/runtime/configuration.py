"""`show_config`: versions, NumPy's BLAS with its kernel and threads, and warnings of what slows the arithmetic down."""

from __future__ import annotations

import glob
import math
import os
import platform
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, overload

import numpy as np

from .cache_folder import cache_folder

# OpenBLAS' kernels, by the instructions that they are written for; then NumPy's names for these instructions.
KERNELS = {
    "AVX-512": {"skylakex", "cooperlake", "sapphirerapids"},
    "AVX2": {"haswell", "zen", "excavator"},
    "AVX": {"sandybridge", "bulldozer", "piledriver", "steamroller"},
    "SSE": {"prescott", "core2", "penryn", "dunnington", "nehalem", "athlon", "opteron", "barcelona", "bobcat", "atom"},
}
FEATURES = {"AVX-512": {"AVX512_SKX", "X86_V4"}, "AVX2": {"AVX2", "X86_V3"}, "AVX": {"AVX"}}

# How builds of OpenBLAS decorate the names of its functions.
DECORATIONS = [("scipy_", "64_"), ("", ""), ("", "64_"), ("scipy_", "")]


class Blas(NamedTuple):
    """The library that multiplies NumPy's matrices. A field is None where the library does not tell it."""

    name: str
    version: str | None = None
    kernel: str | None = None
    threads: int | None = None


@overload
def show_config(mode: Literal["dicts"]) -> dict[str, Any]: ...
@overload
def show_config(mode: Literal["stdout"] = "stdout") -> None: ...
def show_config(mode: Literal["stdout", "dicts"] = "stdout") -> dict[str, Any] | None:
    """Show versions, NumPy's BLAS with its kernel and threads, and warnings of what makes it slower than it could be.

    OpenBLAS, which NumPy's own wheels contain, is asked itself for its kernel and its number of threads. Of MKL,
    Accelerate and other libraries only the name and the version are known.

    Args:
        mode: "stdout" prints one line for each fact, "dicts" returns the facts as a dict (NumPy's `show_config` has
            the same two modes).

    Raises:
        ValueError: if `mode` is anything else.

    >>> import tinygrad_lite as tl
    >>> list(tl.show_config(mode="dicts"))
    ['tinygrad_lite', 'numpy', 'python', 'cpu', 'cores', 'cache', 'blas', 'kernel', 'threads', 'warnings']
    """
    if mode not in ("stdout", "dicts"):
        raise ValueError(f"mode must be 'stdout' or 'dicts', not {mode!r}")
    package = sys.modules[__name__.partition(".")[0]]
    used, usable = blas(), cores()
    config = {
        "tinygrad_lite": package.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "cpu": processor(),
        "cores": usable,
        "cache": str(cache_folder()),
        "blas": f"{used.name} {used.version or ''}".strip(),
        "kernel": used.kernel,
        "threads": used.threads,
        "warnings": slowdowns(used, usable, cpu_features(), os.environ),
    }
    if mode == "dicts":
        return config
    for name, value in config.items():
        for line in value if isinstance(value, list) else [value]:
            print(f"{name.removesuffix('s') if name == 'warnings' else name:14} {'unknown' if line is None else line}")
    return None


def slowdowns(used: Blas, usable: int, features: Collection[str], environment: Mapping[str, str]) -> list[str]:
    """One message for each thing that slows the arithmetic down and that a user can change.

    These are a BLAS kernel forced upon a better CPU, NumPy's fast loops turned off, and more threads than cores.
    """
    messages = []
    cpu_level = next((name for name, names in FEATURES.items() if names.intersection(features)), None)
    kernel_level = next((name for name, names in KERNELS.items() if (used.kernel or "").lower() in names), None)
    levels = list(KERNELS)
    forced = environment.get("OPENBLAS_CORETYPE")
    if forced and cpu_level and kernel_level and levels.index(kernel_level) > levels.index(cpu_level):
        messages.append(
            f"OPENBLAS_CORETYPE={forced} forces a kernel for {kernel_level}, and this CPU has {cpu_level}: matrix "
            "products may take up to twice as long; unset it before Python starts"
        )
    if disabled := environment.get("NPY_DISABLE_CPU_FEATURES"):
        messages.append(f"NPY_DISABLE_CPU_FEATURES={disabled} keeps NumPy from these instructions; unset it")
    if used.threads is not None and used.threads > usable:
        messages.append(
            f"the BLAS has {used.threads} threads and this process may use {usable} core{'s' * (usable > 1)}: they "
            f"wait for one another; set OPENBLAS_NUM_THREADS={usable} before Python starts"
        )
    return messages


# ------------------------------------------------------------------------------------------------- the BLAS


def blas() -> Blas:
    """NumPy's BLAS: what OpenBLAS says of itself, or for other libraries what NumPy says of its build."""
    built = np.show_config(mode="dicts") or {}
    dependency = built.get("Build Dependencies", {}).get("blas", {})
    name, version = dependency.get("name") or "unknown", dependency.get("version")
    # A generic name can stand for OpenBLAS, on systems that let one choose among several libraries.
    if "openblas" in name or name in ("blas", "cblas", "unknown"):
        for path in libraries():
            if answer := query_openblas(path):
                return Blas("OpenBLAS", *answer)
    return Blas(name, None if version == "unknown" else version)


def libraries() -> list[str]:
    """The files that may be NumPy's OpenBLAS: those in its wheel, then those that this process has loaded."""
    root = Path(np.__file__).parent
    folders = [root.parent / "numpy.libs", root / ".dylibs", root / ".libs"]
    found = [path for folder in folders for path in glob.glob(str(folder / "*openblas*"))]
    try:
        mapped = Path("/proc/self/maps").read_text().split()
    except OSError:  # not on Linux
        mapped = []
    return list(dict.fromkeys([*found, *(path for path in mapped if "openblas" in path and "/" in path)]))


def query_openblas(path: str) -> tuple[str | None, str, int] | None:
    """The version, kernel and number of threads of an OpenBLAS; None if the file is not an OpenBLAS."""
    import ctypes

    try:
        library = ctypes.CDLL(path)
    except OSError:
        return None
    for before, after in DECORATIONS:
        get = [
            getattr(library, f"{before}openblas_get_{what}{after}", None)
            for what in ("config", "corename", "num_threads")
        ]
        if all(get):
            config, corename, threads = get
            config.restype = corename.restype = ctypes.c_char_p  # type: ignore[union-attr]  # all three were found
            words = config().decode().split()  # type: ignore[misc]  # likewise
            version = words[1] if len(words) > 1 and words[0] == "OpenBLAS" else None
            return version, corename().decode(), int(threads())  # type: ignore[misc]  # likewise
    return None


# ---------------------------------------------------------------------------------------------- the machine


def cpu_features() -> set[str]:
    """The sets of instructions that NumPy found in this CPU, by NumPy's names."""
    found = (np.show_config(mode="dicts") or {}).get("SIMD Extensions", {})
    return {*found.get("baseline", ()), *found.get("found", ())}


def processor() -> str:
    """The name of the CPU."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()


def cores() -> int:
    """The number of cores that this process may use, by its affinity and by the quota of its control group."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, math.ceil(min(allowed, cpu_quota())))


def cpu_quota(root: Path = Path("/sys/fs/cgroup"), membership: Path = Path("/proc/self/cgroup")) -> float:
    """The number of cores that the control group of this process, or one around it, may use; infinite if unlimited."""
    try:
        groups = [line.split(":", 2)[1:] for line in membership.read_text().splitlines()]
    except OSError:
        return math.inf
    least = math.inf
    for controllers, path in groups:
        base = root if not controllers else root / controllers  # in version 2 all controllers share one tree
        group = base / path.strip("/")
        for folder in (group, *group.parents):
            if not folder.is_relative_to(base):
                break
            least = min(least, group_limit(folder))
    return least


def group_limit(folder: Path) -> float:
    """The limit of one control group, in cores."""
    try:
        if (version_2 := folder / "cpu.max").exists():
            time, period = version_2.read_text().split()
        else:
            time, period = ((folder / f"cpu.cfs_{what}_us").read_text() for what in ("quota", "period"))
        return math.inf if time == "max" or int(time) < 0 else int(time) / int(period)
    except (OSError, ValueError):
        return math.inf
