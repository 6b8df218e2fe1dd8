"""Two hundred drawn functions under drawn transforms: against PyTorch's torch.func, and against loops without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

STEPS: list[Callable[[Any, Any, Any, Any], Any]] = [
    lambda T, v, y, w: T.sin(v) * y,
    lambda T, v, y, w: T.tanh(v + y),
    lambda T, v, y, w: v * 0.5 + (y * y).sum(),
    lambda T, v, y, w: w @ v,
    lambda T, v, y, w: v @ w + y,
    lambda T, v, y, w: T.softmax(v, 0),
    lambda T, v, y, w: T.nn.functional.log_softmax(v, dim=-1),
    lambda T, v, y, w: T.cumsum(v, 0),
    lambda T, v, y, w: T.sort(v * y)[0],
    lambda T, v, y, w: v / (1 + T.linalg.norm(v)),
    lambda T, v, y, w: v - v.max(0)[0],
    lambda T, v, y, w: T.where(v > 0, v * y, -v),
    lambda T, v, y, w: v[T.tensor([2, 0, 0])] + y,
    lambda T, v, y, w: T.gather(w, 1, T.tensor([[0], [2], [1]])).squeeze(1) * v,
    lambda T, v, y, w: T.nn.functional.layer_norm(v * y, (3,)),
    lambda T, v, y, w: T.nn.functional.gelu(v),
    lambda T, v, y, w: T.nn.functional.linear(v, w, y),
    lambda T, v, y, w: T.clamp(v, -0.8, 0.9) + v * 0.1,
    lambda T, v, y, w: v * T.prod(y),
    lambda T, v, y, w: v + T.logsumexp(w, 1),
    lambda T, v, y, w: v * w.var(1) + w.std(0),
    lambda T, v, y, w: T.outer(v, y).sum(0),
    lambda T, v, y, w: T.cat([v[1:], y[:1]]),
    lambda T, v, y, w: T.stack([v, y, v * y]).mean(1),
    lambda T, v, y, w: T.flip(v, (0,)) * T.roll(y, 1),
    lambda T, v, y, w: T.einsum("i,ij,j->j", v, w, y),
    lambda T, v, y, w: w.t()[1] * v.reshape(1, 3).expand(2, 3).sum(0),
    lambda T, v, y, w: T.diagonal(w) * v + T.tril(w)[2],
    lambda T, v, y, w: T.nn.functional.pad(v[:2], (1, 0)) + y,
    lambda T, v, y, w: T.nn.functional.softplus(v) - T.sigmoid(y),
    lambda T, v, y, w: v.unsqueeze(0).matmul(w).squeeze(0),
    lambda T, v, y, w: T.maximum(v, y) - T.minimum(v, y) * 0.3,
    lambda T, v, y, w: T.nn.functional.mse_loss(v, y) + v,
    lambda T, v, y, w: T.nn.functional.cross_entropy(w, T.tensor([0, 2, 1])) * v,
    lambda T, v, y, w: T.index_select(w, 0, T.tensor([1, 1]))[0] * v,
    lambda T, v, y, w: T.zeros_like(v).copy_(v * y),
    lambda T, v, y, w: changed_in_place(v.clone(), y),
    lambda T, v, y, w: T.scatter_add(y, 0, T.tensor([0, 0, 2]), v),
]


def changed_in_place(v: Any, y: Any) -> Any:
    v[0] = y[1] * y[2]
    v.mul_(y)
    return v


def body(T: Any, steps: list[int]) -> Callable[..., Any]:
    def f(x: Any, y: Any, w: Any) -> Any:
        v = x
        for i in steps:
            v = STEPS[i](T, v, y, w)
        return v

    return f


def number(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: (f(*args) ** 2).sum()


def pair(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: (f(*args), {"sum": f(*args).sum()})


Batched = (0, 0, 0)
TRANSFORMS: dict[str, tuple[str, Callable[[Any, Any], Callable[..., Any]]]] = {
    # the letters say which arguments have samples: x, y, w
    "vmap": ("xyw", lambda F, f: F.vmap(f)),
    "vmap of x": ("x", lambda F, f: F.vmap(f, in_dims=(0, None, None))),
    "vmap of w along its last dim": ("w", lambda F, f: F.vmap(f, in_dims=(None, None, 2), out_dims=1)),
    "vmap of a pair in chunks": ("xy", lambda F, f: F.vmap(pair(f), in_dims=(0, 0, None), chunk_size=2)),
    "grad": ("", lambda F, f: F.grad(number(f), argnums=(0, 2))),
    "grad_and_value": ("", lambda F, f: F.grad_and_value(number(f), argnums=1)),
    "vmap(grad)": ("xy", lambda F, f: F.vmap(F.grad(number(f), argnums=(0, 1, 2)), in_dims=(0, 0, None))),
    "grad(vmap)": ("xy", lambda F, f: F.grad(lambda *a: F.vmap(number(f), (0, 0, None))(*a).sum(), (0, 2))),
    "vjp": ("", lambda F, f: lambda *a: F.vjp(f, *a)[1](a[1])),
    "jvp": ("", lambda F, f: lambda *a: F.jvp(f, a, a[::1])),
    "vmap(jvp)": ("xyw", lambda F, f: F.vmap(lambda *a: F.jvp(f, a, a))),
    "jacrev": ("", lambda F, f: F.jacrev(pair(f), argnums=(0, 2))),
    "jacfwd": ("", lambda F, f: F.jacfwd(pair(f), argnums=(0, 1))),
    "hessian": ("", lambda F, f: F.hessian(number(f))),
    "jacrev(jacrev)": ("", lambda F, f: F.jacrev(F.jacrev(f), argnums=1)),
    "vmap(hessian)": ("xyw", lambda F, f: F.vmap(F.hessian(number(f)))),
    "vmap(jacrev) with a chunk": ("x", lambda F, f: F.vmap(F.jacrev(f, 1, chunk_size=2), (0, None, None))),
    "jacrev(vmap)": ("x", lambda F, f: F.jacrev(F.vmap(f, (0, None, None)))),
    "jacfwd(vmap)": ("x", lambda F, f: F.jacfwd(F.vmap(f, (0, None, None)), argnums=1)),
    "vmap(vmap)": ("xy", lambda F, f: F.vmap(F.vmap(f, (None, 0, None)), (0, None, None))),
    "vmap(vmap(grad))": ("xy", lambda F, f: F.vmap(F.vmap(F.grad(number(f), 2), (0, None, None)), (None, 0, None))),
    "grad(vmap(grad))": (
        "x", lambda F, f: F.grad(lambda *a: (F.vmap(F.grad(number(f)), (0, None, None))(*a) ** 2).sum()),
    ),
    "vmap(grad(grad))": (
        "xy", lambda F, f: F.vmap(F.grad(lambda *a: F.grad(number(f))(*a).sin().sum(), 1), (0, 0, None)),
    ),
}  # fmt: skip


def draw(seed: int) -> tuple[str, list[int], list[np.ndarray]]:
    """A transform, the steps of a function, and the arguments."""
    rng = np.random.default_rng(seed)
    name = list(TRANSFORMS)[seed % len(TRANSFORMS)]
    steps = [int(i) for i in rng.integers(0, len(STEPS), rng.integers(2, 5))]
    dtype = np.float32 if seed % 5 == 0 else np.float64
    shapes = {"x": (3,), "y": (3,), "w": (3, 3)}
    arrays = []
    for letter, shape in shapes.items():
        if letter in TRANSFORMS[name][0]:
            shape = (*shape, 4) if name.endswith("last dim") else (4, *shape)
        arrays.append(rng.uniform(0.2, 1.4, shape).astype(dtype) * rng.choice([-1.0, 1.0], shape).astype(dtype))
    return name, steps, arrays


def run(T: Any, func: Any, seed: int) -> list[np.ndarray]:
    name, steps, arrays = draw(seed)
    result = TRANSFORMS[name][1](func, body(T, steps))(*[T.from_numpy(x.copy()) for x in arrays])
    return flattened(result)


def flattened(tree: Any) -> list[np.ndarray]:
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, (tuple, list)):
        return [x for item in tree for x in flattened(item)]
    return [np.array(tree.detach().numpy())]


def compare(mine: list[np.ndarray], theirs: list[np.ndarray], seed: int) -> None:
    assert [(x.shape, x.dtype) for x in mine] == [(x.shape, x.dtype) for x in theirs], draw(seed)[:2]
    for a, b in zip(mine, theirs, strict=True):
        scale = max(1.0, float(np.abs(b).max(initial=0)))
        tolerance = (2e-3 if a.dtype == np.float32 else 1e-8) * scale
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance, err_msg=str(draw(seed)[:2]))


THEIRS = (
    "The expanded size of the tensor",  # a result that is the same for all samples, with out_dims=1
    "The size of tensor a (3) must match the size of tensor b (12)",  # mse_loss inside of two vmaps
)
"""What PyTorch 2.13 cannot do, though it is well defined: `test_drawn_functions_against_loops` has these too."""


def outcome(T: Any, func: Any, seed: int) -> Any:
    try:
        return run(T, func, seed)
    except RuntimeError as error:
        return str(error)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # PyTorch's own, of torch.jit
def test_two_hundred_functions_against_pytorch() -> None:
    """Values, shapes and dtypes, and errors: they begin with the same words."""
    torch = pytest.importorskip("torch")
    compared = 0
    for seed in range(230):
        mine, theirs = outcome(tl, tl.func, seed), outcome(torch, torch.func, seed)
        if isinstance(theirs, str) and theirs.startswith(THEIRS):
            continue
        if isinstance(mine, str) or isinstance(theirs, str):
            assert (mine[:60], type(theirs)) == (theirs[:60], str), draw(seed)[:2]
        else:
            compare(mine, theirs, seed)
        compared += 1
    assert compared >= 200


# -------------------------------------------------------------------------------------- without PyTorch: by loops


class Loops:
    """The same transforms by plain means: samples one after the other, gradients by `autograd`."""

    @staticmethod
    def vmap(f: Any, in_dims: Any = 0, out_dims: int = 0, chunk_size: Any = None) -> Any:
        def mapped(*args: Any) -> Any:
            dims = in_dims if isinstance(in_dims, tuple) else (in_dims,) * len(args)
            size = next(x.shape[d] for x, d in zip(args, dims, strict=True) if d is not None)
            rows = [
                f(*[x if d is None else x.select(d, i) for x, d in zip(args, dims, strict=True)]) for i in range(size)
            ]
            return joined(rows, out_dims)

        return mapped

    @staticmethod
    def grad(f: Any, argnums: Any = 0) -> Any:
        def gradient(*args: Any) -> Any:
            numbers = (argnums,) if isinstance(argnums, int) else argnums
            own = [x * 1.0 if x.requires_grad else x.clone().requires_grad_() for x in args]
            found = tl.autograd.grad(
                f(*own), [own[i] for i in numbers], create_graph=True, allow_unused=True, materialize_grads=True
            )
            return found[0] if isinstance(argnums, int) else found

        return gradient

    @staticmethod
    def hessian(f: Any) -> Any:
        return lambda x, *rest: tl.autograd.functional.hessian(lambda x: f(x, *rest), x)


def joined(rows: list[Any], dim: int) -> Any:
    first = rows[0]
    if isinstance(first, dict):
        return {key: joined([row[key] for row in rows], dim) for key in first}
    if isinstance(first, tuple):
        return tuple(joined([row[i] for row in rows], dim) for i in range(len(first)))
    return tl.stack(rows, dim)


def test_drawn_functions_against_loops() -> None:
    plain = ("grad_and_value", "jvp", "vjp", "jac")  # of which `Loops` knows nothing
    tried = 0
    for seed in range(0, 230, 2):
        name = draw(seed)[0]
        if not any(word in name for word in plain):
            mine = outcome(tl, tl.func, seed)
            if not isinstance(mine, str):
                compare(mine, run(tl, Loops, seed), seed)
                tried += 1
            else:  # which has to be refused, though a loop can do it
                assert mine.startswith("vmap: inplace arithmetic")
    assert tried > 60
