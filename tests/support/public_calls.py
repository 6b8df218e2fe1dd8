"""For every public function that computes with Tensors, a call that works; tests of errors make wrong calls of it.

The functions are found by introspection. Their arguments are guessed from names and annotations; where the guess does
not fit, `ARGUMENTS` has them. A function without a call that works fails the test.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import typing
from collections.abc import Callable
from typing import Any

import tinygrad_lite as tl
from tinygrad_lite.core.argument_types import annotations_of, means_tensor

Arguments = Callable[[], tuple[Any, ...]]
NAMESPACES = ["", "linalg", "nn.functional", "special"]


def mentions_tensor(hint: Any) -> bool:
    """Tell whether an annotation is a Tensor, or has one in it."""
    return means_tensor(hint) or any(mentions_tensor(part) for part in typing.get_args(hint))


def functions_of_tensors() -> dict[str, Callable[..., Any]]:
    """The public functions that have an argument annotated as a Tensor, by their names."""
    found = {}
    for namespace in NAMESPACES:
        module = importlib.import_module(f"tinygrad_lite.{namespace}".rstrip("."))
        for name in sorted(module.__all__):
            function = getattr(module, name)
            elsewhere = name.endswith("_") and namespace == ""  # methods, to which other tests belong
            elsewhere |= namespace == "" and str(getattr(function, "__module__", "")).startswith("tinygrad_lite.nn")
            if callable(function) and not elsewhere and not inspect.isclass(function) and not makes_tensors(function):
                hints = annotations_of(form_of(function))
                needs_keyword = any(
                    p.kind is p.KEYWORD_ONLY and p.default is p.empty
                    for p in inspect.signature(form_of(function)).parameters.values()
                )
                tensors = any(mentions_tensor(hint) for parameter, hint in hints.items() if parameter != "return")
                if tensors and not needs_keyword and hints.get("return") is not typing.NoReturn:
                    found[f"{namespace}.{name}".lstrip(".")] = function
    return found


def makes_tensors(function: Callable[..., Any]) -> bool:
    """Tell whether a function makes Tensors, as `zeros` and `rand_like` do: other tests are about those."""
    return function.__module__.startswith(("tinygrad_lite.creation", "tinygrad_lite.random"))


def form_of(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function that has the annotations: a primitive's public form."""
    return getattr(function, "public_form", function)


def arguments(name: str) -> tuple[Any, ...]:
    """Arguments for a call that works: those that are needed, by position."""
    if name in ARGUMENTS:
        return ARGUMENTS[name]()
    function = FUNCTIONS[name]
    hints = annotations_of(form_of(function))
    given = []
    for parameter in inspect.signature(form_of(function)).parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            given.append(guess(parameter.name, hints.get(parameter.name, Any)))
        elif parameter.default is parameter.empty and parameter.kind is not parameter.KEYWORD_ONLY:
            given.append(guess(parameter.name, hints.get(parameter.name, Any)))
    return tuple(given)


def guess(name: str, hint: Any) -> Any:
    """A value for a parameter of this name and annotation."""
    if name in GUESSES:
        return GUESSES[name]()
    options = typing.get_args(hint) if not means_tensor(hint) else (hint,)
    if any(map(means_tensor, options)):
        return square()
    return 1


def positive() -> tl.Tensor:
    """A positive-definite matrix."""
    return square() @ square().T + tl.eye(3)


def square() -> tl.Tensor:
    return tl.tensor([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9]])


def vector() -> tl.Tensor:
    return tl.tensor([0.1, 0.2, 0.3])


def images(ndim: int = 2) -> tl.Tensor:
    """A sample of four channels of two elements along each of the dimensions."""
    return tl.arange(4.0 * 2**ndim).reshape(1, 4, *[2] * ndim) / 10


def of_dimensions(name: str, call: Callable[[int], tuple[Any, ...]]) -> dict[str, Arguments]:
    """Calls of the three functions of images with 1, 2 and 3 dimensions, whose names differ in that number."""
    return {f"nn.functional.{name}{n}d": functools.partial(call, n) for n in (1, 2, 3)}


def batch() -> tl.Tensor:
    return tl.arange(8.0).reshape(2, 2, 2) / 10


def whole() -> tl.Tensor:
    return tl.tensor([0, 2, 1])


GUESSES: dict[str, Callable[[], Any]] = {
    "index": lambda: tl.tensor([[0, 1, 2]]),
    "mask": lambda: square() > 0.5,
    "condition": lambda: square() > 0.5,
    "tensors": lambda: [square(), square()],
    "dim": lambda: 0,
    "dims": lambda: (0, 1),
}


def _of(*makers: Callable[[], Any]) -> Arguments:
    return lambda: tuple(make() for make in makers)


_VECTORS = _of(vector, vector)
_WHOLE = _of(whole, whole)

ARGUMENTS: dict[str, Arguments] = {
    **dict.fromkeys(["dot", "vdot", "outer", "ger", "broadcast_tensors", "meshgrid", "cartesian_prod"], _VECTORS),
    **dict.fromkeys([f"bitwise_{name}" for name in ("and", "or", "xor", "left_shift", "right_shift")], _WHOLE),
    **dict.fromkeys(["gcd", "lcm"], _WHOLE),
    **dict.fromkeys(["bitwise_not", "nn.functional.one_hot", "bincount"], _of(whole)),
    "addbmm": lambda: (tl.zeros(2, 2), batch(), batch()),
    "addmv": lambda: (vector(), square(), vector()),
    "addr": lambda: (square(), vector(), vector()),
    "baddbmm": lambda: (batch(), batch(), batch()),
    "block_diag": lambda: (square(), square()),
    "bmm": lambda: (batch(), batch()),
    "broadcast_to": lambda: (vector(), (3, 3)),
    "bucketize": lambda: (square(), vector()),
    "clamp": lambda: (square(), 0.2),
    "clip": lambda: (square(), 0.2),
    "diagonal_scatter": lambda: (square(), vector()),
    "dsplit": lambda: (batch(), 2),
    "einsum": lambda: ("ij,jk->ik", square(), square()),
    "index_add": lambda: (square(), 0, whole(), square()),
    "index_copy": lambda: (square(), 0, whole(), square()),
    "index_fill": lambda: (square(), 0, whole(), 1.0),
    "index_put": lambda: (square(), (whole(),), square()),
    "index_select": lambda: (square(), 0, whole()),
    "is_nonzero": lambda: (tl.tensor(1.0),),
    "masked_fill": lambda: (square(), square() > 0.5, 1.0),
    "mv": lambda: (square(), vector()),
    "normal": lambda: (square(), 1.0),
    "permute": lambda: (square(), 1, 0),
    "quantile": lambda: (square(), 0.5),
    "repeat_interleave": lambda: (square(), 2),
    "reshape": lambda: (square(), 9),
    "scatter": lambda: (square(), 0, tl.tensor([[0, 1, 2]]), square()),
    "searchsorted": lambda: (vector(), square()),
    "select": lambda: (square(), 0, 1),
    "select_scatter": lambda: (square(), vector(), 0, 1),
    "split_with_sizes": lambda: (square(), [1, 2]),
    "take_along_dim": lambda: (square(), tl.tensor([[0, 1, 2]]), 0),
    "tensor_split": lambda: (square(), 2),
    "unravel_index": lambda: (whole(), 3),
    "combinations": lambda: (vector(),),
    "as_strided": lambda: (square(), (2, 2), (3, 1)),
    "as_strided_scatter": lambda: (square(), square()[:2, :2], (2, 2), (3, 1)),
    "scatter_reduce": lambda: (square(), 0, tl.tensor([[0, 1, 2]]), square(), "sum"),
    "index_reduce": lambda: (square(), 0, whole(), square(), "prod"),
    "put": lambda: (square(), whole(), vector()),
    "renorm": lambda: (square(), 2, 0, 0.5),
    "nanquantile": lambda: (square(), 0.5),
    "histogramdd": lambda: (square(), 2),
    "fill": lambda: (square(), 1.0),
    "unflatten": lambda: (square(), 0, (3, 1)),
    "nn.functional.batch_norm": lambda: (square(), vector(), vector()),
    "nn.functional.bilinear": lambda: (tl.ones(3, 2), tl.ones(3, 2), batch()),
    "nn.functional.cosine_embedding_loss": lambda: (square(), square(), tl.tensor([1, -1, 1])),
    "nn.functional.embedding": lambda: (whole(), square()),
    "nn.functional.embedding_bag": lambda: (whole(), square(), tl.tensor([0])),
    "nn.functional.affine_grid": lambda: (tl.ones(2, 2, 3), (2, 1, 2, 2), False),
    "nn.functional.grid_sample": lambda: (images(), tl.zeros(images().shape[0], 2, 2, 2), "nearest", "zeros", False),
    "nn.functional.ctc_loss": lambda: (tl.zeros(3, 1, 3), tl.tensor([[1]]), [3], [1]),
    "nn.functional.glu": lambda: (tl.ones(2, 4),),
    "nn.functional.layer_norm": lambda: (square(), (3,)),
    "nn.functional.multi_margin_loss": lambda: (square(), whole()),
    "nn.functional.multilabel_margin_loss": lambda: (square(), tl.zeros(3, 3, dtype=tl.int64)),
    **dict.fromkeys(
        [
            "cholesky",
            "det",
            "inverse",
            "logdet",
            "slogdet",
            "linalg.cholesky",
            "linalg.det",
            "linalg.inv",
            "linalg.eigh",
            "linalg.eigvalsh",
            "linalg.slogdet",
            "linalg.cholesky_ex",
            "linalg.inv_ex",
        ],
        _of(positive),
    ),
    "linalg.solve_ex": lambda: (positive(), positive()),
    "linalg.lu_solve": lambda: (positive(), tl.tensor([1, 2, 3], dtype=tl.int32), positive()),
    "lu_solve": lambda: (positive(), positive(), tl.tensor([1, 2, 3], dtype=tl.int32)),
    "lu_unpack": lambda: (positive(), tl.tensor([1, 2, 3], dtype=tl.int32)),
    **dict.fromkeys(["linalg.householder_product", "orgqr"], lambda: (positive(), vector())),
    "ormqr": lambda: (positive(), vector(), positive()),
    **dict.fromkeys(
        ["linalg.solve", "linalg.lstsq", "cholesky_solve", "triangular_solve"], lambda: (positive(), positive())
    ),
    "linalg.tensorinv": lambda: (positive(), 1),
    "linalg.tensorsolve": lambda: (positive(), vector()),
    "vander": _of(vector),
    "chain_matmul": lambda: (square(), square()),
    "nn.functional.multi_head_attention_forward": lambda: (
        square(),
        square(),
        square(),
        3,
        1,
        tl.ones(9, 3),
        None,
        None,
        None,
        False,
        0.0,
        square(),
        None,
    ),
    "nn.functional.nll_loss": lambda: (square(), whole()),
    "nn.functional.pad": lambda: (square(), (1, 1)),
    "nn.functional.prelu": lambda: (square(), vector()),
    "nn.functional.rms_norm": lambda: (square(), (3,)),
    **of_dimensions("conv", lambda n: (images(n), tl.ones(2, 4, *[1] * n))),
    **of_dimensions("conv_transpose", lambda n: (images(n), tl.ones(4, 2, *[1] * n))),
    **of_dimensions("max_pool", lambda n: (images(n), 2)),
    **of_dimensions("avg_pool", lambda n: (images(n), 2)),
    **of_dimensions("lp_pool", lambda n: (images(n), 2, 2)),
    **of_dimensions("adaptive_max_pool", lambda n: (images(n), 1)),
    **of_dimensions("adaptive_avg_pool", lambda n: (images(n), 1)),
    **of_dimensions("max_unpool", lambda n: (images(n), tl.zeros(1, 4, *[2] * n, dtype=tl.int64), 2)),
    **dict.fromkeys(
        ["nn.functional.interpolate", "nn.functional.upsample", "nn.functional.upsample_nearest"],
        lambda: (images(), 4),
    ),
    "nn.functional.upsample_bilinear": lambda: (images(), 4),
    "nn.functional.pixel_shuffle": lambda: (images(), 2),
    "nn.functional.pixel_unshuffle": lambda: (images(), 2),
    "nn.functional.channel_shuffle": lambda: (images(), 2),
    "nn.functional.unfold": lambda: (images(), 2),
    "nn.functional.fold": lambda: (tl.ones(1, 4, 1), 2, 2),
    "nn.functional.instance_norm": _of(images),
    "nn.functional.local_response_norm": lambda: (images(), 2),
}

FUNCTIONS = functions_of_tensors()
