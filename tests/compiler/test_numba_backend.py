"""The numba backend: every operation, layer and loss as machine code, held against the plain function.

    python -m tests.compiler.test_numba_backend [names …]    all rows of the parity tables, or those of these names

The suite takes a sample, which it prints. Each call is traced with some values and replayed with others, as in
`test_operations.py`, and must have the same results, gradients, effects, random numbers and errors, within rounding.
"""

from __future__ import annotations

import hashlib
import importlib
import itertools
import random
import sys
import time
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn, optim
from tinygrad_lite.compiler.backends import (
    choice,
    elements,
    loop_forms,
    machine_code,
    numba_backend,
    numba_compiler,
    object_code,
    pieces,
    symbols,
    updates,
)

from .test_operations import Case, others, outcome, results, tables

pytest.importorskip("numba", reason="the numba backend needs the extra [numba]")


@pytest.fixture(autouse=True, scope="module")
def _a_folder_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINYGRAD_LITE_CACHE", str(tmp_path_factory.mktemp("machine code")))
        yield


def take_everything(setattr: Callable[..., None]) -> None:
    """Let single operations become machine code too, and functions for which NumPy is faster."""
    setattr(numba_backend, "LEAST", 1)
    setattr(symbols, "MANY", 10**9)


def near(found: Any, expected: Any) -> bool:
    """Whether two outcomes are the same within rounding; NaN, infinities and the signs of zeros must agree."""
    if isinstance(expected, (list, tuple)) and not _is_array(expected):
        return isinstance(found, (list, tuple)) and len(found) == len(expected) and all(map(near, found, expected))
    if not _is_array(expected):
        return bool(found == expected)
    if not _is_array(found) or found[:2] != expected[:2]:
        return False
    a, b = (np.frombuffer(x[-1], x[-3]).reshape(x[-2]) for x in (found, expected))
    if b.dtype.kind != "f":
        return np.array_equal(a, b)
    eps = float(np.finfo(b.dtype).eps)
    with np.errstate(all="ignore"):
        scale = float(np.max(np.abs(b), initial=0, where=np.isfinite(b)))
        return np.allclose(a, b, rtol=64 * eps, atol=16 * eps * max(scale, 1), equal_nan=True)


def _is_array(x: Any) -> bool:
    return isinstance(x, tuple) and len(x) in (3, 4) and isinstance(x[-1], bytes) and isinstance(x[-3], np.dtype)


def follow(case: Case, double: bool = False) -> tuple[str, int]:
    """Compile the case and hold every replay against the plain function: what differs, and the number of pieces."""
    arrays = [x.astype(np.float64) if double and x.dtype.kind == "f" else x for x in case.arrays]

    def function(*tensors: Any) -> Any:
        return results(case.call(*tensors))

    compiled = tl.compile(function, backend="numba")
    warnings.filterwarnings("ignore", "compile: ")  # some run as they are written; pytest undoes this
    for values in [arrays, *itertools.islice(others(arrays), 8)]:
        expected, found = (outcome(each, case, values, False) for each in (function, compiled))
        if not near(found, expected):
            return (
                f"{case.label}, with {values}:\n{readable(found)}\nwhere plainly\n{readable(expected)}\n{compiled.source}",
                0,
            )
        if type(expected[0]) is type and not compiled._calls:
            return "", 0
    return "", compiled.source.count("def fused_")


def readable(x: Any) -> Any:
    if _is_array(x):
        return np.frombuffer(x[-1], x[-3]).reshape(x[-2])
    return [readable(item) for item in x] if isinstance(x, (list, tuple)) else x


def run(chosen: Any, double: bool = False) -> tuple[int, int, list[str]]:
    """The number of cases, of those with machine code, and what differs."""
    count = taken = 0
    wrong = []
    for _, make in chosen:
        for case in make():
            difference, pieces = follow(case, double)
            count += 1
            taken += pieces > 0
            if difference:
                wrong.append(difference)
    return count, taken, wrong


MATH = types.SimpleNamespace(**{name: getattr(np, name) for name in "exp expm1 log log1p tanh sin cos sqrt".split()})


class PlainPython:
    """The text of machine code, run by Python: what it computes is tested without the seconds that compiling takes."""

    def __init__(self, text: str, functions: Any, inner: Any = ()) -> None:
        names = {"np": np, "math": MATH, **MEMORY, **functions}
        exec(text, names)
        self.kernel = names["kernel"]

    def __call__(self, *args: Any) -> None:
        with np.errstate(all="ignore"):
            self.kernel(args)


def _gemm(_: int, bits: int, x: Any, y: Any, out: Any, m: int, n: int, k: int, x_turned: int, y_turned: int) -> None:
    first = x[: m * k].reshape(k, m).T if x_turned else x[: m * k].reshape(m, k)
    second = y[: k * n].reshape(n, k).T if y_turned else y[: k * n].reshape(k, n)
    out[: m * n] = (first @ second).reshape(-1)


def _memory(objects: Any, k: int, dtype: Any) -> Any:
    """The elements of an array, which must be what machine code would take it for."""
    assert objects[k].dtype == dtype
    assert objects[k].flags.c_contiguous
    return objects[k].reshape(-1)


def _at(x: Any, i: int) -> Any:
    assert i >= 0, "what lies before an array is read"
    return x[i]


def _moved(x: Any, i: int) -> Any:
    assert 0 <= i <= x.size
    return x[i:]


MEMORY: dict[str, Any] = {
    "memory": _memory, "number": lambda objects, k: objects[k], "apart": lambda x, _: x, "plain": lambda x: x, "unknown": int,
    "moved": _moved, "at": _at, "put": loop_forms.put, "gemm": _gemm,
    **{name: getattr(elements, name) for name in ("exp32", "tanh32", "log32", "log1p32", "added", "larger", "fma")},
}  # fmt: skip


def test_a_sample_of_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of them in plain Python, and a few as machine code."""
    take_everything(monkeypatch.setattr)
    seed = random.randrange(10**6)
    draw = random.Random(seed)
    names = [*tables()]
    chosen = draw.sample(names, len(names) // 10)
    print(f"seed {seed}: {', '.join(name for name, _ in chosen)}")
    compiled = draw.sample(range(len(chosen)), 4)
    for k, (_, make) in enumerate(chosen):
        with pytest.MonkeyPatch.context() as patch:
            if k not in compiled:
                patch.setattr(pieces, "machine_code", PlainPython)
            cases = [*make()]
            for case in draw.sample(cases, min(1 if k in compiled else 3, len(cases))):
                difference, _ = follow(case, double=draw.random() < 0.3)
                assert not difference


# ------------------------------------------------------------------------------------------------- whole steps


def trained(
    backend: str | None, make: Callable[[], nn.Module], optimizer: Callable[..., Any], steps: int = 4
) -> list[Any]:
    """The losses of some steps, the parameters and buffers after them, and the next random number."""
    tl.manual_seed(0)
    model = make()
    update = optimizer(model.parameters())
    rng = np.random.default_rng(0)
    x, y = tl.tensor(rng.standard_normal((9, 6)).astype(np.float32)), tl.tensor(rng.integers(0, 3, 9))

    def step(x: Any, y: Any) -> Any:
        loss = nn.functional.cross_entropy(model(x), y)
        update.zero_grad()
        loss.backward()
        update.step()
        return loss

    run = tl.compile(step, backend=backend, fullgraph=True) if backend else step
    losses = [run(x, y).item() for _ in range(steps)]
    if backend == "numba":
        name = f"fused_1_and_{type(update).__name__}_step("
        assert run.source.count(name) == 2, run.source  # one piece with the update, and it is called
        assert "fused_2" not in run.source
    return [losses, *[t._data.copy() for t in model.state_dict().values()], tl.rand(3)._data]


def network() -> nn.Module:
    return nn.Sequential(
        nn.Linear(6, 5, bias=False),
        nn.BatchNorm1d(5),
        nn.ReLU(),
        nn.Dropout(0.4),
        nn.Linear(5, 4),
        nn.Tanh(),
        nn.Linear(4, 3),
    )


def test_a_whole_step_is_one_piece_and_draws_the_same_masks() -> None:
    found, again, expected = (trained(b, network, lambda p: optim.Adam(p, lr=0.01)) for b in ("numba", "numba", None))
    for a, b, c in zip(found, again, expected, strict=True):
        assert np.array_equal(a, b)  # to the bit, from run to run
        np.testing.assert_allclose(a, c, rtol=2e-5, atol=1e-6)


def test_backward_outside_and_evaluation() -> None:
    model = nn.Sequential(nn.Linear(6, 5), nn.Sigmoid(), nn.Linear(5, 3))
    rng = np.random.default_rng(0)
    x, y = tl.tensor(rng.standard_normal((9, 6)).astype(np.float32)), tl.tensor(rng.integers(0, 3, 9))
    x.requires_grad = True

    def loss(x: Any) -> Any:
        logits = model(x)
        logits = logits - logits.mean(0, keepdim=True) + logits.softmax(1)  # a sum is used where it was taken
        return nn.functional.cross_entropy(logits, y, ignore_index=1)

    def gradients(function: Callable[..., Any]) -> list[Any]:
        x.grad = None
        model.zero_grad()
        first, second = function(x), function(x * 2)  # the second must not overwrite what the first has kept
        first.backward()
        second.backward()
        return [first._data, second._data, x.grad._data, *[p.grad._data for p in model.parameters()]]

    compiled = tl.compile(loss, backend="numba", fullgraph=True)
    for _ in range(2):
        for a, b in zip(gradients(compiled), gradients(loss), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)
    with tl.no_grad():
        for _ in range(2):
            np.testing.assert_allclose(compiled(x)._data, loss(x)._data, rtol=1e-6)


OPTIMIZERS: dict[str, dict[str, Any]] = {
    "SGD": {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True},
    "Adam": {"lr": 0.1, "amsgrad": True, "weight_decay": 0.1},
    "AdamW": {"lr": 0.1, "maximize": True},
    "RMSprop": {"lr": 0.1, "centered": True, "momentum": 0.5},
    "Adagrad": {"lr": 0.1, "lr_decay": 0.1},
    "Adamax": {"lr": 0.1},
    "RAdam": {"lr": 0.1},
    "Adadelta": {"lr": 1.0},
    "NAdam": {"lr": 0.1},
}


def test_update_rules_are_those_of_eager_to_the_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "machine_code", PlainPython)
    rng = np.random.default_rng(0)
    start = [rng.standard_normal(shape).astype(np.float32) for shape in ((3, 4), (7,))]
    slopes = [[rng.standard_normal(x.shape).astype(np.float32) for x in start] for _ in range(8)]

    def path(name: str, machine: bool) -> list[Any]:
        params = [nn.Parameter(tl.tensor(x)) for x in start]
        optimizer = getattr(optim, name)(params, **OPTIMIZERS[name])
        step = updates.MachineStep(optimizer.step, optimizer)
        for i, grads in enumerate(slopes):
            for p, g in zip(params, grads, strict=True):
                p.grad = tl.tensor(g)
            if i == 6:
                optimizer.param_groups[0]["lr"] = 0.01  # as a scheduler does
            if i == 5 and name == "SGD":
                optimizer.param_groups[0]["nesterov"] = False
            if i == 7:
                optimizer.param_groups[0]["weight_decay"] = 0.5
            (step if machine else optimizer.step)()
        assert bool(step.loops) == (machine and name != "NAdam")  # whose rule keeps a product in the state
        return [p._data for p in params]

    for name in OPTIMIZERS:
        for a, b in zip(path(name, True), path(name, False), strict=True):
            assert np.array_equal(a, b), name


# ------------------------------------------------------------------------------------------------- single values

SPECIAL = np.array(
    [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-45, -1e-45, 1e-39, 1.0, -1.0, 3.4e38, -3.4e38, 88.8, -104.0], np.float32
)


def test_special_values_are_those_of_eager() -> None:
    def function(x: Any, y: Any) -> Any:
        F = nn.functional
        return [
            F.relu(x) * 1, x.abs(), x.exp() + 0, x.tanh() + 0, x.sigmoid() + 0, x.sqrt(), x / y, x - y, x * y, x.sign(),
            tl.maximum(x, y), tl.minimum(x, y), tl.where(x > y, x, y), (x == y) & (x >= 0), x.clamp(-1, 1),
            F.leaky_relu(x, 0.1), F.softplus(x), F.hardtanh(x), F.elu(x), x.isnan(), x.square(), x.reciprocal(),
            F.silu(x), F.logsigmoid(x), x.max(), x.sum(),
        ]  # fmt: skip

    x, y = (tl.tensor(v.reshape(-1).copy()) for v in np.meshgrid(SPECIAL, SPECIAL))
    compiled = tl.compile(function, backend="numba", fullgraph=True)
    compiled(x, y)
    with np.errstate(all="ignore"):
        for i, (a, b) in enumerate(zip(compiled(x, y), function(x, y), strict=True)):
            a, b = a._data, b._data
            assert a.dtype == b.dtype
            if a.dtype.kind == "f":
                np.testing.assert_allclose(a, b, rtol=3e-7, atol=1e-45, err_msg=str(i))
                differs = ~np.isnan(b) & (np.signbit(a) != np.signbit(b))
                assert not differs.any(), (i, x._data[differs], y._data[differs])
            else:
                assert np.array_equal(a, b), i


def test_functions_of_an_element_and_the_loop_form() -> None:
    """They are plain Python too, and correctly rounded nearly everywhere."""
    x = np.concatenate([SPECIAL, np.linspace(-20, 20, 301, dtype=np.float32), np.float32([9e-4, 1.1e-3, -100, 1e-20])])
    with np.errstate(all="ignore"):
        for function, exact in ((elements.exp32, np.exp), (elements.tanh32, np.tanh)):
            found, expected = np.array([function(v) for v in x]), exact(x.astype(np.float64)).astype(np.float32)
            np.testing.assert_allclose(found, expected, rtol=1.2e-7, atol=1e-45)
            assert np.array_equal(np.signbit(found), np.signbit(expected))
    logits, classes = np.random.default_rng(0).standard_normal((5, 4)), np.array([0, 3, -1, 2, 2])
    loss, slope, ignored = np.empty(5), np.empty(20), np.empty(5, np.bool_)
    shifted = np.empty(20)
    loop_forms.shifted_rows(logits.reshape(-1), 5, 4, shifted)
    loop_forms.cross_entropy_rows(shifted, np.exp(shifted), classes, 5, 4, -1, loss, slope, ignored)
    t = tl.tensor(logits, requires_grad=True)
    expected = nn.functional.cross_entropy(t, tl.tensor(classes), ignore_index=-1, reduction="none")
    expected.sum().backward()
    np.testing.assert_allclose(loss, expected._data, rtol=1e-12)
    np.testing.assert_allclose(np.where(ignored[:, None], 0, slope.reshape(5, 4)), t.grad._data, atol=1e-15)


# -------------------------------------------------------------------------------------------- what it cannot take


def test_what_it_cannot_take_is_a_call_of_numpy() -> None:
    def function(x: Any) -> Any:
        order = (x * 2 + 1).argsort(1)
        return ((x - 3) * x).gather(1, order).cumsum(1) * 0.5 - x

    compiled = tl.compile(function, backend="numba", fullgraph=True)
    x = tl.tensor(np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32))
    for _ in range(2):
        np.testing.assert_allclose(compiled(x)._data, function(x)._data, rtol=1e-6)
    program = compiled.source.partition("def fused_1")[0]
    assert "fused_1(" in program
    assert "cumsum" in program
    half = tl.compile(lambda x: (x * x + 1) / 2, backend="numba")
    assert [half(x.half()).dtype, half(x.half()).dtype] == [tl.float16, tl.float16]


def test_reductions_over_dimensions_of_length_1(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their results are stored for the loop that reads them."""
    take_everything(monkeypatch.setattr)
    monkeypatch.setattr(pieces, "machine_code", PlainPython)
    functions: list[Callable[[Any], Any]] = [
        lambda x: x.softmax(0),
        lambda x: x.softmax(-1),
        lambda x: (x * 2).mean(0, keepdim=True) * 3,
        lambda x: (x.sum(-1) / 2, x.amax((0, -1)) + 1, (x - x.mean((0, 2), keepdim=True)).sum() * 2),
    ]
    for function in functions:
        case = Case("", function, [np.random.default_rng(0).uniform(-1, 1, (1, 3, 1)).astype(np.float32)])
        difference, count = follow(case)
        assert not difference
        assert count


def test_a_written_array_is_read_after_the_write() -> None:
    """What machine code reads must not be put off until memory was written, nor brought before."""
    for through in ("a view that is made inside", "a view that was there before"):
        buffer = tl.zeros(4)
        tail = buffer[1:]

        def function(x: Any, y: Any, buffer: Any = buffer, tail: Any = tail, through: str = through) -> Any:
            first = buffer * 2 + x
            (buffer[1:] if through == "a view that is made inside" else tail).copy_(y)
            return first * 1, buffer * 3 + x

        compiled = tl.compile(function, backend="numba", fullgraph=True)
        x = tl.ones(4)
        for k in range(3):
            first, second = compiled(x, tl.ones(3) * (k + 1))
            assert first.tolist() == [1.0, *[2.0 * k + 1] * 3], through
            assert second.tolist() == [1.0, *[3.0 * (k + 1) + 1] * 3], through


def test_choosing_a_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="'numpy', 'numba'"):
        tl.compile(lambda x: x, backend="cuda")
    assert tl.compiler.get_default_backend() == "numpy"
    tl.compiler.set_default_backend("numba")
    try:
        assert tl.compile(lambda x: x).backend == tl.compile(lambda x: x, backend="inductor").backend == "numba"
        assert tl.compile(lambda x: x, backend="numpy").backend == "numpy"
    finally:
        tl.compiler.set_default_backend("numpy")
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(ImportError, match=r"tinygrad_lite\[numba\]"):
        tl.compile(lambda x: x, backend="numba")
    assert choice.get_default_backend() == "numpy"


def test_the_cache_on_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("TINYGRAD_LITE_CACHE", str(tmp_path))
    assert tl.show_config(mode="dicts")["cache"] == str(tmp_path / "numba")
    text = (
        "def kernel(objects):\n    x = memory(objects, 0, np.float64)\n    put(x, 0, at(x, 1) + number(objects, 1))\n"
    )
    compiled = numba_compiler.compiled
    compilations: list[str] = []

    def counted(text: str, *args: Any) -> Any:
        compilations.append(text)
        return compiled(text, *args)

    monkeypatch.setattr(numba_compiler, "compiled", counted)
    counts = []
    for damage in ("none", "none", "half a file", "a function that is nowhere", "none", "a folder that is a file"):
        for file in (tmp_path / "numba").glob("*.o"):
            whole = file.read_bytes()
            content = whole[32:].replace(b"\n", b" no_such_function\n", 1)
            damaged = {"half a file": whole[: len(whole) // 2], "none": whole}
            damaged["a function that is nowhere"] = hashlib.sha256(content).digest() + content
            file.write_bytes(damaged.get(damage, whole))
        if damage == "a folder that is a file":
            tl.compiler.clear_cache()
            (tmp_path / "numba").write_text("")
        machine_code.forget()  # as a second process has never seen it
        code = machine_code.machine_code(text, {})
        x = np.array([1.0, 2.0])
        assert code(x, 1.5) is None
        assert x.tolist() == [3.5, 2.0]
        counts.append(len(compilations))
    assert counts == [1, 1, 2, 3, 3, 4]
    (tmp_path / "numba").unlink()
    machine_code.forget()
    machine_code.machine_code(text, {})
    machine_code.forget()
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "numba", None)  # what is on disk does not need it
        machine_code.machine_code(text, {})
    assert {file.suffix for file in (tmp_path / "numba").iterdir()} == {".o", ".py"}
    tl.compiler.clear_cache()
    assert not (tmp_path / "numba").exists()


def test_an_older_numba_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    binding = importlib.import_module("llvmlite.binding")
    monkeypatch.setattr(binding, "llvm_version_info", (15, 0, 7))  # that of Numba 0.61
    with pytest.raises(ImportError, match=r"Numba 0\.62 or later: pip install"):
        object_code._llvm.__wrapped__()


if __name__ == "__main__":
    take_everything(setattr)
    warnings.simplefilter("ignore")
    began, count, taken, bad = time.perf_counter(), 0, 0, 0
    for each in [(name, make) for name, make in tables() if not sys.argv[1:] or name in sys.argv[1:]]:
        for double in (False, True):
            more, machine, wrong = run([each], double)
            count, taken, bad = count + more, taken + machine, bad + len(wrong)
            for text in wrong:
                print("differs:", text[:3000], flush=True)
    print(f"{count} cases, {taken} with machine code, {bad} differ, {time.perf_counter() - began:.0f} s")
    sys.exit(bad > 0)
