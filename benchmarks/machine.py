"""What the contestants run on: versions, threads and kernels, asked in a process with their environment.

Run as `python -m benchmarks.machine` it prints the facts as JSON.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import subprocess
import sys

import tinygrad_lite as tl

from .processes import ROOT, environment

PEERS = {"PyTorch": "torch", "JAX": "jax", "MyGrad": "mygrad", "HIPS autograd": "autograd"}


def ask() -> dict[str, str]:
    """The facts, as a process sees them that the environment does not force."""
    command = [sys.executable, "-m", "benchmarks.machine"]
    done = subprocess.run(command, env=environment(), cwd=ROOT, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def facts() -> dict[str, str]:
    """Each fact by its name."""
    config = tl.show_config(mode="dicts")
    found = {
        "CPU": f"{config['cpu']}, {config['cores']} cores",
        "load": f"{os.getloadavg()[0]:.2f} when the run began (a busy core makes threads wait: 0 is best)",
        "Python": config["python"],
        "tinygrad_lite": config["tinygrad_lite"],
        "NumPy": f"{config['numpy']}, {config['blas']}, kernel {config['kernel']}, {config['threads']} threads",
    }
    for name, package in PEERS.items():
        try:
            found[name] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    with contextlib.suppress(ImportError):
        import torch

        found["PyTorch"] += (
            f", {torch.get_num_threads()} threads, kernels for {torch.backends.cpu.get_cpu_capability()}"
        )
    if found["JAX"] != "not installed":
        found["JAX"] += ", a thread pool of its own"
    if config["warnings"]:
        found["warnings"] = "; ".join(config["warnings"])
    return found


if __name__ == "__main__":
    print(json.dumps(facts()))
