"""The memory of arrays that are made and freed again and again is not returned to the system each time."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

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
