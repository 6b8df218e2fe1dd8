"""Random programs: the same as in PyTorch, derivatives as by difference quotients; and that the search finds faults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.core import edge, graph, tensor
from tinygrad_lite.ops import elementwise
from tinygrad_lite.tensors import in_place

from .isolated import failures
from .programs import write
from .search import Counts, Failure, Search
from .shrink import pasted, shrunk


def told(failure: Failure) -> str:
    return f"seed {failure.seed}: {failure.kind}\n{failure.text}\n{failure.script}"


def test_programs_run_as_in_pytorch() -> None:
    pytest.importorskip("torch")
    counts = Counts()
    for _, counts, failure in failures(range(250)):  # noqa: B007  # the counts of the last are looked at below
        assert failure is None, told(failure)
    assert counts.operations > 3000
    assert counts.errors < 0.2 * counts.operations
    assert counts.crashes < 5


def test_derivatives_are_the_limits_of_difference_quotients() -> None:
    search = Search("differences")
    for seed in range(60):
        failure = search.try_seed(seed)
        assert failure is None, told(failure)
    assert search.counts.derivatives > 40


def test_a_seed_gives_the_same_program() -> None:
    assert write(3, 20) == write(3, 20) != write(4, 20)


# --------------------------------------------------------------------------------------------- planted faults


def _view_is_not_rebased(x: Any, new: Any) -> None:
    """The base of a view that is written to keeps its old history."""
    x._view = None
    x._relocate(new.to(x.dtype)._node)


def _gradient_is_overwritten(tensors: Any, gradients: Any) -> None:
    for x, g in zip(tensors, gradients, strict=True):
        x._grad = tl.tensor(np.array(g)) if isinstance(g, np.ndarray) else g


def _only_the_first_row(x: Any, shape: Any) -> Any:
    """In the place of a sum over the dimensions that were broadcast."""
    x = x[(0,) * (x.ndim - len(shape))]
    return x[tuple(slice(0, 1) if n == 1 else slice(None) for n in shape)]


def _cosine_with_the_wrong_sign_behind(x: Any, cos: Any = elementwise.cos) -> Any:
    """cos x, whose derivative by x is sin x rather than its negative; the derivative of the sine calls it."""
    return 2 * cos(x).detach() - cos(x) if isinstance(x, tl.Tensor) else cos(x)


PLANTED: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "a view is not rebased": lambda patch: patch.setattr(in_place, "continue_from", _view_is_not_rebased),
    "a gradient is overwritten": lambda patch: patch.setattr(tensor, "accumulate_grad", _gradient_is_overwritten),
    "the wrong sign in the second order": lambda patch: patch.setattr(
        elementwise, "cos", _cosine_with_the_wrong_sign_behind
    ),
    "a broadcast dimension is not summed": lambda patch: patch.setattr(edge.sum_to, "kernel", _only_the_first_row),
    "versions are not compared": lambda patch: patch.setattr(graph.Node, "verify", lambda node: None),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_fault_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a few hundred programs, without PyTorch; and the program that fails is made small."""
    PLANTED[fault](monkeypatch)
    search = Search("differences")
    found = next(filter(None, map(search.try_seed, range(400))), None)
    assert found is not None, f"{search.counts}, and nothing was found"
    assert found.lines is not None
    assert len(found.lines) <= 8, found.script


def test_shrinking_keeps_what_matters() -> None:
    lines = [
        "v0 = T.tensor([[1.5, 2.0]], dtype=T.float64)",
        "v1 = v0 + 1",
        "v2 = v1.sum()",
        "with T.no_grad(): v1.mul_(2)",
    ]
    small = shrunk(lines, lambda tried: any("mul_" in line for line in tried))
    assert len(small) == 1
    assert small[0].endswith(".mul_(2)")
    assert not small[0].startswith("with")
    assert pasted(["v0 = Cube.apply(F.relu(v0))"]).count("class ") == 1
