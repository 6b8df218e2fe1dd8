"""`import torch` means this library, once and until it is taken back; each test has a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest


def run(script: str) -> str:
    """What a script prints, in a new process."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return done.stdout.strip()


INSTALL = "import tinygrad_lite as tl\ntl.install_as_torch()\n"


HERE = [
    ("import torch", "torch is tl"),
    ("import torch.nn as nn", "nn is tl.nn"),
    ("import torch.nn.functional as F", "F is tl.nn.functional"),
    ("import torch.nn.functional", "torch.nn.functional is tl.nn.functional"),
    ("from torch import nn, optim, Tensor", "(nn, optim, Tensor) == (tl.nn, tl.optim, tl.Tensor)"),
    ("from torch.nn import functional as F, init", "(F, init) == (tl.nn.functional, tl.nn.init)"),
    ("from torch.utils.data import DataLoader", "DataLoader is tl.utils.data.DataLoader"),
    ("from torch.optim.lr_scheduler import StepLR", "StepLR is tl.optim.lr_scheduler.StepLR"),
    ("from torch.autograd import Variable, Function", "Function is tl.autograd.Function"),
    ("import torch.autograd.functional as A", "A is tl.autograd.functional"),
    ("from torch.nn.parameter import Parameter", "Parameter is tl.nn.Parameter"),
    ("from torch.optim.optimizer import Optimizer", "Optimizer is tl.optim.Optimizer"),
    ("from torch.nn.modules.loss import _Loss, MSELoss", "issubclass(MSELoss, _Loss)"),
    ("import torch.nn.modules.linear", "torch.nn.modules.linear.Linear is tl.nn.Linear"),
    ("from torch.nn.modules.batchnorm import _BatchNorm", "isinstance(tl.nn.BatchNorm1d(1), _BatchNorm)"),
    ("from torch.nn.modules.conv import _ConvNd, Conv2d", "issubclass(Conv2d, _ConvNd)"),
    (
        "from torch.nn.modules.utils import _single, _pair",
        "(_single(2), _pair(2), _pair([1, 3])) == ((2,), (2, 2), (1, 3))",
    ),
    ("from torch.nn.modules.lazy import LazyModuleMixin", "issubclass(tl.nn.LazyConv2d, LazyModuleMixin)"),
    ("from torch.nn.modules.dropout import _DropoutNd", "isinstance(tl.nn.Dropout(), _DropoutNd)"),
    ("from torch.nn.init import _calculate_fan_in_and_fan_out as f", "f(tl.empty(2, 3)) == (3, 2)"),
    ("from torch.autograd.grad_mode import no_grad", "no_grad is tl.no_grad"),
    ("from torch.optim.adamw import AdamW", "AdamW is tl.optim.AdamW"),
    ("from torch.utils.data._utils.collate import default_collate as f", "f is tl.utils.data.default_collate"),
    ("from torch.nn.utils import clip_grad_norm_", "clip_grad_norm_ is tl.nn.utils.clip_grad_norm_"),
    ("from torch.utils.tensorboard import SummaryWriter as S", "S is tl.utils.tensorboard.SummaryWriter"),
    ("import torch.linalg, torch.cuda", "torch.linalg is tl.linalg and not torch.cuda.is_available()"),
    ("import torch.random", "torch.random.manual_seed is tl.manual_seed"),
    (
        "import torch.distributed as dist",
        "dist is tl.distributed and dist.is_available() and not dist.is_initialized()",
    ),
    ("from torch.distributed import init_process_group as f", "f is tl.distributed.init_process_group"),
    ("from torch.distributed.distributed_c10d import ReduceOp", "ReduceOp is tl.distributed.ReduceOp"),
    ("from torch.nn.parallel import DistributedDataParallel as D", "D is tl.nn.parallel.DistributedDataParallel"),
    ("from torch.nn.parallel.distributed import DistributedDataParallel as D", "issubclass(D, tl.nn.Module)"),
    ("from torch.utils.data.distributed import DistributedSampler as S", "S is tl.utils.data.DistributedSampler"),
    ("from torch.nn.modules.batchnorm import SyncBatchNorm as S", "S is tl.nn.SyncBatchNorm"),
    ("from torchvision import datasets, transforms", "datasets.MNIST and transforms.ToTensor"),
    ("import torchvision.transforms as T", "T.Compose"),
    ("from torchvision.utils import save_image", "save_image"),
    ("from torchvision.datasets import FashionMNIST", "FashionMNIST.classes"),
]
MISSING = [
    ("import torch.fft", "No module named 'torch.fft': tinygrad_lite stands for torch here"),
    ("import torch.fft", "dir(torch) lists what there is"),
    (
        "from torch import sparse_csr_tensor",
        "nor another name 'sparse_csr_tensor' (sparse Tensors are in coordinate format: x.to_sparse(), "
        "sparse_coo_tensor(indices, values, size))",
    ),
    ("from torch import nothing", "nor another name 'nothing'; dir(torch)"),
    ("from torch.utils.bottleneck import main", "in its torch.utils there is neither a module"),
    ("import torch.core", "No module named 'torch.core'"),  # an inner room
    ("import torch.nn.modules.sparse_conv", "No module named 'torch.nn.modules.sparse_conv'"),
    ("import torch.nn.linear", "No module named 'torch.nn.linear'"),  # a path of version 0.1
    ("import torchvision.models", "No module named 'torchvision.models': tinygrad_lite stands for torch here"),
    ("from torchvision import models", "brings of torchvision only datasets.MNIST and FashionMNIST"),
    ("from torchvision.transforms import Resize", "brings of torchvision only"),
    ("from torchvision.datasets import CIFAR10", "brings of torchvision only"),
]


@pytest.fixture(scope="module")
def answers() -> list[str]:
    """What each line gives in a process of its own names: whether what is expected is so, or the error."""
    script = f"""
for line, expected in {HERE + MISSING!r}:
    names = {{"tl": tl}}
    try:
        exec(line, names)
    except ModuleNotFoundError as error:
        print(error)
    else:
        print(bool(eval(expected, names)))
"""
    return run(INSTALL + script).splitlines()


@pytest.mark.parametrize("i", range(len(HERE)), ids=[line for line, _ in HERE])
def test_lines_of_scripts(i: int, answers: list[str]) -> None:
    assert answers[i] == "True"


@pytest.mark.parametrize("i", range(len(MISSING)), ids=[line for line, _ in MISSING])
def test_what_is_not_here(i: int, answers: list[str]) -> None:
    assert MISSING[i][1] in answers[len(HERE) + i]


def test_attributes_that_are_not_here() -> None:
    script = """
import torch, torchvision
from torchvision import transforms
for f in (lambda: torch.sparse_csr_tensor, lambda: torchvision.models, lambda: transforms.RandomCrop(32)):
    try:
        f()
    except AttributeError as error:
        print(error)
"""
    sparse, models, crop = run(INSTALL + script).splitlines()
    assert "PyTorch has it, this library does not" in sparse
    assert models.startswith("module 'torchvision' has no attribute 'models': tinygrad_lite stands for torch here")
    assert crop.startswith("module 'torchvision.transforms' has no attribute 'RandomCrop': ")


def test_modules_stay_what_they_are() -> None:
    script = """
import importlib, pickle, torch, torch.nn
print(torch.__name__, torch.nn.__name__, torch.__spec__.name, torch.nn.__spec__.name, torch.nn.Linear.__module__)
assert importlib.import_module("torch.nn") is tl.nn and __import__("torch.nn.functional") is tl
assert b"tinygrad_lite" in pickle.dumps(torch.nn.Linear(1, 1))
assert importlib.reload(tl.nn.functional) is torch.nn.functional
"""
    package = "tinygrad_lite tinygrad_lite.nn"
    assert run(INSTALL + script) == f"{package} {package} tinygrad_lite.nn"


def test_once_more_and_back() -> None:
    script = """
import sys, torch, torchvision.transforms
version, finders = torch.__version__, len(sys.meta_path)
tl.install_as_torch()
assert len(sys.meta_path) == finders and torch.__version__ == version
assert str(torch.ones(2, 3).shape) == repr(torch.Size([2, 3])) == "torch.Size([2, 3])"
from tinygrad_lite.torch_names import uninstall_as_torch
uninstall_as_torch()
uninstall_as_torch()
assert len(sys.meta_path) == finders - 1
assert not [name for name in sys.modules if name.startswith("torch")], "the names are gone"
print(tl.__version__)
assert str(tl.ones(2, 3).shape) == "Size([2, 3])", "it is not of a module torch any more"
sys.modules["torch"] = None  # where PyTorch is not installed
try:
    import torch.nn
except ModuleNotFoundError as error:
    print(error.name)
del sys.modules["torch"]
tl.install_as_torch()
import torch
assert torch is tl
"""
    import tinygrad_lite

    version, name = run(INSTALL + script).splitlines()
    assert version == tinygrad_lite.__version__.rpartition("tinygrad_lite.")[2]
    assert name.startswith("torch")


def test_the_version_can_be_compared() -> None:
    script = """
import torch
major, minor = map(int, torch.__version__.split(".")[:2])
print(major, minor, tuple(int(x) for x in torch.__version__.split("+")[0].split(".")), torch.__version__ >= "1.10")
"""
    assert run(INSTALL + script) == "2 13 (2, 13, 0) True"


def test_the_version_is_a_version() -> None:
    pytest.importorskip("packaging")
    script = "import torch\nfrom packaging.version import Version\nprint(Version(torch.__version__) > Version('2.12'))"
    assert run(INSTALL + script) == "True"


def test_it_refuses_where_pytorch_is_imported() -> None:
    script = """
import sys, types
sys.modules["torch"] = types.ModuleType("torch")  # PyTorch
import tinygrad_lite
try:
    tinygrad_lite.install_as_torch()
except RuntimeError as error:
    print(error)
print(len([x for x in sys.meta_path if "tinygrad" in type(x).__module__]))
"""
    message, finders = run(script).splitlines()
    assert message.startswith("install_as_torch: torch is already imported, from ")
    assert "before anything imports torch" in message
    assert finders == "0"


def test_pytorch_itself_is_refused_and_untouched() -> None:
    pytest.importorskip("torch")
    script = """
import torch, tinygrad_lite
try:
    tinygrad_lite.install_as_torch()
except RuntimeError as error:
    print("site-packages" in str(error) or "torch" in str(error))
import torch.nn
print(torch.nn is tinygrad_lite.nn)
"""
    assert run(script).split() == ["True", "False"]


def test_a_notebook() -> None:
    script = """
import importlib
extension = importlib.import_module("tinygrad_lite")  # what %load_ext does
assert hasattr(extension, "load_ipython_extension")
extension.load_ipython_extension(None)
import torch
assert torch is extension
extension.unload_ipython_extension(None)
import sys
print("torch" in sys.modules)
"""
    assert run(script) == "False"


def test_importing_the_package_does_not_install_it() -> None:
    assert run("import sys, tinygrad_lite\nprint([x for x in sys.modules if x.startswith(('torch', 'PIL'))])") == "[]"
