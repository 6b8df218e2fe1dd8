"""A public name of PyTorch that is not here says so, and names what there is instead."""

from __future__ import annotations

import importlib
import inspect
import re
import types
import warnings
from importlib.util import find_spec
from typing import Any

import pytest

import tinygrad_lite as tl
from tinygrad_lite.runtime.absent_names import ABSENT, INSTEAD, SINGLY

NAMESPACES = sorted(ABSENT)
LISTED = {namespace: set(" ".join(subjects.values()).split()) for namespace, subjects in ABSENT.items()}


def ours(namespace: str) -> Any:
    return tl.Tensor if namespace == "Tensor" else importlib.import_module(f"tinygrad_lite.{namespace}".rstrip("."))


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_every_name_listed_raises_and_says_that_pytorch_has_it(namespace: str) -> None:
    for name in LISTED[namespace]:
        with pytest.raises(AttributeError, match=rf"has no attribute '{name}': PyTorch has it, this library does not"):
            getattr(ours(namespace), name)


@pytest.mark.parametrize(
    ("namespace", "name", "hint"),
    [
        ("nn", "FractionalMaxPool2d", "pooling"),
        ("Tensor", "prelu", r"nn\.functional\.prelu"),
        ("", "feature_alpha_dropout", r"nn\.functional\.feature_alpha_dropout"),
        ("", "BFloat16Tensor", "dtype="),
        ("", "nuclear_norm", r"np\.linalg"),
        ("cuda", "nccl", "CPU"),
        ("linalg", "eig", r"np\.linalg"),
        ("nn", "NLLLoss2d", "deprecated"),
    ],
)
def test_the_error_names_what_there_is(namespace: str, name: str, hint: str) -> None:
    with pytest.raises(AttributeError, match=hint):
        getattr(ours(namespace), name)


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_a_misspelling_is_only_a_misspelling(namespace: str) -> None:
    with pytest.raises(AttributeError, match=r"has no attribute 'Lineer'$"):
        _ = ours(namespace).Lineer


def test_the_names_of_hints_are_used() -> None:
    assert set(INSTEAD) <= {subject for subjects in ABSENT.values() for subject in subjects}
    assert set(SINGLY) <= set().union(*LISTED.values())


# Names that PyTorch lists and that no user writes: parts of its compiler, its autograd engine and its kernels.
INNER = re.compile(
    r"miopen|cudnn|mkldnn|fbgemm|_backward|_batch_norm_|batch_norm_|_copy$|^fake_|^unsafe|^native_|_overrideable|"
    r"^choose_|^fused_|^grid_sampler|^lstm_|rnn_|_cell$|^quantize|^q[a-z]+_|torch_function|^TYPE_CHECKING$|^clear_autocast|^sym_constrain|"
    r"CompleteArgumentSpec"
)


def theirs(torch: Any, namespace: str) -> set[str]:
    """The public names of one of PyTorch's namespaces."""
    if namespace == "Tensor":
        return {name for name in dir(torch.Tensor) if not name.startswith("_") and not INNER.search(name)}
    module = importlib.import_module(f"torch.{namespace}".rstrip("."))
    listed = set(getattr(module, "__all__", ()))
    primitives = set(dir(torch._C._VariableFunctions)) if not namespace else set()
    found = set()
    for name in dir(module):
        x = getattr(module, name)
        if isinstance(x, types.ModuleType):  # how many there are depends on what has been imported of it
            public = False
        elif namespace in ("nn.functional", "nn.init"):
            public = (inspect.isroutine(x) and name.islower() and x.__module__ != "typing") and name not in {
                "assert_int_or_pair", "boolean_dispatch", "grad",
            }  # fmt: skip
        elif listed:
            public = name in listed or name in primitives or isinstance(x, torch.dtype)
        else:
            public = str(getattr(x, "__module__", "")).startswith("torch")
        if public and not name.startswith("_") and not INNER.search(name):
            found.add(name)
    return found


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_the_table_is_pytorchs_names_without_ours(namespace: str) -> None:
    torch = pytest.importorskip("torch")
    warnings.simplefilter("ignore")  # some names warn where they are only looked at; pytest undoes this
    module = torch.Tensor if namespace == "Tensor" else importlib.import_module(f"torch.{namespace}".rstrip("."))
    unknown = {name for name in LISTED[namespace] if not hasattr(module, name)}
    # A module inside is an attribute only once somebody has imported it.
    unknown = {name for name in unknown if namespace == "Tensor" or find_spec(f"{module.__name__}.{name}") is None}
    assert not unknown, "PyTorch has no such names"
    missing = {name for name in theirs(torch, namespace) - LISTED[namespace] if not hasattr(ours(namespace), name)}
    assert not missing, "the table lacks names that PyTorch has and this library does not"
