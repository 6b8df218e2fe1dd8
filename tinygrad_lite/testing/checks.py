"""Checks of operations, layers and optimizers in one line, on inputs that Hypothesis draws and shrinks."""

from __future__ import annotations

import copy
import re
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

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
from ..random.generator import manual_seed
from ..tensors.tensor import Tensor
from ..types import dtypes
from .strategies import between, tensors

if TYPE_CHECKING:
    from ..nn import Module
    from ..optim import Optimizer


def check_op(
    fn: Callable[..., Any],
    *arguments: Any,
    second_order: bool = False,
    max_examples: int | None = None,
    **tolerances: Any,
) -> None:
    """Compare the derivatives of a function of Tensors with numerical ones, on inputs drawn and shrunk by Hypothesis.

    The derivatives are compared in float64. In float32, result and gradients must be float32 too.

    Args:
        fn: the function, or the `apply` of a Function. Its results may have any shape.
        arguments: for each argument a strategy, or a value that is passed as it is. Without any, one Tensor of any
            shape is drawn.
        second_order: check the derivative of the derivative too.
        max_examples: the number of inputs to draw; by default that of Hypothesis' profile.
        tolerances: `eps`, `atol`, `rtol` and `nondet_tol` as in `gradcheck`.

    Raises:
        GradcheckError: if a derivative is wrong; with the report on the smallest input that fails.
        AssertionError: if float32 does not stay float32.

    >>> import tinygrad_lite as tl
    >>> check_op(tl.tanh, max_examples=10)
    >>> try:
    ...     check_op(lambda x: x.detach() * x, max_examples=50)
    ... except RuntimeError as error:
    ...     print(str(error).splitlines()[0])
    gradcheck of <lambda>: FAILED for 1 of 1 tensor
    """
    gradients = _GradientCheck(fn, tolerances)

    def test(*drawn: Any) -> None:
        gradients.check(drawn)
        if second_order:
            gradients.check(drawn, second=True)
        _check_float32(fn, drawn)

    try:
        _run_on_drawn(test, arguments or [tensors()], max_examples)
    except GradcheckError:
        gradients.raise_report()
        raise


def check_module(make: Callable[[], Module], *inputs: Any, max_examples: int | None = None, **tolerances: Any) -> None:
    """Compare the derivatives of a layer by its inputs and all its parameters with numerical ones, and check its state.

    Besides: two layers made alike, of which one loads the state of the other, compute the same to the bit; and a
    parameter that requires a gradient gets one, of its own shape and dtype.

    Args:
        make: makes a new module, as `lambda: nn.Linear(3, 2)` does.
        inputs: for each input a strategy, or a value that is passed as it is.
        max_examples, tolerances: as in `check_op`.

    Raises:
        GradcheckError: if a derivative is wrong; with the report on the smallest input that fails.
        AssertionError: naming what else does not hold.
        TypeError: if `make` is a module, and not a function that makes one.

    >>> import tinygrad_lite as tl
    >>> from tinygrad_lite.testing import tensors
    >>> check_module(lambda: tl.nn.BatchNorm1d(3), tensors((4, 3)), max_examples=5)
    """
    _check_maker("check_module", make, "named_parameters", ": nn.Linear(3, 2)")
    gradients = _GradientCheck(make, tolerances)

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
            same = a._data.tobytes() == b._data.tobytes()
            assert same, "after loading the state of another, the result is not the same"
        outputs = [t for t in results[0] if t.requires_grad]
        named = [(name, p) for name, p in module.named_parameters() if p.requires_grad]
        ones = [wrap(np.ones_like(t._data)) for t in outputs]
        found = grad(outputs, [p for _, p in named], ones, allow_unused=True) if named else ()
        for (name, p), g in zip(named, found, strict=True):
            assert g is not None, f"{name} gets no gradient"
            assert (g.shape, g.dtype) == (p.shape, p.dtype), f"the gradient of {name} is {g.shape} {g.dtype}"

    try:
        _run_on_drawn(test, inputs, max_examples)
    except GradcheckError:
        gradients.raise_report()
        raise


def check_optimizer(
    make: Callable[[list[Tensor]], Optimizer],
    reference: Callable[[Array, list[Array]], Array] | None = None,
    *,
    steps: int = 5,
    max_examples: int | None = None,
) -> None:
    """Check an optimizer: what it computes, that it changes nothing else, and that a run can be interrupted.

    A parameter without a gradient must stay as it is. The dtype, the shape and the memory of the others must stay. A
    run that is saved after some steps, and continued by another optimizer, must end with the same bytes.

    Args:
        make: makes an optimizer of a list of parameters.
        reference: takes the first value of a parameter and the gradients of all steps, as arrays, and returns the
            value after these steps.
        steps: the number of steps.
        max_examples: as in `check_op`.

    Raises:
        AssertionError: naming what does not hold.
        TypeError: if `make` is an optimizer, and not a function that makes one.

    >>> import tinygrad_lite as tl
    >>> def sgd(value, gradients):
    ...     return value - 0.1 * sum(gradients)
    >>> check_optimizer(lambda parameters: tl.optim.SGD(parameters, lr=0.1), sgd, max_examples=10)
    """
    _check_maker("check_optimizer", make, "param_groups", " parameters: optim.SGD(parameters, lr=0.1)")
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
                message = "not what the reference computes"
                np.testing.assert_allclose(whole, expected, rtol=1e-9, atol=1e-12, err_msg=message)

    _run_on_drawn(test, [values(shape), st.lists(values(shape), min_size=steps, max_size=steps)], max_examples)


# ------------------------------------------------------------------------------------------------ what they share


def _run_on_drawn(test: Callable[..., None], arguments: Iterable[Any], max_examples: int | None) -> None:
    """Run a test on drawn arguments. An argument that is no strategy is passed as it is."""
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
            warnings.filterwarnings("ignore", message="gradcheck: the gradient is 0")  # as it is for some inputs
            try:
                test(*drawn)
            except GradcheckError:  # which is raised again with a full report
                raise
            except Exception as error:
                error.add_note(_as_code(drawn))
                raise

    quiet(given(st.tuples(*strategies))(run))()


class _GradientCheck:
    """Checks of the gradients of one function, without explanations while Hypothesis searches.

    Attributes:
        failing: the last input that failed, and whether its second derivative did.
    """

    def __init__(self, fn: Callable[..., Any], tolerances: dict[str, Any]) -> None:
        self.fn, self.tolerances = fn, tolerances
        self.failing: tuple[tuple[Any, ...], bool] | None = None

    def check(self, drawn: tuple[Any, ...], second: bool = False) -> None:
        """Check the first or the second derivative."""
        quick = Settings(**self.tolerances, explain=False)
        report, _ = check_second(self.fn, drawn, None, quick) if second else check(self.fn, drawn, quick)
        if not report:
            self.failing = (drawn, second)
            raise GradcheckError(str(report))

    def raise_report(self) -> None:
        """Raise the error with the full report on the last input that failed."""
        assert self.failing is not None
        drawn, second = self.failing
        try:
            (gradgradcheck if second else gradcheck)(self.fn, drawn, **self.tolerances)
        except Exception as error:
            error.add_note(_as_code(drawn))
            raise


def _check_float32(fn: Callable[..., Any], arguments: Iterable[Any]) -> None:
    """Check that results and gradients of float32 Tensors are float32."""
    narrow = [_float32(x) for x in arguments]
    outputs = [t for t in flattened(fn(*narrow)) if t.requires_grad]
    wanted = [x for x in narrow if isinstance(x, Tensor) and x.requires_grad]
    for t in outputs:
        assert t.dtype == dtypes.float32, f"the result of float32 Tensors is {t.dtype}"
    if outputs and wanted:
        for g in grad(outputs, wanted, [wrap(np.ones_like(t._data)) for t in outputs], allow_unused=True):
            assert g is None or g.dtype == dtypes.float32, f"the gradient of a float32 Tensor is {g.dtype}"


def _float32(x: Any) -> Any:
    """A floating Tensor as a float32 leaf; anything else as it is."""
    if not (isinstance(x, Tensor) and x.dtype.kind == "f"):
        return x
    t = wrap(x._data.astype(np.float32))
    return t.requires_grad_() if x.requires_grad else t


def _as_code(drawn: Iterable[Any]) -> str:
    """The input that fails, as code to be pasted."""
    values = ", ".join(map(_literal, drawn))
    return f"the smallest input that was found to fail:\n    inputs = ({values},)"


def _literal(x: Any) -> str:
    if isinstance(x, (list, tuple)):
        inside = ", ".join(map(_literal, x))
        return f"[{inside}]" if isinstance(x, list) else f"({inside}{',' if len(x) == 1 else ''})"
    if isinstance(x, np.ndarray):
        return f"np.array({_nested(x)}, dtype=np.{x.dtype})"
    if not isinstance(x, Tensor):
        return repr(x)
    empty = f".reshape({tuple(x.shape)})" if not x._data.size else ""
    grad = ", requires_grad=True" if x.requires_grad else ""
    if empty and grad:
        return f"tl.zeros({tuple(x.shape)}, dtype=tl.{x.dtype}{grad})"
    return f"tl.tensor({_nested(x._data)}, dtype=tl.{x.dtype}{grad}){empty}"


def _nested(x: Array) -> str:
    """The values as nested lists; NaN and infinity by names that Python knows."""
    text = repr(x.tolist())
    return re.sub(r"\b(nan|inf)\b", r'float("\1")', text)


def _check_maker(name: str, make: Any, mark: str, example: str) -> None:
    """Raise where a made object is given instead of the function that makes it."""
    if not callable(make) or (hasattr(make, mark) and not isinstance(make, type)):
        raise TypeError(
            f"{name}: the first argument must be a function that makes a new one each time, not an object of type "
            f"{type(make).__name__}: {name}(lambda{example}, ...)"
        )
