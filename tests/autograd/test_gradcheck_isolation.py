"""gradcheck works on a copy: it changes nothing of a model, of the library or of the generators."""

from __future__ import annotations

import random
import re
import subprocess
import sys

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.autograd import gradcheck
from tinygrad_lite.autograd.function_node import FunctionNode
from tinygrad_lite.autograd.gradient_checking.trace import attributes_replaced
from tinygrad_lite.core.tensor import TensorBase
from tinygrad_lite.tensors.tensor import Tensor


def fingerprint(model, x):
    """Everything of a model and of the surroundings, to the bit."""
    tensors = {"x": x, **dict(model.named_parameters()), **dict(model.named_buffers())}
    return {
        "values": {name: (t._data.tobytes(), t.dtype, id(t._data), t.requires_grad) for name, t in tensors.items()},
        "grads": {
            name: None if t._grad is None else (id(t._grad), t._grad._data.tobytes()) for name, t in tensors.items()
        },
        "flags": [(name, m.training) for name, m in model.named_modules()],
        "generators": (
            tl.get_rng_state()._data.tobytes(),
            str(np.random.get_state()),  # noqa: NPY002  # NumPy's older generator is what is meant
            random.getstate(),
        ),
        "dtype": tl.get_default_dtype(),
        "classes": [dict(vars(cls)) for cls in (Tensor, TensorBase, FunctionNode)],
    }


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("broken", [False, True])
def test_nothing_is_changed(fast, wrapped, broken):
    layers = [nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Dropout(0.3), nn.Tanh(), nn.Linear(5, 2)]
    model = nn.Sequential(*layers, Cut()) if broken else nn.Sequential(*layers)
    model[3].eval()
    x = tl.randn(6, 4, requires_grad=True)
    model(x).sum().backward()
    model[0].bias.grad = None
    before = fingerprint(model, x)
    report = gradcheck((lambda x: model(x)) if wrapped else model, x, raise_exception=False, fast=fast)
    assert bool(report) is not broken
    assert fingerprint(model, x) == before


class Cut(nn.Module):
    def forward(self, x):
        return x * x.detach()


def test_a_float32_model_is_checked_in_float64():
    seen = []

    class Spy(nn.Module):
        def forward(self, x):
            seen.append(x.dtype)
            return x

    gradcheck(nn.Sequential(nn.Linear(2, 3), Spy()), tl.randn(4, 2))
    assert seen[0] == tl.float64
    assert seen[-1] == tl.float32  # for the dtypes of the gradients


def test_attributes_are_replaced_and_restored_exactly():
    class Base:
        def own(self):
            return "base"

        def inherited(self):
            return "base"

    class Derived(Base):
        def own(self):
            return "derived"

    def fail_while_replaced():
        with attributes_replaced(Derived, own=lambda self: 1, inherited=lambda self: 2):
            assert (Derived().own(), Derived().inherited(), Base().inherited()) == (1, 2, "base")
            raise KeyError

    before = dict(vars(Derived))
    with pytest.raises(KeyError):
        fail_while_replaced()
    assert dict(vars(Derived)) == before


def test_importing_the_library_leaves_the_checker_alone():
    code = "import sys, tinygrad_lite as tl; tl.autograd; print([n for n in sys.modules if 'gradient_checking' in n])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"\[\]\s*", shown.stdout)
