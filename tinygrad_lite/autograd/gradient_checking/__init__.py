"""`gradcheck`: compare a backward with numerical derivatives, and say what is wrong with it.

The work begins in `check`, which is imported when the first check is made. It copies the function and its inputs
(`isolated_copy`), runs backward (`backward_run`), compares the gradients with differences (`comparison`, `fast_mode`,
`numeric`), and explains those that are wrong (`hints`, `culprit`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ...core.tensor import as_list
from ...tensors.tensor import Tensor

if TYPE_CHECKING:
    from .report import Report

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]


class GradcheckError(RuntimeError):
    """A gradient is wrong. The message is the report as text, and `report` the report itself."""

    report: Report


GradcheckError.__module__ = "tinygrad_lite.autograd.gradcheck"  # where PyTorch has it


def gradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    fast: bool = False,
    masked: bool | None = None,
    surrogate: Any = None,
) -> Report:
    """Compare backward with numerical derivatives, and say what is wrong, where, and how certain that is.

    The check works on a copy in float64. So a float32 model is checked as it is, and nothing of it changes: its
    parameters, `.grad`, buffers and flags and the state of the generators stay as they are. Dropout draws the same
    mask in every run.

    Args:
        func: a function of Tensors, the `apply` of a Function, or a Module, of which every parameter is checked too.
        inputs: its argument, or its arguments in a tuple or list; Tensors of any shape. Those that require grad are
            checked; if none does and `func` is a Module, all of floating dtype.
        eps: the first step, relative to max(1, |x|), rounded to a power of two near 8 eps. Where the result is in
            doubt, other steps follow.
        atol: the error allowed relative to the typical gradient of the tensor (but for no element more than a tenth).
        rtol: the error allowed relative to the element.
        raise_exception: raise an error with the report if a gradient is wrong.
        nondet_tol: how much results and gradients may change from one run to the next.
        check_undefined_grad: also run backward from each result alone, with the gradients of the others undefined.
        check_grad_dtypes: also fail a Function whose backward returns another dtype than that of its argument.
        fast_mode, fast: compare one random projection of each gradient, and elements only where that differs.
        masked: has no effect, because no Tensor here is sparse.
        check_backward_ad: may be False only beside `check_forward_ad`. Backward is checked in any case, because the
            other checks compare with it.
        check_forward_ad: also check the derivatives in random directions, as `func.jvp` computes them.
        check_batched_grad: also check several backward passes at once, as `func.vmap` makes them.
        check_batched_forward_grad: also check derivatives in several directions at once.
        surrogate: a Function or a function, or several in a list, whose backward is taken for their derivative, as of
            straight-through estimators and spiking neurons. All that comes before and after them is checked.

    Returns:
        A `Report`, which is true if nothing is wrong. Each tensor has a verdict: right, wrong, suspicious (inside
        the tolerance, but the error is far above what is achievable: this passes, and the report says SUSPICIOUS),
        kink (no derivative exists, and backward lies between the one-sided slopes), nondeterministic, non-finite,
        precision-limited (the differences are too coarse to tell), vacuous (0 on both sides), shape, dtype, missing
        (None for a tensor on which the result depends), or error.

    Raises:
        GradcheckError: if a gradient is wrong; with the report.
        ValueError: if no input requires grad.
        TypeError: if `func` cannot be called, or returns no Tensor.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([0.5, -1.0, 2.0], requires_grad=True)
    >>> bool(tl.autograd.gradcheck(tl.tanh, x))
    True
    >>> report = tl.autograd.gradcheck(lambda x: x * x.detach(), x, raise_exception=False)
    >>> bool(report), report.worst.index
    (False, (2,))
    >>> report.hints[0].partition(" at ")[0]  # and in which line
    'with the detach()'
    >>> report.jacobian_entry
    'd result[2] / d x[2] alone: backward 2, numeric 4'
    """
    _check_arguments(func)
    if not (check_backward_ad or check_forward_ad):
        raise ValueError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    from .check import check
    from .settings import Settings
    from .surrogates import surrogate_list

    surrogates = () if surrogate is None else tuple(surrogate_list(surrogate))
    settings = Settings(
        eps,
        atol,
        rtol,
        nondet_tol,
        check_undefined_grad,
        check_grad_dtypes,
        fast or fast_mode,
        surrogates,
        forward=check_forward_ad,
        batched=check_batched_grad,
        batched_forward=check_batched_forward_grad,
    )
    return _outcome(*check(func, as_list(inputs), settings), raise_exception)


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    fast: bool = False,
    masked: bool = False,
) -> Report:
    """Compare the derivative of backward with numerical derivatives: `gradcheck` of the gradients as functions.

    The gradients are functions of the inputs and of the gradients of the results. Both are checked.

    Args:
        func, inputs: as in `gradcheck`.
        grad_outputs: the gradients of the results, of their shapes; random in float64 unless they are given.
        gen_non_contig_grad_outputs: has no effect: the layout of an array does not change a derivative here.
        check_rev_over_rev: may be False only beside `check_fwd_over_rev`; it is checked in any case.
        check_fwd_over_rev: also check the derivatives of the gradients in random directions.
        check_batched_grad: also check several backward passes through the gradients at once.
        eps, atol, rtol, raise_exception, nondet_tol, check_undefined_grad, check_grad_dtypes, fast_mode, fast, masked:
            as in `gradcheck`.

    Returns:
        A `Report`, which is true if nothing is wrong.

    Raises:
        GradcheckError: if a second derivative is wrong; with the report.
        ValueError: if no input requires grad, or the number of `grad_outputs` is not that of the results.
        TypeError: if `func` cannot be called, or returns no Tensor.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([0.5, -1.0, 2.0], requires_grad=True)
    >>> bool(tl.autograd.gradgradcheck(tl.tanh, x))
    True
    """
    _check_arguments(func)
    if not (check_rev_over_rev or check_fwd_over_rev):
        raise ValueError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    from .check import check_second
    from .settings import Settings

    settings = Settings(
        eps,
        atol,
        rtol,
        nondet_tol,
        check_undefined_grad,
        check_grad_dtypes,
        fast or fast_mode,
        forward=check_fwd_over_rev,
        batched=check_batched_grad,
    )
    given = None if grad_outputs is None else as_list(grad_outputs)
    return _outcome(*check_second(func, as_list(inputs), given, settings), raise_exception)


def _check_arguments(func: Any) -> None:
    if not callable(func):
        raise TypeError(f"gradcheck(func, inputs): func must be a function or a Module, not {type(func).__name__}")


def _outcome(report: Report, cause: Exception | None, raise_exception: bool) -> Report:
    if report or not raise_exception:
        return report
    if report.failed_at_once and cause is not None:  # it raises this without a check, too
        raise cause
    error = GradcheckError(str(report))
    error.report = report
    raise error from cause
