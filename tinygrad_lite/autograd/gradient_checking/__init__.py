"""`gradcheck`: hold a backward against numerical derivatives, and say what is wrong with it.

The work is in `check`, which copies (`subject`), compares (`verdict`, by the differences of `numeric`) and explains
(`hints`, `culprit`); it is imported when the first check is made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .report import Report

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]


class GradcheckError(RuntimeError):
    """A gradient is wrong. The message is the report, and `report` the object."""

    report: Report


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
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
) -> Report:
    """Compare backward with numerical derivatives, and say what is wrong, where, and how sure that is.

    All is done on a copy in float64, so a float32 model is checked as it is, and nothing of it changes: parameters,
    `.grad`, buffers, flags and the state of the generators stay as they are. Dropout is replayed with the same mask.

    Args:
        func: a function of Tensors, the `apply` of a Function, or a Module, of which every parameter is checked too.
        inputs: its argument or arguments. Those that require grad are checked; of a Module, if none does, all.
        eps: the first step, relative to max(1, |x|), as a power of two near 8 eps; where in doubt, others follow.
        atol: the error allowed relative to the tensor's typical gradient (but to no element more than a tenth of it).
        rtol: the error allowed relative to the element.
        raise_exception: raise an error with the report where a gradient is wrong.
        nondet_tol: by how much results and gradients may change from one run to the next.
        check_undefined_grad: also take the derivative of each result by itself, with the others' gradients undefined.
        check_grad_dtypes: also fail a Function whose backward returns another dtype than its argument's.
        fast_mode, fast: compare one random projection of each gradient, and look at elements only where that differs.
        masked: of no meaning here, where no Tensor is sparse.
        check_forward_ad, check_batched_grad, check_batched_forward_grad: not available here.

    Returns:
        A `Report`: true if nothing is wrong. Each tensor has a verdict: right, wrong, kink (no derivative exists, and
        backward lies between the one-sided slopes), nondeterministic, non-finite, precision-limited (differences
        cannot tell), vacuous (0 on both sides), shape, dtype, missing (None for a tensor that matters), or error.

    Raises:
        GradcheckError: where a gradient is wrong, with the report.
        ValueError: if no input requires grad.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([0.5, -1.0, 2.0], requires_grad=True)
    >>> bool(tl.autograd.gradcheck(tl.tanh, x))
    True
    >>> report = tl.autograd.gradcheck(lambda x: x * x.detach(), x, raise_exception=False)
    >>> bool(report), report.worst.index
    (False, (2,))
    >>> report.hints[0]
    'x: backward gives half the derivative (a factor 0.5)'
    """
    _refuse(
        check_forward_ad=check_forward_ad,
        check_batched_grad=check_batched_grad,
        check_batched_forward_grad=check_batched_forward_grad,
    )
    if not check_backward_ad:
        raise ValueError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    from .check import check
    from .comparison import Settings

    settings = Settings(eps, atol, rtol, nondet_tol, check_undefined_grad, check_grad_dtypes, fast or fast_mode)
    return _outcome(*check(func, _listed(inputs), settings), raise_exception)


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
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
    """Compare the derivative of backward with numerical ones: `gradcheck` of the gradients as functions.

    They are functions of the inputs and of the gradients of the results, which are random unless given as
    `grad_outputs`. All other arguments are those of `gradcheck`.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([0.5, -1.0, 2.0], requires_grad=True)
    >>> bool(tl.autograd.gradgradcheck(tl.tanh, x))
    True
    """
    _refuse(check_batched_grad=check_batched_grad, check_fwd_over_rev=check_fwd_over_rev)
    if not check_rev_over_rev:
        raise ValueError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    from .check import check_second
    from .comparison import Settings

    settings = Settings(eps, atol, rtol, nondet_tol, check_undefined_grad, check_grad_dtypes, fast or fast_mode)
    given = None if grad_outputs is None else _listed(grad_outputs)
    return _outcome(*check_second(func, _listed(inputs), given, settings), raise_exception)


def _listed(inputs: Any) -> list[Any]:
    return list(inputs) if isinstance(inputs, (tuple, list)) else [inputs]


def _refuse(**asked: bool) -> None:
    for name, value in asked.items():
        if value:
            raise NotImplementedError(
                f"gradcheck({name}=True) is not available: there is no forward mode and no vmap here"
            )


def _outcome(report: Report, cause: Exception | None, raise_exception: bool) -> Report:
    if report or not raise_exception:
        return report
    error = GradcheckError(str(report))
    error.report = report
    raise error from cause
