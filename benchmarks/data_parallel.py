"""What a second process is worth: steps in two processes beside one, beside PyTorch's, and what 64 would give.

    python -m benchmarks.data_parallel             three networks (about three minutes)
    python -m benchmarks.data_parallel --quick     seconds, to see that it runs

Every step trains on the same whole batch: in one process with one thread or two, or in two processes of one thread,
each on one half. Contestants are measured in turns, each in new processes, and their losses must agree. A figure is the
median of all rounds, of which each is the median of its calls. Needs PyTorch and `pip install "tinygrad_lite[mpi]"`.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from typing import Any, NamedTuple

import numpy as np

from .processes import ROOT, Failed, environment, rotated
from .tables import duration, markdown


class Network(NamedTuple):
    """A fully connected network, and the size of the whole batch."""

    name: str
    widths: list[int]
    batch: int

    @property
    def octets(self) -> int:
        """The bytes of its gradients."""
        return 4 * sum(a * b + b for a, b in zip(self.widths, self.widths[1:], strict=False))


NETWORKS = [
    Network("784-100×4-10 (the book's)", [784, 100, 100, 100, 100, 10], 256),
    Network("784-1024-1024-10", [784, 1024, 1024, 10], 256),
    Network("2048×6-10", [2048] * 6 + [10], 256),
]
QUICK = [Network("64-32-10", [64, 32, 10], 32)]


class Contestant(NamedTuple):
    """A library, the number of processes, and that of the threads of each."""

    name: str
    module: str
    processes: int
    threads: int


OURS, PYTORCH = "tinygrad_lite", "torch"
CONTESTANTS = [
    Contestant(f"{name}, {processes} × {threads} thread{'s' * (threads > 1)}", module, processes, threads)
    for name, module in (("tinygrad_lite", OURS), ("PyTorch", PYTORCH))
    for processes, threads in ((1, 1), (1, 2), (2, 1))
]

LATENCY, BANDWIDTH = 30e-6, 10e9 / 8
"""Of 10 Gbit/s Ethernet with TCP: seconds for a message, bytes in a second."""


def exchanged(octets: int, ranks: int, latency: float, bandwidth: float) -> float:
    """The seconds of a sum over n = `ranks` processes, each of which sends 2 (n - 1) / n of its bytes.

    Source: Rabenseifner, Optimization of Collective Reduction Operations, 2004.
    """
    return 2 * math.ceil(math.log2(ranks)) * latency + 2 * (ranks - 1) / ranks * octets / bandwidth


# ---------------------------------------------------------------------------------------------------------- a process


def work(module: str, networks: list[Network], seconds: float) -> None:
    """Measure the steps of one library in this process, which may be one of two; rank 0 prints what it found."""
    T = importlib.import_module(module)
    dist = importlib.import_module(f"{module}.distributed")
    threads = int(os.environ["OMP_NUM_THREADS"])
    T.set_num_threads(threads)
    dist.init_process_group("gloo")
    rank, size = dist.get_rank(), dist.get_world_size()
    found = {}
    for network in networks:
        T.manual_seed(0)
        layers: list[Any] = []
        for before, after in zip(network.widths, network.widths[1:], strict=False):
            layers += [T.nn.Linear(before, after), T.nn.ReLU()]
        model = T.nn.Sequential(*layers[:-1])
        if size > 1:
            model = T.nn.parallel.DistributedDataParallel(model, gradient_as_bucket_view=True)
        optimizer = T.optim.SGD(model.parameters(), lr=0.01)
        rng = np.random.default_rng(0)
        x = T.from_numpy(rng.random((network.batch, network.widths[0]), np.float32)[rank::size].copy())
        y = T.from_numpy(rng.integers(0, 10, network.batch)[rank::size].copy())

        def step(model: Any = model, optimizer: Any = optimizer, x: Any = x, y: Any = y) -> Any:
            loss = T.nn.functional.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return loss.detach().clone()

        losses = []
        for _ in range(3):
            loss = step()
            dist.all_reduce(loss)
            losses.append(float(loss) / size)
        gradients = T.zeros(network.octets // 4)
        found[network.name] = {
            "losses": losses,
            "step": _timed(T, dist, step, seconds),
            "alone": _timed(T, dist, step, seconds / 2, time.process_time),
            "sum": _timed(T, dist, lambda gradients=gradients: dist.all_reduce(gradients), seconds / 4),
        }
    if rank == 0:
        print(json.dumps(found))
    dist.destroy_process_group()


def _timed(T: Any, dist: Any, call: Any, seconds: float, clock: Any = time.perf_counter) -> float:
    """The median time of a call, of which all processes make the same number."""
    start = time.perf_counter()
    call()
    count = T.tensor([max(3, min(2000, int(seconds / (time.perf_counter() - start))))])
    dist.broadcast(count, 0)
    times = []
    for _ in range(int(count)):
        start = clock()
        call()
        times.append(clock() - start)
    return statistics.median(times)


# -------------------------------------------------------------------------------------------------------- all of them


def run(contestant: Contestant, seconds: float, quick: bool) -> dict[str, Any]:
    """What a contestant's processes find."""
    command = [sys.executable, "-m", "benchmarks.data_parallel", "--worker", contestant.module]
    command += ["--seconds", str(seconds), *(["--quick"] if quick else [])]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(contestant.threads))
    outer = {**environment(), **threads}
    if contestant.module == OURS and contestant.processes > 1:
        launcher = shutil.which("mpiexec", path=os.path.dirname(sys.executable)) or "mpiexec"
        started = [_process([launcher, "-n", str(contestant.processes), *command], outer)]
    else:
        with socket.socket() as free:
            free.bind(("localhost", 0))
            port = str(free.getsockname()[1])
        meeting = {"WORLD_SIZE": str(contestant.processes), "MASTER_ADDR": "localhost", "MASTER_PORT": port}
        started = [_process(command, {**outer, **meeting, "RANK": str(rank)}) for rank in range(contestant.processes)]
    printed = [process.communicate() for process in started]
    if any(process.returncode for process in started):
        raise Failed(f"{contestant.name}: {printed[0][1]}")
    return dict(json.loads(printed[0][0].splitlines()[-1]))


def _process(command: list[str], variables: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(command, env=variables, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print, or be one of the processes."""
    parser = argparse.ArgumentParser("python -m benchmarks.data_parallel", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small network: the figures are not to be believed")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.5, help="how long a network is measured in a turn")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    networks, seconds = (QUICK, 0.05) if options.quick else (NETWORKS, options.seconds)
    if options.worker:
        work(options.worker, networks, seconds)
        return
    load = os.getloadavg()[0]
    rounds: dict[str, list[dict[str, Any]]] = {each.name: [] for each in CONTESTANTS}
    contestants = {each.name: each for each in CONTESTANTS}
    for i in range(1 if options.quick else options.rounds):
        for name in rotated(contestants, i):
            rounds[name].append(run(contestants[name], seconds, options.quick))
    for network in networks:
        losses = {name: found[0][network.name]["losses"] for name, found in rounds.items()}
        for name, each in losses.items():
            if not np.allclose(each, losses[CONTESTANTS[0].name], rtol=1e-4):
                raise Failed(f"{network.name}: the losses of {name} are {each}, those of others {losses}")
    print(f"load {load:.1f} when the run began, {os.getloadavg()[0]:.1f} at its end\n")
    print(report(rounds, networks))


def report(rounds: dict[str, list[dict[str, Any]]], networks: list[Network]) -> str:
    """The measured steps, what a model says of two processes, and what it says of 64."""

    def median(name: str, network: Network, what: str = "step") -> float:
        return statistics.median(found[network.name][what] for found in rounds[name])

    measured = [
        [f"{network.name}, batch {network.batch}", *(duration(median(each.name, network)) for each in CONTESTANTS)]
        for network in networks
    ]
    one, _, two = (each.name for each in CONTESTANTS if each.module == OURS)
    checked, sixty_four = [], []
    for network in networks:
        alone, both, sums = median(one, network, "alone"), median(two, network), median(two, network, "sum")
        predicted = alone / 2 + sums
        figures = map(duration, (alone / 2, sums, predicted, both))
        checked.append([network.name, *figures, f"{both / predicted:.2f}", f"{median(one, network) / both:.2f}"])
        network_time = exchanged(network.octets, 64, LATENCY, BANDWIDTH)
        part = alone / 2  # of a batch of 128 in each process
        hidden = max(network_time - part * 2 / 3, 0)  # the backward pass is about two thirds of a step
        sixty_four.append(
            [
                network.name,
                f"{network.octets / 1e6:.1f} MB",
                *map(duration, (part, network_time)),
                f"{64 * part / (part + network_time):.0f}",
                f"{64 * part / (part + hidden):.0f}",
            ]
        )
    two_of = "two processes|half a step alone|+ a sum of the gradients|= predicted|measured|ratio|speedup".split("|")
    many = "64 processes, 10 Gbit/s|gradients|computing|exchange|speedup, nothing hidden|all that can be".split("|")
    names = ["a step", *(each.name for each in CONTESTANTS)]
    return "\n\n".join([markdown(names, measured), markdown(two_of, checked), markdown(many, sixty_four)])


if __name__ == "__main__":
    main()
