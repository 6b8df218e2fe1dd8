"""The check of an optimizer: what it computes, what it leaves alone, and that a run can be interrupted."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from ..core.primitive import Array
from ..core.tensor import wrap
from ..tensors.tensor import Tensor
from .drawn_inputs import check_maker, differing_attributes, run_on_drawn
from .strategies import between

if TYPE_CHECKING:
    from ..optim import Optimizer

SHAPE = (2, 3)
RTOL, ATOL = 1e-9, 1e-12
SAVED = ("state", "param_groups", "defaults")  # the attributes that a state_dict has, or that `make` gives


def check_optimizer(
    make: Callable[[list[Tensor]], Optimizer],
    reference: Callable[[Array, list[Array]], Array] | None = None,
    *,
    steps: int = 5,
    max_examples: int | None = None,
) -> None:
    """Check an optimizer: what it computes, that it changes nothing else, and that a run can be interrupted.

    A parameter without a gradient must stay as it is. The dtype, the shape and the memory of the others must stay. A
    run that is saved after some steps, and continued by another optimizer, must go on with the same bytes.

    Args:
        make: makes an optimizer of a list of parameters.
        reference: takes the first value of a parameter and the gradients of all steps, as arrays, and returns the
            value after these steps.
        steps: the number of steps.
        max_examples: as in `check_op`.

    Raises:
        AssertionError: naming what does not hold, with the parameter and the step; and with the attributes of the
            optimizer that hold state but are not saved, if a continued run differs.
        TypeError: if `make` is an optimizer, and not a function that makes one.

    >>> import tinygrad_lite as tl
    >>> def sgd(value, gradients):
    ...     return value - 0.1 * sum(gradients)
    >>> check_optimizer(lambda parameters: tl.optim.SGD(parameters, lr=0.1), sgd, max_examples=10)
    """
    check_maker("check_optimizer", make, "param_groups", " parameters: optim.SGD(parameters, lr=0.1)")

    def test(value: Array, gradients: list[Array]) -> None:
        for dtype in (np.float64, np.float32):
            start, given = value.astype(dtype), [g.astype(dtype) for g in gradients]
            whole, resumed = _Run(make, start), _Run(make, start)
            for number, g in enumerate(given):
                if number == len(given) // 2:
                    resumed.resume()
                whole.step(number, g)
                resumed.step(number, g)
                _check_resumed(whole, resumed, number, len(given) // 2)
                if reference is not None and dtype is np.float64:
                    whole.compare(reference, start, given[: number + 1])

    values = between(-3, 3)(SHAPE)
    run_on_drawn(test, [values, st.lists(values, min_size=steps, max_size=steps)], max_examples)


class _Run:
    """One run of an optimizer: a matrix and a vector with gradients, and a parameter without one.

    Attributes:
        parameters: these three.
        optimizer: the optimizer, another one after `resume`.
    """

    def __init__(self, make: Callable[[list[Tensor]], Optimizer], value: Array) -> None:
        self.make, self.value = make, value
        self.parameters = [wrap(x.copy()).requires_grad_() for x in (value, value[0], value)]
        self.memory = [p._data for p in self.parameters]
        self.optimizer = make(list(self.parameters))

    def resume(self) -> None:
        """Save the state, and go on with a new optimizer that loads it."""
        state = copy.deepcopy(self.optimizer.state_dict())
        self.optimizer = self.make(list(self.parameters))
        self.optimizer.load_state_dict(state)

    def step(self, number: int, gradient: Array) -> None:
        """Take a step, and check what must stay as it is."""
        *moved, idle = self.parameters
        for p, g in zip(moved, (gradient, gradient[0]), strict=True):
            p.grad = wrap(g.copy())
        self.optimizer.step()
        assert idle._data.tobytes() == self.value.tobytes(), f"a parameter without a gradient has changed{_at(number)}"
        for i, (p, memory) in enumerate(zip(self.parameters, self.memory, strict=True)):
            where = f"parameter {i}, of shape {memory.shape}"
            assert p._data is memory, f"{where}, must be changed in place, in its own memory, and is not{_at(number)}"
            assert p.is_leaf, f"{where}, has got a history{_at(number)}"

    def compare(self, reference: Callable[[Array, list[Array]], Array], start: Array, gradients: list[Array]) -> None:
        """Compare the parameters with those of a reference after the same steps."""
        number = len(gradients) - 1
        parts: tuple[Any, ...] = (slice(None), 0)  # the matrix, and its first row
        for i, part in enumerate(parts):
            expected = reference(start[part].copy(), [g[part].copy() for g in gradients])
            message = f"parameter {i}, of shape {self.memory[i].shape}, is not what the reference computes{_at(number)}"
            np.testing.assert_allclose(self.memory[i], expected, rtol=RTOL, atol=ATOL, err_msg=message)


def _at(number: int) -> str:
    return f" in step {number + 1}"


def _check_resumed(whole: _Run, resumed: _Run, number: int, saved_after: int) -> None:
    """Check that both have the same values.

    Raises:
        AssertionError: if they have not, with what the optimizers keep outside of their state.
    """
    for i, (x, y) in enumerate(zip(whole.memory, resumed.memory, strict=True)):
        if x.tobytes() == y.tobytes():
            continue
        outside = differing_attributes(whole.optimizer, resumed.optimizer, SAVED)
        why = "; ".join(outside) or "No attribute of the optimizer differs: look for a global or a closure"
        raise AssertionError(
            f"saved and continued after {saved_after} steps, a run ends elsewhere: parameter {i}, of shape {x.shape}, "
            f"differs{_at(number)}. Is state kept outside self.state? {why}"
        )
