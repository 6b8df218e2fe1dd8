"""A process that is alone: what scripts probe and set up works without MPI, and the errors are PyTorch's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
import tinygrad_lite.distributed as dist
from tinygrad_lite import nn
from tinygrad_lite.distributed import launch
from tinygrad_lite.nn.parallel import DistributedDataParallel as DDP
from tinygrad_lite.utils.data import DistributedSampler

LAUNCHED = (*launch.SIZES, "PMIX_RANK", "RANK", "WORLD_SIZE", "LOCAL_RANK")


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in LAUNCHED:
        monkeypatch.delenv(name, raising=False)
    yield
    if dist.is_initialized():
        dist.destroy_process_group()


@pytest.fixture
def group() -> Any:
    dist.init_process_group("gloo", rank=0, world_size=1)
    return dist.group.WORLD


SCRIPT = """
import sys
sys.modules["mpi4py"] = None  # as if it were not installed
import tinygrad_lite as tl
tl.install_as_torch()
import os, torch, torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data.distributed import DistributedSampler
assert dist.is_available() and not dist.is_initialized() and not dist.is_nccl_available()
rank = dist.get_rank() if dist.is_initialized() else 0
os.environ.update(RANK="0", WORLD_SIZE="1", LOCAL_RANK="0", MASTER_ADDR="localhost", MASTER_PORT="1")  # torchrun's
dist.init_process_group(backend="nccl" if torch.cuda.is_available() else "gloo")
torch.manual_seed(0)
plain, model = nn.Linear(3, 2), None
torch.manual_seed(0)
model = DDP(nn.SyncBatchNorm.convert_sync_batchnorm(nn.Linear(3, 2)))
data = torch.utils.data.TensorDataset(torch.randn(8, 3))
loader = torch.utils.data.DataLoader(data, batch_size=4, sampler=DistributedSampler(data))
loader.sampler.set_epoch(1)
for (x,) in loader:
    for each in (plain, model):
        each(x).pow(2).sum().backward()
assert torch.equal(plain.weight.grad, model.module.weight.grad)
total = torch.ones(2)
dist.all_reduce(total, op=dist.ReduceOp.SUM)
dist.barrier()
everything = [None]
dist.all_gather_object(everything, {"rank": rank})
dist.destroy_process_group()
print(total.tolist(), everything, sorted(model.state_dict()), "mpi4py.MPI" in sys.modules)
os.environ["PMI_SIZE"] = "2"
try:
    dist.init_process_group()
except ImportError as error:
    print(error)
"""


def test_a_script_for_pytorch_without_mpi() -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    found, refused = done.stdout.splitlines()
    assert found == "[1.0, 1.0] [{'rank': 0}] ['module.bias', 'module.weight'] False"
    assert refused.endswith('install it with  pip install "tinygrad_lite[mpi]"')


@pytest.mark.parametrize(
    ("given", "environment"),
    [
        ({"rank": 0, "world_size": 1}, {}),
        ({"backend": "mpi"}, {}),
        ({"backend": "cpu:gloo,cuda:nccl"}, {"RANK": "0", "WORLD_SIZE": "1"}),
        ({"init_method": "env://"}, {"RANK": "0", "WORLD_SIZE": "1"}),
        ({"init_method": "env://?rank=0&world_size=1"}, {}),
        ({"init_method": "tcp://localhost:23456", "rank": 0, "world_size": 1}, {}),
        ({"init_method": "file:///tmp/nothing", "rank": 0, "world_size": 1}, {}),
        ({"store": object(), "rank": 0, "world_size": 1}, {}),
        ({}, {"PMI_SIZE": "1"}),  # mpiexec -n 1
        ({"timeout": timedelta(seconds=1)}, {"OMPI_COMM_WORLD_SIZE": "1"}),
    ],
)
def test_ways_to_begin(given: dict[str, Any], environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    hook = sys.excepthook
    dist.init_process_group(**given)
    assert (dist.get_rank(), dist.get_world_size(), dist.is_initialized()) == (0, 1, True)
    assert sys.excepthook is not hook
    dist.destroy_process_group()
    assert sys.excepthook == hook


# PyTorch 2.13's class and words.
@pytest.mark.parametrize(
    ("given", "environment", "kind", "phrase"),
    [
        ({}, {}, ValueError, "Error initializing torch.distributed using env:// rendezvous: environment variable RANK expected, but not set"),
        ({}, {"RANK": "0"}, ValueError, "environment variable WORLD_SIZE expected, but not set"),
        ({"init_method": "tcp://localhost:1"}, {}, ValueError, "using tcp:// rendezvous: rank parameter missing"),
        ({"init_method": "file:///tmp/x", "rank": 0}, {}, ValueError, "using file:// rendezvous: world size parameter missing"),
        ({"init_method": "foo://x"}, {}, RuntimeError, "No rendezvous handler for foo://"),
        ({"backend": "nccl"}, {}, RuntimeError, "Distributed package doesn't have NCCL built in"),
        ({"backend": "foo"}, {}, AssertionError, "Unknown backend type foo"),
        ({"backend": 3}, {}, ValueError, "Backend constructor parameter must be string-ish"),
        ({"timeout": 3}, {}, TypeError, "Expected timeout argument to be of type datetime.timedelta, got 3"),
        ({"init_method": "env://", "store": 1}, {}, AssertionError, "Cannot specify both init_method and store."),
        ({"store": 1}, {}, AssertionError, "world_size must be positive if using store"),
        ({"rank": 1, "world_size": 2}, {}, RuntimeError, "mpiexec -n 2 python script.py"),
        ({}, {"RANK": "0", "WORLD_SIZE": "4"}, RuntimeError, "mpiexec -n 4 python script.py"),
        ({}, {"PMI_SIZE": "2"}, RuntimeError, "the launcher belongs to another MPI"),
    ],
)  # fmt: skip
def test_errors_of_beginning(
    given: dict[str, Any],
    environment: dict[str, str],
    kind: type[Exception],
    phrase: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    one = SimpleNamespace(COMM_WORLD=SimpleNamespace(size=1, rank=0), Get_library_version=lambda: "Another MPI 1.0\n")
    monkeypatch.setattr(launch, "mpi", lambda: one)
    with pytest.raises(kind) as raised:
        dist.init_process_group(**given)
    assert phrase in str(raised.value)
    assert not dist.is_initialized()


@pytest.mark.parametrize(
    "call",
    [
        dist.get_rank, dist.get_world_size, dist.barrier, lambda: dist.all_reduce(tl.ones(2)), dist.get_backend, dist.new_group,
        lambda: DDP(nn.Linear(1, 1)), lambda: DistributedSampler([1]), lambda: dist.all_gather_object([None], 1),
    ],
)  # fmt: skip
def test_nothing_before_beginning(call: Callable[[], Any]) -> None:
    message = "Default process group has not been initialized, please make sure to call init_process_group."
    with pytest.raises(ValueError, match=message):
        call()


def test_errors_of_operations(group: Any) -> None:
    x = tl.ones(2, 3)
    for kind, phrase, call in [
        (ValueError, "trying to initialize the default process group twice!", dist.init_process_group),
        (ValueError, "Invalid destination rank: destination rank should not be the same", lambda: dist.send(x, 0)),
        (ValueError, "Global rank 1 is not part of group", lambda: dist.send(x, 1)),
        (RuntimeError, "invalid tensor size at index 0 (expected (2, 3), got (4))", lambda: dist.all_gather([tl.ones(4)], x)),
        (RuntimeError, "(expected length 1, got 2)", lambda: dist.all_gather([x, x], x)),
        (RuntimeError, "Split sizes doesn't match total dim 0 size", lambda: dist.all_to_all_single(x, x, [1], [2])),
        (TypeError, "Expected parameter `tensor` of type torch.Tensor", lambda: dist.broadcast(np.ones(2), 0)),  # type: ignore[arg-type]  # refused
        (TypeError, "op must be a ReduceOp", lambda: dist.all_reduce(x, "sum")),  # type: ignore[arg-type]  # refused
        (RuntimeError, "Cannot use ReduceOp.BAND with non-integral dtype", lambda: dist.all_reduce(x, dist.ReduceOp.BAND)),
        (ValueError, "Argument ``gather_list`` must be specified on destination rank.", lambda: dist.gather(x)),
        (ValueError, "Argument ``scatter_list`` must be specified on source rank.", lambda: dist.scatter(x)),
        (ValueError, "source rank must provide non-None", lambda: dist.scatter_object_list([None])),
        (ValueError, "Rank 1 is out of range. Valid ranks are 0 to 0 (world_size=1)", lambda: dist.new_group([1])),
        (ValueError, "use_local_synchronization", lambda: dist.new_group([0], use_local_synchronization=True)),
        (ValueError, "Invalid process group specified", lambda: dist.destroy_process_group(3)),
        (ValueError, "Invalid ``op``", lambda: dist.P2POp(dist.send, x, 0)),
        (RuntimeError, "may only be called on work objects that correspond to a recv", dist.all_reduce(x, async_op=True).source_rank),  # type: ignore[union-attr]  # it has one
        (ValueError, "DistributedDataParallel device_ids and output_device arguments only work with", lambda: DDP(nn.Linear(1, 1), [0])),
        (RuntimeError, "DistributedDataParallel is not needed when a module doesn't have any parameter", lambda: DDP(nn.ReLU())),
        (RuntimeError, "Modules with uninitialized parameters can't be used", lambda: DDP(nn.LazyLinear(1))),
        (NotImplementedError, "device_mesh", lambda: DDP(nn.Linear(1, 1), device_mesh=1)),
        (NotImplementedError, "the gradients of '0' are sparse", lambda: DDP(nn.Sequential(nn.Embedding(2, 1, sparse=True)))),
    ]:  # fmt: skip
        with pytest.raises(kind) as raised:
            call()
        assert phrase in str(raised.value)


def test_operations_in_a_compiled_function_are_not_lost(group: Any) -> None:
    calls = []

    def f(x: Any) -> Any:
        y = 2 * x
        calls.append(dist.all_reduce(y))
        return y

    compiled = tl.compile(f)
    with pytest.warns(UserWarning, match=r"all_reduce\(\) communicates with other processes"):
        compiled(tl.ones(2))
    compiled(tl.ones(2))
    assert len(calls) == 2


# Of PyTorch 2.13's DistributedSampler: length, number of processes, rank, shuffle, seed, epoch, drop_last; and the indices.
INDICES = [
    ((7, 3, 1, True, 0, 0, False), [0, 2, 4]),
    ((7, 3, 2, True, 5, 2, True), [3, 6]),
    ((2, 5, 4, True, 1, 0, False), [1]),
    ((10, 4, 3, False, 0, 0, True), [3, 7]),
    ((3, 5, 0, True, 0, 0, True), []),
    ((1, 4, 3, True, 0, 1, False), [0]),
    ((9, 2, 1, True, 2147483648, 7, True), [6, 5, 1, 7]),
    ((0, 2, 0, True, 0, 0, False), []),
]


def test_the_samplers_indices_are_pytorchs() -> None:
    for (count, size, rank, shuffle, seed, epoch, drop_last), expected in INDICES:
        sampler: Any = DistributedSampler(range(count), size, rank, shuffle, seed, drop_last)
        sampler.set_epoch(epoch)
        assert (list(sampler), len(sampler)) == (expected, len(expected))
    for rank in (-1, 2):
        with pytest.raises(ValueError, match=f"Invalid rank {rank}, rank should be in the interval \\[0, 1\\]"):
            DistributedSampler(range(3), 2, rank)
    sampling = pytest.importorskip("torch.utils.data.distributed")
    for i in range(60):
        count, size, seed, epoch = i % 13, i % 5 + 1, i * 7, i % 3
        settings = (count, size, i % size, i % 4 != 0, seed, i % 2 == 0)
        ours, theirs = (
            DistributedSampler(range(count), *settings[1:]),
            sampling.DistributedSampler(range(count), *settings[1:]),
        )
        ours.set_epoch(epoch)
        theirs.set_epoch(epoch)
        assert (list(ours), len(ours)) == (list(theirs), len(theirs)), settings


def test_sync_batch_norm_of_one_process_is_batch_norm(group: Any) -> None:
    model = nn.Sequential(
        nn.Conv2d(1, 3, 1), nn.Sequential(nn.BatchNorm2d(3, 1e-3, None)), nn.BatchNorm1d(4, affine=False)
    )
    weight, mean = model[1][0].weight, model[1][0].running_mean  # type: ignore[index]  # it has parts
    model.eval()
    found = nn.SyncBatchNorm.convert_sync_batchnorm(model)
    inner: Any = found[1][0]  # type: ignore[index]  # it has parts
    assert found is model
    assert type(inner) is type(found[2]) is nn.SyncBatchNorm  # type: ignore[index]  # it has parts
    assert inner.weight is weight
    assert inner.running_mean is mean
    assert not inner.training
    assert repr(inner) == "SyncBatchNorm(3, eps=0.001, momentum=None, affine=True, bias=True, track_running_stats=True)"
    other = nn.BatchNorm2d(3, 1e-3, None)
    x = tl.randn(2, 3, 2, 2)
    inner.train()
    for each in (inner, other):
        each(x)
    assert tl.equal(inner(x), other(x))
    assert tl.equal(inner.running_var, other.running_var)
    with pytest.raises(ValueError, match=r"expected at least 2D input \(got 1D input\)"):
        inner(tl.ones(3))
    with pytest.raises(ValueError, match="number of input channels should be non-zero"):
        inner(tl.ones(2, 0))
