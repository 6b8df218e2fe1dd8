"""One-line checks of operations, layers and optimizers, on inputs that Hypothesis draws and shrinks."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ..autograd.gradient_checking import GradcheckError, gradcheck, gradgradcheck
from ..autograd.gradient_checking.check import check, check_second
from ..autograd.gradient_checking.isolated_copy import flattened
from ..autograd.gradient_checking.settings import Settings
from ..autograd.gradients import grad
from ..core.primitive import Array
from ..core.tensor import wrap
from ..creation.random import manual_seed
from ..tensors.tensor import Tensor
from ..types import dtypes
from .strategies import between, tensors

Module = Any
Optimizer = Any


def _drawn(test: Callable[..., None], arguments: Iterable[Any], max_examples: int | None) -> None:
    """Run a test on drawn arguments; what is no strategy is passed as it is."""
    strategies = [x if isinstance(x, st.SearchStrategy) else st.just(x) for x in arguments]
    quiet = settings(
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
        max_examples=max_examples or settings().max_examples,
    )

    def run(drawn: tuple[Any, ...]) -> None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="gradcheck: the gradient is 0")  # as at times it is
            test(*drawn)

    quiet(given(st.tuples(*strategies))(run))()


class _Gradients:
    """Checks of one function's gradients, as quick as a search wants them; what it ends at is then explained."""

    def __init__(self, fn: Callable[..., Any], tolerances: dict[str, Any]) -> None:
        self.fn, self.tolerances = fn, tolerances
        self.failing: tuple[Any, ...] | None = None

    def check(self, drawn: tuple[Any, ...], second: bool = False) -> None:
        quick = Settings(**self.tolerances, explain=False)
        report, _ = check_second(self.fn, drawn, None, quick) if second else check(self.fn, drawn, quick)
        if not report:
            self.failing = (drawn, second)
            raise GradcheckError(str(report))

    def explained(self) -> None:
        """Raise the whole report on the input that the search ended at."""
        assert self.failing is not None
        drawn, second = self.failing
        (gradgradcheck if second else gradcheck)(self.fn, drawn, **self.tolerances)


def check_op(
    fn: Callable[..., Any],
    *arguments: Any,
    second_order: bool = False,
    max_examples: int | None = None,
    **tolerances: Any,
) -> None:
    """Hold the derivatives of a function of Tensors against numerical ones, on inputs drawn and shrunk by Hypothesis.

    Args:
        fn: the function, or the `apply` of a Function.
        arguments: for each argument a strategy, or a value to be passed as it is; one Tensor of any shape, if none is
        given. second_order: check the derivative of the derivative too.
        max_examples: how many inputs to draw, by default as Hypothesis' profile says.
        tolerances: passed on to `gradcheck`.

    Raises:
        GradcheckError: with the report on the smallest input that fails.
        AssertionError: if float32 does not stay float32.

    >>> import tinygrad_lite as tl
    >>> check_op(tl.tanh, max_examples=10)
    >>> try:
    ...     check_op(lambda x: x.detach() * x, max_examples=50)
    ... except RuntimeError as error:
    ...     print(str(error).splitlines()[0])
    gradcheck of <lambda>: FAILED for 1 of 1 tensor
    """

    gradients = _Gradients(fn, tolerances)

    def test(*drawn: Any) -> None:
        gradients.check(drawn)
        if second_order:
            gradients.check(drawn, second=True)
        _stays_float32(fn, drawn)

    try:
        _drawn(test, arguments or [tensors()], max_examples)
    except GradcheckError:
        gradients.explained()
        raise


def _stays_float32(fn: Callable[..., Any], arguments: Iterable[Any]) -> None:
    narrow = [_float32(x) for x in arguments]
    outputs = [t for t in flattened(fn(*narrow)) if t.requires_grad]
    wanted = [x for x in narrow if isinstance(x, Tensor) and x.requires_grad]
    for t in outputs:
        assert t.dtype == dtypes.float32, f"the result of float32 Tensors is {t.dtype}"
    if outputs and wanted:
        for g in grad(outputs, wanted, [wrap(np.ones_like(t._data)) for t in outputs], allow_unused=True):
            assert g is None or g.dtype == dtypes.float32, f"the gradient of a float32 Tensor is {g.dtype}"


def _float32(x: Any) -> Any:
    if not (isinstance(x, Tensor) and x.dtype.kind == "f"):
        return x
    t = wrap(x._data.astype(np.float32))
    return t.requires_grad_() if x.requires_grad else t


def check_module(make: Callable[[], Module], *inputs: Any, max_examples: int | None = None, **tolerances: Any) -> None:
    """Hold the derivatives of a layer by its inputs and all its parameters against numerical ones; and what else must
    hold.

    Two that are made alike compute alike; a state that was saved and loaded computes the same; a parameter that
    requires a gradient gets one, of its own shape and dtype.

    Args:
        make: makes a new module.
        inputs: for each input a strategy, or a value to be passed as it is.
        max_examples, tolerances: as in `check_op`.

    Raises:
        GradcheckError: with the report on the smallest input that fails.
        AssertionError: naming what else does not hold.

    >>> import tinygrad_lite as tl
    >>> from tinygrad_lite.testing import tensors
    >>> check_module(lambda: tl.nn.BatchNorm1d(3), tensors((4, 3)), max_examples=5)
    """

    gradients = _Gradients(make, tolerances)

    def test(*drawn: Any) -> None:
        gradients.fn = module = make()
        gradients.check(drawn)
        narrow = [_float32(x) for x in drawn]
        other = make()
        other.load_state_dict(copy.deepcopy(module.state_dict()))
        results = []
        for each in (module, other):
            manual_seed(0)
            results.append(flattened(each(*narrow)))
        for a, b in zip(*results, strict=True):
            assert a._data.tobytes() == b._data.tobytes(), (
                "after loading the state of another, the result is not the same"
            )
        outputs = [t for t in results[0] if t.requires_grad]
        named = [(name, p) for name, p in module.named_parameters() if p.requires_grad]
        found = (
            grad(outputs, [p for _, p in named], [wrap(np.ones_like(t._data)) for t in outputs], allow_unused=True)
            if named
            else ()
        )
        for (name, p), g in zip(named, found, strict=True):
            assert g is not None, f"{name} gets no gradient"
            assert (g.shape, g.dtype) == (p.shape, p.dtype), f"the gradient of {name} is {g.shape} {g.dtype}"

    try:
        _drawn(test, inputs, max_examples)
    except GradcheckError:
        gradients.explained()
        raise


def check_optimizer(
    make: Callable[[list[Tensor]], Optimizer],
    reference: Callable[[Array, list[Array]], Array] | None = None,
    *,
    steps: int = 5,
    max_examples: int | None = None,
) -> None:
    """Check an optimizer: what it computes, that it keeps to itself, and that a run can be interrupted.

    Parameters without a gradient are left as they are; dtype, shape and memory of the others stay; a run that is saved
    after some steps and continued by another optimizer ends with the same bytes.

    Args:
        make: makes an optimizer of a list of parameters.
        reference: the parameter after so many steps, as an array: from its first value and the gradients of each step.
        steps: how many.
        max_examples: as in `check_op`.

    Raises:
        AssertionError: naming what does not hold.

    >>> import tinygrad_lite as tl
    >>> def sgd(value, gradients):
    ...     return value - 0.1 * sum(gradients)
    >>> check_optimizer(lambda parameters: tl.optim.SGD(parameters, lr=0.1), sgd, max_examples=10)
    """
    shape = (2, 3)
    values = between(-3, 3)

    def run(value: Array, gradients: list[Array], interrupted: bool) -> Array:
        p, idle = (wrap(value.copy()).requires_grad_() for _ in range(2))
        memory = p._data
        optimizer = make([p, idle])
        for i, g in enumerate(gradients):
            if interrupted and i == len(gradients) // 2:
                state = copy.deepcopy(optimizer.state_dict())
                optimizer = make([p, idle])
                optimizer.load_state_dict(state)
            p.grad = wrap(g.copy())
            optimizer.step()
            assert p.grad._data.shape == value.shape
        assert idle._data.tobytes() == value.tobytes(), "a parameter without a gradient has changed"
        assert p._data is memory, "a parameter must be changed in place, in its own memory"
        assert p._data.dtype == value.dtype, f"a parameter of {value.dtype} has become {p._data.dtype}"
        assert p.is_leaf, "a parameter has got a history"
        return p._data

    def test(value: Array, gradients: list[Array]) -> None:
        for dtype in (np.float64, np.float32):
            start, given = value.astype(dtype), [g.astype(dtype) for g in gradients]
            whole = run(start, given, interrupted=False)
            resumed = run(start, given, interrupted=True)
            assert whole.tobytes() == resumed.tobytes(), "saved and continued, a run ends elsewhere"
            if reference is not None and dtype is np.float64:
                expected = reference(start.copy(), [g.copy() for g in given])
                np.testing.assert_allclose(
                    whole, expected, rtol=1e-9, atol=1e-12, err_msg="not what the reference computes"
                )

    _drawn(test, [values(shape), st.lists(values(shape), min_size=steps, max_size=steps)], max_examples)
