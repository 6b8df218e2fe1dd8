"""The memory of arrays that are made and freed again and again is not returned to the system each time."""

from __future__ import annotations

import importlib.util
import os
import platform
import subprocess
import sys

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.ops.kernels import large_arrays

# The forward pass makes arrays and the backward pass frees them, all in the order of a stack.
STEPS = """
import resource
import numpy as np
{imported}

def faults(rounds):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(rounds):
        kept = [np.ones(50_000, np.float32) for _ in range(100)]
        while kept:
            kept.pop()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) // rounds

faults(2)
print(faults(5))
"""


def faults(imported: str, **environment: str) -> int:
    """The pages that the system must find for a step that keeps 5,000 of them."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    command = [sys.executable, "-c", STEPS.format(imported=imported)]
    return int(subprocess.run(command, env=clean | environment, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library has limits of its own")
def test_steps_use_the_memory_of_those_before() -> None:
    assert faults("") > 3000  # NumPy alone
    assert faults("import tinygrad_lite") < 500
    assert faults("import tinygrad_lite", MALLOC_TRIM_THRESHOLD_="131072") > 3000  # what the user says holds


def address(x: np.ndarray) -> int:
    return int(x.__array_interface__["data"][0])


def test_a_large_array_is_made_in_the_memory_of_the_last_one_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_arrays, "_MOST", 1 << 27)  # whatever the environment says
    shape = (9, 1 << 20)
    first = large_arrays.large_empty(shape, np.float32)
    place, view = address(first), first[3:5, ::2].reshape(-1)
    view[...] = 1.0
    del first
    second = large_arrays.large_empty(shape, np.float32)  # the view still looks into the first
    second[3:5] = 2.0
    assert address(second) != place
    assert (view == 1.0).all()
    other = address(second)
    del view  # now the first is gone
    third = large_arrays.large_empty(shape[::-1], np.int32)
    assert address(third) == place
    assert third.shape == shape[::-1]
    assert third.dtype == np.int32
    del second, third  # the last one that is gone takes the place of the one before
    assert address(large_arrays.large_empty((9 << 21,), np.float16)) in (place, other)
    assert large_arrays.large_empty((2, 2), np.float32).base is None
    assert large_arrays.large_empty(((1 << 25) - (1 << 16),), np.uint8).base is None  # of which glibc keeps the memory
    assert large_arrays.large_empty((1 << 23,), np.float32).base is not None
    assert large_arrays.large_empty((1, 1 << 27), np.float16).base is None  # too large to be kept


def test_nothing_is_kept_where_the_user_has_set_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = large_arrays.__spec__
    assert spec is not None
    assert spec.loader is not None
    for names, most in ((), 1 << 27), (("TRIM",), 0), (("MMAP",), 0), (("TRIM", "MMAP"), 0):
        for name in ("TRIM", "MMAP"):
            monkeypatch.delenv(f"MALLOC_{name}_THRESHOLD_", raising=False)
        for name in names:
            monkeypatch.setenv(f"MALLOC_{name}_THRESHOLD_", "131072")
        module = importlib.util.module_from_spec(spec)  # which looks at the environment once
        spec.loader.exec_module(module)
        assert most == module._MOST


def test_per_sample_gradients_do_not_share_memory() -> None:
    """They are outer products of more than 32 MiB. Against the loss (x · w)² in closed form."""
    x = tl.arange(90.0 * 300).reshape(90, 300) / 1000
    weight = tl.ones(350, 300)
    gradients = tl.func.vmap(tl.func.grad(lambda w, x: ((w @ x) ** 2).sum() / 2), in_dims=(None, 0))
    one, two = gradients(weight, x), gradients(2 * weight, x)
    expected = (x.sum(1)[:, None] * x)[:, None].expand(90, 350, 300)
    tl.testing.assert_close(one, expected)
    tl.testing.assert_close(two, 2 * expected)
