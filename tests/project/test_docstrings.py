"""Every public function and class says what it does, on which shapes and dtypes, what it raises, and shows an example.

Run as a script, this file lists what is missing: `python tests/project/test_docstrings.py nn.functional`.
"""

from __future__ import annotations

import doctest
import enum
import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tinygrad_lite import Tensor, jit

NAMESPACES = [
    "", "accelerator", "amp", "autograd", "autograd.functional", "cpu", "cuda", "cuda.amp", "datasets", "distributed", "distributions",
    "distributions.constraints", "distributions.utils", "func", "insight", "jit", "linalg", "mps", "multiprocessing", "nn", "nn.attention", "nn.functional",
    "nn.init", "nn.parallel", "nn.utils", "nn.utils.parametrizations", "nn.utils.parametrize", "nn.utils.rnn", "onnx", "optim",
    "optim.book", "optim.lr_scheduler", "optim.swa_utils", "profiler", "random", "serialization", "sparse", "special", "testing",
    "utils.benchmark", "utils.checkpoint", "utils.data", "xpu",
]  # fmt: skip

# What accepts whatever it is given.
RAISES_NOTHING = {
    "get_default_dtype", "get_rng_state", "initial_seed", "is_grad_enabled", "is_inference_mode_enabled", "is_tensor",
    "seed", "enable_grad", "no_grad", "inference_mode", "set_grad_enabled", "Node", "show_config", "get_worker_info",
    "is_anomaly_enabled", "is_anomaly_check_nan_enabled", "AnomalyError", "is_available", "device_count", "is_initialized",
    "is_parametrized", "are_deterministic_algorithms_enabled", "get_default_device", "get_deterministic_debug_mode",
    "get_float32_matmul_precision", "is_autocast_enabled", "is_deterministic_algorithms_warn_only_enabled",
    "is_warn_always_enabled", "empty_cache", "kineto_available", "supported_activities", "get_swa_avg_fn", "get_swa_multi_avg_fn", "custom_bwd", "custom_fwd", "is_autocast_available", "manual_seed", "manual_seed_all",
    "current_device", "set_device", "synchronize", "current_accelerator", "get_arch_list", "get_rng_state_all", "is_bf16_supported",
    "max_memory_allocated", "max_memory_reserved", "memory_allocated", "memory_reserved", "memory_stats", "seed_all",
    "set_rng_state_all", "clear_safe_globals", "get_safe_globals", "get_all_sharing_strategies", "get_sharing_strategy", "Identity", "uninstall_as_torch", "get_num_interop_threads", *(name for name in jit.__all__ if name not in ("save", "load")), "check_backward_validity", "noop_context_fn", "is_in_onnx_export", "is_torchelastic_launched", "is_gloo_available", "is_nccl_available", "is_ucc_available", "is_xccl_available", "is_mpi_available",
}  # fmt: skip

SHAPE = re.compile(r"shape|\([A-Za-z*…0-9][^()\n]*, ?[^()\n]*\)|0-d|one element|broadcast|dimension|size|scalar", re.I)
DTYPE = re.compile(r"dtype|float|int(?:eger|64|32|8)?\b|bool|whole number", re.I)


def public(namespace: str) -> Iterator[tuple[str, Any]]:
    """The functions and classes that a namespace lists, those of this library alone."""
    module = importlib.import_module(f"tinygrad_lite.{namespace}".rstrip("."))
    documented_elsewhere = {"detach"}  # core's own method
    for name in sorted(getattr(module, "__all__", vars(module))):
        if name.startswith("_"):
            continue
        x = getattr(module, name)
        if x is getattr(Tensor, name, None) and (name.endswith("_") or name in documented_elsewhere):
            continue  # an in-place form, of which the function without the line tells
        if callable(x) and str(getattr(x, "__module__", "")).startswith("tinygrad_lite"):
            yield name, x


def documented(x: Any) -> str:
    """The docstring of a function, or of a class together with those of its constructor and `forward`."""
    parts = [x]
    if inspect.isclass(x):
        parts += [member for name in ("__init__", "__new__", "forward", "step") if (member := vars(x).get(name))]
    return "\n".join(inspect.getdoc(part) or "" for part in parts)


def parameters(x: Any) -> list[inspect.Parameter]:
    """Those that a caller has to know; `x`, `self`, `input` and the like are what the function is about."""
    try:
        given = inspect.signature(x).parameters.values()
    except (TypeError, ValueError):
        return []
    plain = {
        "self",
        "x",
        "y",
        "input",
        "other",
        "args",
        "kwargs",
        "named",
        "device",
        "dtype",
        "requires_grad",
        "tensors",
    }
    return [p for p in given if p.name not in plain and not p.name.startswith("_")]


def missing(name: str, x: Any) -> list[str]:
    """What the docstring of a public function or class lacks."""
    text = documented(x)
    if not text.strip():
        return ["docstring"]
    lacks = []
    summary = re.split(r"\n\s*\n", inspect.getdoc(x) or "")[0].strip()
    if not re.search(r"[.:?]$", summary):
        lacks.append("a first sentence")
    if re.match(r"(What|Which|Whether|How|Where|The same)\b", summary):
        lacks.append("a first sentence that says what it does")
    exception = inspect.isclass(x) and issubclass(x, BaseException)
    if ">>>" not in text:
        lacks.append("doctest")
    if "Raises:" not in text and name not in RAISES_NOTHING and not exception:
        lacks.append("Raises:")
    about_tensors = not inspect.isclass(x) and "Tensor" in str(getattr(x, "__annotations__", "")) + str(_signature(x))
    layer = inspect.isclass(x) and hasattr(x, "forward")
    if (about_tensors or layer) and not SHAPE.search(text):
        lacks.append("shapes")
    if (about_tensors or layer) and not DTYPE.search(text):
        lacks.append("dtypes")
    lacks += [f"parameter {p.name}" for p in parameters(x) if not re.search(rf"\b{re.escape(p.name)}\b", text)]
    return lacks


def _signature(x: Any) -> str:
    try:
        return str(inspect.signature(x))
    except (TypeError, ValueError):
        return ""


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_nothing_is_missing(namespace: str) -> None:
    found = {
        name: lacks for name, x in public(namespace) if not isinstance(x, enum.EnumMeta) and (lacks := missing(name, x))
    }
    assert not found


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_the_examples_of_methods_run(namespace: str) -> None:
    """pytest finds those of a class, but not of its methods, where the class carries the name of a public namespace."""
    flags = doctest.NORMALIZE_WHITESPACE
    finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner(verbose=False, optionflags=flags)
    for name, x in public(namespace):
        for method, member in vars(x).items() if inspect.isclass(x) else ():
            text = getattr(member, "__doc__", None)
            if isinstance(text, str) and ">>>" in text and not inspect.isclass(member):
                for example in finder.find(member, f"{namespace}.{name}.{method}", module=False, globs={}):
                    assert runner.run(example).failed == 0, example.name


if __name__ == "__main__":
    total = 0
    for chosen in sys.argv[1:] or NAMESPACES:
        for name, x in public(chosen):
            if lacks := missing(name, x):
                total += 1
                print(f"{chosen or 'tinygrad_lite'}.{name} ({x.__module__}): {', '.join(lacks)}")
    print(total, "incomplete")
