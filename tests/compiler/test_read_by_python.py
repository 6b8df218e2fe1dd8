"""What Python can learn of a Tensor beside its values and its layout is no part of a program, or it is compared.

Each row has a function that returns another number where it is told something else: where a Tensor lies, whether it is a
view, how often it was written, which one it is. The compiled function has to tell what the function as it is written does.
"""

from __future__ import annotations

import types
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.compiler import harmless
from tinygrad_lite.nn import functional as F

BASE = tl.arange(12.0)
WEIGHT = tl.ones(3, requires_grad=True)
HELD = tl.ones(3)
BY_TENSOR = {HELD: 2.0}
BY_HASH = {hash(HELD): 2.0}


def fresh() -> Any:
    return tl.zeros(3)


def written() -> Any:
    return tl.zeros(3).add_(1).sub_(1)


def retained() -> Any:
    y = WEIGHT * 2
    y.retain_grad()
    return y


def shared() -> Any:
    return tl.zeros(3).share_memory_()


def refilled(x: Any, n: Any) -> Any:
    y = x.clone()
    y[:n] = 9.0
    return y


Rows = dict[str, tuple[Callable[..., Any], Callable[[], tuple[Any, ...]], Callable[[], tuple[Any, ...]]]]
ROWS: Rows = {
    # the function, its arguments at first, and its arguments later, which look the same but for what it asks
    "_version": (lambda x: x + x._version, lambda: (fresh(),), lambda: (written(),)),
    "storage_offset": (lambda x: x * 0 + x.storage_offset(), lambda: (BASE[:3],), lambda: (BASE[3:6],)),
    "_base": (lambda x: x * 0 + float(x._base is None), lambda: (fresh(),), lambda: (BASE[:3],)),
    "_is_view": (lambda x: x * 0 + float(x._is_view()), lambda: (fresh(),), lambda: (BASE[:3],)),
    "retains_grad": (lambda x: x.detach() + float(x.retains_grad), lambda: (WEIGHT * 2,), lambda: (retained(),)),
    "grad_fn": (lambda x: x.detach() + len(type(x.grad_fn).__name__), lambda: (WEIGHT * 2,), lambda: (WEIGHT.sigmoid(),)),
    "data_ptr": (lambda x, y: x * 0 + float(x.data_ptr() == y.data_ptr()), lambda: (BASE[:3], BASE[1:4]),
                 lambda: (BASE[:3], BASE[:3])),
    "untyped_storage": (lambda x, y: x * 0 + float(x.untyped_storage() == y.untyped_storage()),
                        lambda: (BASE[:3], tl.ones(3)), lambda: (BASE[:3], BASE[1:4])),
    "storage": (lambda x: x * 0 + float(len(x.storage())), lambda: (fresh(),), lambda: (BASE[:3],)),
    "as_strided": (lambda x: x.as_strided((2,), (1,), 1) * 1, lambda: (BASE[:3],), lambda: (BASE[3:6],)),
    "is_set_to": (lambda x, y: x * 0 + float(x.is_set_to(y)), lambda: (BASE[:3], BASE[1:4]), lambda: (BASE[:3], BASE[:3])),
    "is_shared": (lambda x: x + float(x.is_shared()), lambda: (fresh(),), lambda: (shared(),)),
    "is": (lambda x: x * (2.0 if x is HELD else 3.0), lambda: (tl.ones(3),), lambda: (HELD,)),
    "in a dict": (lambda x: x * BY_TENSOR.get(x, 3.0), lambda: (tl.ones(3),), lambda: (HELD,)),
    "hash": (lambda x: x * BY_HASH.get(hash(x), 3.0), lambda: (tl.ones(3),), lambda: (HELD,)),
    "the end of a slice": (lambda x, n: x[:n].sum(), lambda: (BASE, tl.tensor(2)), lambda: (BASE, tl.tensor(3))),
    "the length of a slice": (lambda x, n: x.sum() * len(x[n::n]), lambda: (BASE, tl.tensor(2)), lambda: (BASE, tl.tensor(3))),
    "a slice that is written": (refilled, lambda: (BASE, tl.tensor(2)), lambda: (BASE, tl.tensor(3))),
    "num_classes": (lambda i, n: F.one_hot(i, n), lambda: (tl.tensor([0, 1]), tl.tensor(2)),
                    lambda: (tl.tensor([0, 1]), tl.tensor(3))),
}  # fmt: skip


def test_what_is_read_of_arguments() -> None:
    for label, (function, before, after) in ROWS.items():
        expected = function(*after()).detach().numpy()
        assert label == "as_strided" or not np.array_equal(function(*before()).detach().numpy(), expected), label
        compiled = tl.compile(function)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compiled(*before())
            compiled(*before())
            assert np.array_equal(compiled(*after()).detach().numpy(), expected), label


def test_what_is_read_of_tensors_outside() -> None:
    written, result = tl.zeros(3), WEIGHT * 2

    def version(y: Any) -> Any:
        return y + written._version

    def retains(y: Any) -> Any:
        return y + float(result.retains_grad)

    for function, change in ((version, lambda: written.add_(1)), (retains, result.retain_grad)):
        compiled = tl.compile(function)
        with pytest.warns(UserWarning, match=r"is read by Python \(test_read_by_python.py"):
            compiled(tl.zeros(1))
        before = compiled(tl.zeros(1)).tolist()
        change()
        assert compiled(tl.zeros(1)).tolist() == function(tl.zeros(1)).tolist() != before


TEXT = """
from dataclasses import dataclass
from collections import namedtuple

k = 2.0
Pair = namedtuple("Pair", "a b")

@dataclass
class Config:
    scale: float = 1.0

config = Config()

def function(x):
    return x * k * config.scale * Pair(1.0, 2.0).b

class Layer(nn.Module):
    def forward(self, x):
        return x * k * config.scale

def hook(module, args, result):
    return result * k * config.scale
"""


def test_code_that_is_in_no_file() -> None:
    """`python -c`, and what `exec` makes of a text, is a user's; what dataclasses make of theirs is not in the way."""
    values: dict[str, Any] = {"nn": nn, "__name__": "__main__"}
    exec(TEXT, values)
    layer, hooked = values["Layer"](), nn.Tanh()
    hooked.register_forward_hook(values["hook"])
    x = tl.ones(2)
    for function in (values["function"], layer, lambda x: layer(x), hooked):
        values["k"], values["config"].scale = 2.0, 1.0
        compiled = tl.compile(function, fullgraph=True)
        for change in ({}, {}, {"k": 5.0}, {}):
            values |= change
            assert compiled(x).tolist() == function(x).tolist()
        values["config"].scale = 3.0
        assert compiled(x).tolist() == function(x).tolist()


def test_whose_code_it_is() -> None:
    code = compile("0", "<string>", "exec")
    assert harmless.home_of(code, {}) == "user"
    assert harmless.home_of(code, {"__name__": "namedtuple_Pair"}) == "python"
    assert harmless.home_of(code, {"__name__": "dataclasses"}) == "python"
    assert harmless.home_of(code, {"__name__": "tinygrad_lite.nn.layers.linear"}) == "modules"


def test_a_function_of_layers_that_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    model = nn.Sequential(nn.Linear(3, 2), nn.Tanh())
    compiled, x = tl.compile(model), tl.ones(1, 3)
    compiled(x)
    compiled(x)
    monkeypatch.setattr(F, "linear", lambda x, weight, bias=None: x @ weight.T * 2)
    assert compiled(x).tolist() == model(x).tolist()
    monkeypatch.undo()
    assert compiled(x).tolist() == model(x).tolist()


def test_hash_in_a_class_of_a_user() -> None:
    config = types.SimpleNamespace(k=2.0)

    class Key:
        def __hash__(self) -> int:
            return hash("key")

        def __eq__(self, other: object) -> bool:
            return True

    def function(x: Any) -> Any:
        return x * {Key(): config.k}[Key()]

    compiled = tl.compile(function, fullgraph=True)
    for config.k in (2.0, 2.0, 3.0):
        assert compiled(tl.ones(2)).tolist() == [config.k] * 2


def test_arguments_that_look_into_the_same_memory() -> None:
    w, memory = tl.ones(3, requires_grad=True), tl.arange(8.0)

    def function(x: Any, y: Any) -> Any:
        z = (w * x).sum()
        y.add_(1)
        z.backward()
        return z.detach()

    compiled = tl.compile(function, fullgraph=True)
    for _ in range(2):
        compiled(tl.zeros(8)[:3], tl.zeros(8)[3:6])
    for each in (function, compiled):
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            each(memory[:3], memory[1:4])


USES: tuple[Callable[[Any], Any], ...] = (
    # ways to go on from the result of a function; the gradients that come back lie in memory in as many ways
    lambda y: y.sum(), lambda y: (y.mT * tl.arange(12.0).reshape(4, 3)).sum(), lambda y: (y[1] * 3).sum(),
    lambda y: (y[:, ::2] ** 2).sum(), lambda y: y.expand(2, 3, 4).sum(), lambda y: y.flip(0)[0].sum() + y.max() * 2,
)  # fmt: skip
OF_A_NUMBER: tuple[Callable[[Any], Any], ...] = (
    lambda y: y * 2,
    lambda y: y + y,
    lambda y: y.expand(3).sum(),
    lambda y: y / 4,
)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_gradients_from_outside_in_every_layout(backend: str) -> None:
    """Machine code read a gradient that is spread, as that of a sum is, beyond its end."""
    if backend == "numba":
        pytest.importorskip("numba")
    a = tl.randn(3, 2, generator=tl.Generator().manual_seed(0)).requires_grad_()
    b = tl.randn(2, 4, generator=tl.Generator().manual_seed(1))

    def gradient(function: Callable[..., Any], use: Callable[[Any], Any]) -> Any:
        a.grad = None
        use(function(a, b)).backward()
        return a.grad.numpy().copy()

    def matrix(a: Any, b: Any) -> Any:
        return (a @ b).tanh()

    def number(a: Any, b: Any) -> Any:
        return (a @ b).tanh().mean()

    for function, uses in ((matrix, USES), (number, OF_A_NUMBER)):
        compiled = tl.compile(function, fullgraph=True, backend=backend)
        compiled(a, b)
        for i, use in enumerate(uses):
            np.testing.assert_allclose(
                gradient(compiled, use),
                gradient(function, use),
                rtol=2e-5,
                atol=1e-6,
                err_msg=f"{function.__name__} {i}",
            )
