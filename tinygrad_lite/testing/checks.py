"""Checks of operations, layers and optimizers in one line, on inputs that Hypothesis draws and shrinks."""

from __future__ import annotations

import copy
import functools
import zlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from ..autograd.gradient_checking import GradcheckError
from ..autograd.gradient_checking.check import both_are_right, check, check_second
from ..autograd.gradient_checking.isolated_copy import flattened, is_module
from ..autograd.gradient_checking.settings import Settings
from ..autograd.gradients import grad
from ..core.tensor import wrap
from ..random.generator import manual_seed
from ..tensors.tensor import Tensor
from ..types import dtypes
from .drawn_inputs import as_code, check_maker, differing_attributes, run_on_drawn
from .strategies import tensors

if TYPE_CHECKING:
    from ..autograd.gradient_checking.report import Report
    from ..nn import Module

REGISTERED = ("_parameters", "_buffers", "_modules")  # the attributes of a module of which the state_dict is made


def check_op(
    fn: Callable[..., Any],
    *arguments: Any,
    second_order: bool = False,
    strict: bool = False,
    float32: bool = True,
    max_examples: int | None = None,
    **tolerances: Any,
) -> None:
    """Compare the derivatives of a function of Tensors with numerical ones, on inputs drawn and shrunk by Hypothesis.

    The derivatives are compared in float64, first in a random direction through all Tensors at once, and only where
    backward and differences do not agree there to nine digits, element by element as `gradcheck` does (of more than
    2000 elements as in its fast mode). Besides, what `gradcheck` finds is found: what changes from run to run, writes
    into its arguments, needs the gradients of all results, or returns other shapes. The gradients of the results are
    given in several memory layouts, and each Tensor must have the same gradient where fewer of them require one. In
    float32, result and gradients must be float32 too. If no argument is a strategy, nothing is drawn, and the function
    is checked once.

    Args:
        fn: the function, a Module, or the `apply` of a Function. Its results may have any shape.
        arguments: for each argument a strategy, or a value that is passed as it is. Without any, one Tensor of any
            shape is drawn.
        second_order: check the derivative of the derivative too.
        strict: whether a derivative that is SUSPICIOUS is an error too, and not only one that is wrong.
        float32: whether float32 must stay float32, which it does not where a function has constants in float64.
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
    gradients = _GradientCheck(fn, tolerances, strict)

    def test(*drawn: Any) -> None:
        gradients.check_orders(drawn, second_order)
        if float32:
            _check_float32(fn, drawn)

    try:
        run_on_drawn(test, arguments or [tensors()], max_examples)
    except GradcheckError:
        gradients.raise_report()
        raise


def check_module(
    make: Callable[[], Module],
    *inputs: Any,
    second_order: bool = False,
    strict: bool = False,
    max_examples: int | None = None,
    **tolerances: Any,
) -> None:
    """Compare the derivatives of a layer by its inputs and all its parameters with numerical ones, and check its state.

    Besides: two layers made alike, of which one loads the state of the other, compute the same to the bit, also after
    the other has been called with other inputs, and in evaluation mode; else the error names the attributes that hold
    state and are no parameters or buffers. A parameter that requires a gradient gets one, of its own shape and dtype.

    Args:
        make: makes a new module, as `lambda: nn.Linear(3, 2)` does.
        inputs: for each input a strategy, or a value that is passed as it is.
        second_order, strict, max_examples, tolerances: as in `check_op`.

    Raises:
        GradcheckError: if a derivative is wrong; with the report on the smallest input that fails.
        AssertionError: naming what else does not hold.
        TypeError: if `make` is a module, and not a function that makes one.

    >>> import tinygrad_lite as tl
    >>> from tinygrad_lite.testing import tensors
    >>> check_module(lambda: tl.nn.BatchNorm1d(3), tensors((4, 3)), max_examples=5)
    """
    check_maker("check_module", make, "named_parameters", ": nn.Linear(3, 2)")
    gradients = _GradientCheck(make, tolerances, strict)
    strategies = [x if isinstance(x, st.SearchStrategy) else st.just(x) for x in inputs]

    def test(drawn: tuple[Any, ...], earlier: tuple[Any, ...]) -> None:
        narrow = [_float32(x) for x in drawn]
        module, used = make(), make()
        used(*map(_float32, earlier))  # which it may count, or keep something of
        for each, training in ((module, True), (used, True), (used, False)):
            _check_state(each.train(training), make().train(training), narrow)
        gradients.fn = module = make()
        gradients.check_orders(drawn, second_order)
        _check_parameters(module, narrow)

    try:
        run_on_drawn(test, [st.tuples(*strategies)] * 2, max_examples, ("inputs", "earlier"))
    except GradcheckError:
        gradients.raise_report()
        raise


def _check_state(module: Module, other: Module, inputs: list[Any]) -> None:
    """Check that a module computes the same as another that it loads its state into."""
    other.load_state_dict(copy.deepcopy(module.state_dict()))
    unlike = [
        (f"{name}: " if name else "") + text
        for (name, x), y in zip(list(module.named_modules()), list(other.modules()), strict=True)
        for text in differing_attributes(x, y, REGISTERED)
    ]
    unlike += [
        f"the buffer {name} is not persistent"
        for (name, x), y in zip(list(module.named_buffers()), list(other.buffers()), strict=True)
        if x._data.tobytes() != y._data.tobytes()
    ]
    results = []
    for each in (module, other):
        manual_seed(0)
        results.append(flattened(each(*inputs)))
    mode = "" if module.training else " (in eval mode)"
    for a, b in zip(*results, strict=True):
        assert a._data.tobytes() == b._data.tobytes(), (
            f"after loading the state of another, the result is not the same{mode}. "
            "This is not in the state_dict (is it to be a buffer, or a parameter?): "
            + ("; ".join(unlike) or "no attribute of the module differs, so look for a global or a closure")
        )


def _check_parameters(module: Module, inputs: list[Any]) -> None:
    """Check that each parameter that requires a gradient gets one, of its own shape and dtype."""
    manual_seed(0)
    outputs = [t for t in flattened(module(*inputs)) if t.requires_grad]
    named = [(name, p) for name, p in module.named_parameters() if p.requires_grad]
    ones = [wrap(np.ones_like(t._data)) for t in outputs]
    found = grad(outputs, [p for _, p in named], ones, allow_unused=True) if named else ()
    for (name, p), g in zip(named, found, strict=True):
        assert g is not None, f"{name} gets no gradient"
        assert (g.shape, g.dtype) == (p.shape, p.dtype), f"the gradient of {name} is {g.shape} {g.dtype}"


# ------------------------------------------------------------------------------------------------ what they share


class _GradientCheck:
    """Checks of the gradients of one function, without explanations while Hypothesis searches.

    Attributes:
        strict: whether what is suspicious fails too.
        failing: the last input that failed, and whether its second derivative did.
    """

    def __init__(self, fn: Callable[..., Any], tolerances: dict[str, Any], strict: bool = False) -> None:
        self.fn, self.tolerances, self.strict = fn, tolerances, strict
        self.failing: tuple[tuple[Any, ...], bool] | None = None

    def check_orders(self, drawn: tuple[Any, ...], second_order: bool) -> None:
        """Check the first derivative, and the second one too if that is wanted."""
        if second_order and both_are_right(self.fn, drawn, self._settings(drawn, explain=False)):
            return
        self.check(drawn)
        if second_order:
            self.check(drawn, second=True)

    def check(self, drawn: tuple[Any, ...], second: bool = False) -> None:
        """Check the first or the second derivative."""
        report = self._report(drawn, second, explain=False)
        if self._fails(report):
            self.failing = (drawn, second)
            raise _error(report)

    def _fails(self, report: Report) -> bool:
        return not report or (self.strict and report.verdict == "suspicious")

    def _settings(self, drawn: tuple[Any, ...], explain: bool) -> Settings:
        return Settings(**self.tolerances, explain=explain, seed=_seed(drawn), fewer=True, strict=self.strict)

    def _report(self, drawn: tuple[Any, ...], second: bool, explain: bool) -> Report:
        """The report, on gradients of the results that the input decides."""
        settings = self._settings(drawn, explain)
        return (check_second(self.fn, drawn, None, settings) if second else check(self.fn, drawn, settings))[0]

    def raise_report(self) -> None:
        """Raise the error with the full report on the last input that failed."""
        assert self.failing is not None
        drawn, second = self.failing
        report = self._report(drawn, second, explain=True)
        error = _error(report if self._fails(report) else self._report(drawn, second, explain=False))
        error.add_note(as_code(drawn))
        raise error


def _seed(drawn: Iterable[Any]) -> int:
    """A number that the values of the Tensors decide: the same input is checked in the same way."""
    return functools.reduce(lambda seed, t: zlib.crc32(t._data.tobytes(), seed), flattened(list(drawn)), 0)


def _error(report: Report) -> GradcheckError:
    error = GradcheckError(str(report))
    error.report = report
    return error


def _check_float32(fn: Callable[..., Any], arguments: Iterable[Any]) -> None:
    """Check that results and gradients of float32 Tensors are float32."""
    narrow = [_float32(x) for x in arguments]
    if is_module(fn) and any(p.dtype == dtypes.float64 for _, p in fn.named_parameters()):
        module: Any = copy.deepcopy(fn)
        fn = module.float()
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
