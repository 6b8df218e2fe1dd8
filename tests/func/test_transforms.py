"""What the transforms accept, return and refuse: as PyTorch's torch.func, whose words are constants here."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.func import (
    functional_call,
    grad,
    grad_and_value,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    linearize,
    replace_all_batch_norm_modules_,
    stack_module_state,
    vjp,
    vmap,
)

from ..support.both_libraries import returns

X = np.linspace(-1, 1.5, 12).reshape(3, 4)


def same(x: Any, y: Any) -> None:
    np.testing.assert_allclose(np.asarray(x.detach()), np.asarray(y.detach()), rtol=1e-6, atol=1e-7)


# ------------------------------------------------------------------------------------------- what is refused

REFUSED: list[tuple[Callable[[Any, Any], Any], str, str]] = [
    (lambda T, x: T.func.vmap(lambda x: x.sum().item())(x), "RuntimeError", "vmap: It looks like you're calling .item() on a Tensor."),
    (lambda T, x: T.func.vmap(lambda x: float(x.sum()))(x), "RuntimeError", "vmap: It looks like you're calling .item() on a Tensor."),
    (lambda T, x: T.func.vmap(lambda x: x if x.sum() > 0 else -x)(x), "RuntimeError", "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow."),
    (lambda T, x: T.func.vmap(lambda x: x.tolist())(x), "RuntimeError", "Cannot access data pointer of Tensor that doesn't have storage"),
    (lambda T, x: T.func.vmap(lambda x: x.numpy())(x), "RuntimeError", "Cannot access data pointer of Tensor that doesn't have storage"),
    (lambda T, x: T.func.vmap(lambda x: x[x > 0])(x), "RuntimeError", "vmap: We do not support batching operators that can support dynamic shape. Attempting to batch over indexing with a boolean mask"),
    (lambda T, x: T.func.vmap(lambda x: x.nonzero())(x), "RuntimeError", "vmap: We do not support batching operators that can output dynamic shape. Attempted to vmap over aten::nonzero"),
    (lambda T, x: T.func.vmap(lambda x: T.rand(2) + x[0])(x), "RuntimeError", "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' randomness flags on vmap or perform the randomness operation out of vmap"),
    (lambda T, x: T.func.vmap(lambda x: T.nn.functional.dropout(x))(x), "RuntimeError", "vmap: called random operation while in randomness error mode."),
    (lambda T, x: T.func.vmap(twice_one)(x), "ValueError", "vmap(twice_one, ...): `twice_one` must only return Tensors, got type <class 'int'>. Did you mean to set out_dims= to None for output?"),
    (lambda T, x: T.func.vmap(same_thing, in_dims=None)(x), "ValueError", "vmap(same_thing, in_dims=None, ...)(<inputs>): expected `in_dims` to be int or a (potentially nested) tuple matching the structure of inputs, got: <class 'NoneType'>."),
    (lambda T, x: T.func.vmap(same_thing, in_dims=(0, 0))(x), "ValueError", "vmap(same_thing, in_dims=(0, 0), ...)(<inputs>): in_dims is not compatible with the structure of `inputs`."),
    (lambda T, x: T.func.vmap(same_thing, in_dims=[0])(x), "ValueError", "vmap(same_thing, in_dims=[0], ...)(<inputs>): expected `in_dims` to be int or a (potentially nested) tuple"),
    (lambda T, x: T.func.vmap(same_thing, in_dims=2)(x), "ValueError", "vmap(same_thing, in_dims=2, ...)(<inputs>): Got in_dim=2 for some input, but that input is a Tensor of dimensionality 2 so expected in_dim to satisfy -2 <= in_dim < 2."),
    (lambda T, x: T.func.vmap(same_thing, in_dims=-3)(x), "ValueError", "vmap(same_thing, in_dims=-3, ...)(<inputs>): Got in_dim=-3 for some input"),
    (lambda T, x: T.func.vmap(lambda x, y: x)(x, x[0]), "ValueError", "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes [3, 4] for the mapped dimension"),
    (lambda T, x: T.func.vmap(same_thing)(1), "ValueError", "vmap(same_thing, in_dims=0, ...)(<inputs>): Got in_dim=0 for an input but the input is of type <class 'int'>. We cannot vmap over non-Tensor arguments, please use None as the respective in_dim"),
    (lambda T, x: T.func.vmap(same_thing)(), "ValueError", "vmap(same_thing)(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a function with no inputs. The latter is unsupported."),
    (lambda T, x: T.func.vmap(same_thing, out_dims=3)(x), "IndexError", "Dimension out of range (expected to be in range of [-2, 1], but got 3)"),
    (lambda T, x: T.func.vmap(same_thing, out_dims="a")(x), "ValueError", "vmap(same_thing, ..., out_dims=a): `out_dims` must be an int, None or a python collection of ints representing where in the outputs the vmapped dimension should appear."),
    (lambda T, x: T.func.vmap(doubled, out_dims=(0,))(x), "ValueError", "vmap(doubled, ..., out_dims=(0,))(<inputs>): out_dims is not compatible with the structure of `outputs`."),
    (lambda T, x: T.func.vmap(same_thing, out_dims=None)(x), "ValueError", "vmap(same_thing, ...): `same_thing` can not return a BatchedTensor when out_dim is None"),
    (lambda T, x: T.func.vmap(same_thing, randomness="foo")(x), "RuntimeError", "Only allowed values for randomness are 'error', 'different', or 'same'. Got foo"),
    (lambda T, x: T.func.vmap(same_thing, chunk_size=0)(x), "ValueError", "vmap: chunk_size should be None or greater than 0. (got 0)"),
    (lambda T, x: T.func.vmap(lambda x: set_first(T.zeros(4, dtype=T.float64), x))(x), "RuntimeError", "vmap: inplace arithmetic(self, *extra_args) is not possible because there exists a Tensor `other` in extra_args that has more elements than `self`. This happened due to `other` being vmapped over but `self` not being vmapped over in a vmap."),
    (lambda T, x: T.func.vmap(lambda x: x.requires_grad_())(x), "RuntimeError", "You are attempting to call Tensor.requires_grad_() (or perhaps using torch.autograd.functional.* APIs) inside of a function being transformed by a functorch transform."),
    (lambda T, x: T.func.vmap(lambda x: x.sum().backward())(x), "RuntimeError", "backward() called inside a functorch transform. This is not supported"),
    (lambda T, x: T.func.vmap(T.nn.BatchNorm1d(4).double())(T.stack([x, x])), "RuntimeError", "Batch norm got a batched tensor as input while the running_mean or running_var, which will be updated in place, were not batched.\nIf you are using a module and do not need eval mode, please set `track_running_stats` to be False."),
    (lambda T, x: T.func.grad(same_thing)(x), "RuntimeError", "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with 2 dims. Maybe you wanted to use the vjp or jacrev APIs instead?"),
    (lambda T, x: T.func.grad(lambda x: 1.0)(x), "RuntimeError", "grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got <class 'float'>"),
    (lambda T, x: T.func.grad(total)(T.arange(3)), "RuntimeError", "only Tensors of floating point dtype can require gradients"),
    (lambda T, x: T.func.grad(total)(1.0), "ValueError", "Thing passed to transform API must be Tensor, got <class 'float'>"),
    (lambda T, x: T.func.grad(total, argnums=1)(x), "RuntimeError", "Got argnum=1, but only 1 positional inputs"),
    (lambda T, x: T.func.grad(total, argnums="a")(x), "RuntimeError", "argnums must be int or Tuple[int, ...], got: <class 'str'>"),
    (lambda T, x: T.func.grad(total, argnums=())(x), "RuntimeError", "argnums must be non-empty"),
    (lambda T, x: T.func.grad(total, argnums=(0, 0))(x), "RuntimeError", "argnums elements must be unique, got (0, 0)"),
    (lambda T, x: T.func.grad(total, has_aux=True)(x), "RuntimeError", "grad_and_value(f)(*args): output of function f should be a tuple: (output, aux) if has_aux is True"),
    (lambda T, x: T.func.grad(lambda x: (x.sum(), 3), has_aux=True)(x), "RuntimeError", "Expected tensors, got unsupported type <class 'int'>"),
    (lambda T, x: T.func.grad(lambda x: x.add_(1).sum())(x), "RuntimeError", "a leaf Variable that requires grad is being used in an in-place operation."),
    (lambda T, x: T.func.vjp(total, x)[1](T.ones(2, dtype=T.float64)), "RuntimeError", "Mismatch in shape: grad_output[0] has a shape of torch.Size([2]) and output[0] has a shape of torch.Size([])."),
    (lambda T, x: T.func.vjp(doubled, x)[1](x), "RuntimeError", "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the function."),
    (lambda T, x: T.func.vjp(lambda x: x > 0, x)[1](x), "RuntimeError", "vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor with dtype torch.bool"),
    (lambda T, x: T.func.vjp(lambda x: 1.0, x), "RuntimeError", "vjp(f, *primals): expected f(*primals) to return only tensors, got unsupported type <class 'float'>"),
    (lambda T, x: T.func.jvp(total, x, x), "RuntimeError", "jvp(f, primals, tangents): Expected primals to be a tuple. E.g. it should be valid to call f(*primals)."),
    (lambda T, x: T.func.jvp(total, (x,), x), "RuntimeError", "jvp(f, primals, tangents): Expected primals and tangents to have the same python structure."),
    (lambda T, x: T.func.jvp(total, (x,), (x[0],)), "RuntimeError", "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not supported. Tensor is of size [3, 4] while the given forward gradient is of size [4]."),
    (lambda T, x: T.func.jvp(lambda x: 1.0, (x,), (x,)), "RuntimeError", "jvp(f, primals, tangents): expected f(*primals) to return only tensors, got unsupported type <class 'float'>"),
    (lambda T, x: T.func.jvp(total, (T.arange(3),), (T.arange(3),)), "ValueError", "Expected primal to be floating point or complex, but got: torch.int64"),
    (lambda T, x: T.func.jvp(total, (), ()), "RuntimeError", "jvp(f, primals, tangents): Expected primals to contain at least one Tensor."),
    (lambda T, x: T.func.jvp(total, (1.0,), (1.0,)), "RuntimeError", "jvp(f, primals, tangents): Expected primals to only contain Tensors, got <class 'float'>"),
    (lambda T, x: T.func.jvp(lambda y: x * 1, (x,), (x,), strict=True), "RuntimeError", "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs."),
    (lambda T, x: T.func.vmap(lambda x, y: x, in_dims=(None, None))(x, x), "ValueError", "vmap: Expected at least one Tensor to vmap over"),
    (lambda T, x: T.func.functional_call(tied(T), {"2.weight": x[:, :3], "0.weight": x[:, 1:]}, x[:, :3]), "ValueError", "functional_call got multiple values for keys ['0.weight', '2.weight'], which are tied. Consider using tie_weights=False"),
    (lambda T, x: T.func.jacrev(lambda x: x > 0)(x), "RuntimeError", "vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor with dtype torch.bool"),
    (lambda T, x: T.func.jacrev(total, chunk_size=0)(x), "ValueError", "jacrev: `chunk_size` should be greater than 0."),
    (lambda T, x: T.func.jacfwd(total, argnums=3)(x), "RuntimeError", "Got argnum=3, but only 1 positional inputs"),
    (lambda T, x: T.func.functional_call(T.nn.Linear(2, 2), ({"weight": x}, {"weight": x}), x), "ValueError", "['weight'] appeared in multiple dictionaries; behavior of functional call is ambiguous"),
    (lambda T, x: T.func.functional_call(T.nn.Linear(2, 2), {"weight": x}, x, strict=True), "RuntimeError", "Error(s) in reparametrizing for Linear:\n\tMissing key(s): 'bias'."),
    (lambda T, x: T.func.functional_call(T.nn.Linear(2, 2), {"weight": x, "bias": x, "a": x}, x, strict=True), "RuntimeError", "Error(s) in reparametrizing for Linear:\n\tUnexpected key(s): 'a'."),
    (lambda T, x: T.func.functional_call(T.nn.Linear(2, 2), 3, x), "ValueError", "Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got <class 'int'>"),
    (lambda T, x: T.func.functional_call(T.nn.Linear(2, 2), (3,), x), "ValueError", "Expected all elements of parameter_and_buffer_dicts to be dictionaries"),
    (lambda T, x: T.func.stack_module_state([]), "RuntimeError", "stack_module_state: Expected at least one model, got 0."),
    (lambda T, x: T.func.stack_module_state([T.nn.Linear(1, 1), T.nn.Linear(1, 1).eval()]), "RuntimeError", "stack_module_state: Expected all models to have the same training/eval mode."),
    (lambda T, x: T.func.stack_module_state([T.nn.Linear(1, 1), T.nn.Tanh()]), "RuntimeError", "stack_module_state: Expected all models to be of the same class."),
    (lambda T, x: T.autograd.grad(x.requires_grad_() * 2, x, T.ones(2, 2, dtype=T.float64), is_grads_batched=True), "RuntimeError", "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch dimension."),
]  # fmt: skip


def tied(T: Any) -> Any:
    """A module in which two names stand for one parameter."""
    model = T.nn.Sequential(T.nn.Linear(3, 3), T.nn.Linear(3, 3), T.nn.Linear(3, 3)).double()
    model[2].weight = model[0].weight
    return model


def same_thing(x: Any) -> Any:
    return x


def doubled(x: Any) -> Any:
    return x, x


def twice_one(x: Any) -> Any:
    return x, 1


def total(x: Any) -> Any:
    return x.sum()


def set_first(z: Any, x: Any) -> Any:
    z[0] = x[0]
    return z


@pytest.mark.parametrize("library", ["tinygrad_lite", "torch"])
def test_what_transforms_refuse(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The class, and PyTorch's words first."""
    T = pytest.importorskip(library)
    if library == "torch":  # spare it the eight seconds in which it prepares for `jvp` what is not needed here
        monkeypatch.setattr("torch.autograd.forward_ad._maybe_load_decompositions", lambda: None)
    for number, (call, kind, phrase) in enumerate(REFUSED):
        with pytest.raises(Exception) as raised:  # the class is compared below
            call(T, T.from_numpy(X.copy()))
        found = str(raised.value)
        assert type(raised.value).__name__ == kind, (number, raised.value)
        assert phrase in found if kind != "IndexError" else found.startswith(phrase[:40]), (number, found)


def test_what_looks_at_shapes_first() -> None:
    """Functions that check their arguments, of which each sample has the shapes but not an array."""
    x = tl.tensor(X).reshape(1, 3, 4) * tl.tensor([1.0, -2.0], dtype=tl.float64).reshape(2, 1, 1)
    attention = nn.functional.scaled_dot_product_attention
    for f in (
        lambda a: attention(a, a, a, is_causal=True),
        lambda a: attention(a, x[0, :2], x[1, :2]),
        lambda a: attention(x[0], a, a),
        lambda a: tl.isin(a, a[0]),
        lambda a: tl.isin(x[0], a[1]),
        lambda a: tl.isin(a, [-1.0, 3.0], invert=True),
    ):
        same(vmap(f)(x), tl.stack([f(a) for a in x]))


def test_a_tangent_in_another_dtype() -> None:
    """PyTorch's words; there, `linearize` takes seconds to begin, and warns."""
    x = tl.tensor(X)
    with pytest.raises(
        RuntimeError, match=r"^tangent:0 with dtype torch\.float32 .* match the dtype torch\.float64 of the"
    ):
        linearize(tl.sin, x)[1](x.float())


def test_the_same_tensor_for_both_names_of_a_parameter() -> None:
    """It may be given under each; what is given under one is used under both."""
    model, weight, x = tied(tl), tl.eye(3, dtype=tl.float64) * 2, tl.tensor(X[:, :3])
    expected = functional_call(model, {"0.weight": weight}, x)
    same(functional_call(model, {"0.weight": weight, "2.weight": weight}, x), expected)
    assert not expected.equal(model(x))


def test_a_tensor_of_vmap_outside_of_it() -> None:
    kept = []
    vmap(lambda x: kept.append(x) or x)(tl.ones(2, 3))
    with pytest.raises(RuntimeError, match=r"used outside of the call of vmap|doesn't have storage"):
        kept[0] + 1
    with pytest.raises(RuntimeError, match="used outside of the call of vmap"):
        vmap(lambda y: y * kept[0])(tl.ones(2, 3))


# ----------------------------------------------------------------------------------- arguments and results

Point = namedtuple("Point", "x y")


def test_pytrees() -> None:
    x = tl.from_numpy(X)
    tree = {"a": x, "b": [x * 2, (x * 3,)], "c": Point(x, x[:, 0])}

    def f(t: Any) -> Any:
        return OrderedDict(first=t["a"] + t["b"][1][0], rest=Point(t["c"].y, [t["b"][0]]))

    out = vmap(f, in_dims=({"a": 0, "b": 0, "c": Point(0, 0)},), out_dims=OrderedDict(first=1, rest=0))(tree)
    assert type(out) is OrderedDict
    assert type(out["rest"]) is Point
    same(out["first"], (x * 4).T)
    same(out["rest"].y[0], x * 2)
    gradient = grad(lambda t: (t["a"] * t["b"][0]).sum() + t["c"].y.sum())(tree)
    assert type(gradient["c"]) is Point
    same(gradient["a"], x * 2)
    same(gradient["b"][1][0], x * 0)
    jacobian = jacrev(lambda t: {"s": t["a"].sum(0)})({"a": x})
    assert jacobian["s"]["a"].shape == (4, 3, 4)


def test_arguments_that_are_no_tensors_and_keywords() -> None:
    x = tl.from_numpy(X)
    same(vmap(lambda x, n, k=1: x * n + k, in_dims=(1, None))(x, 3, k=2), x.T * 3 + 2)
    same(grad(lambda x, n: (x**n).sum())(x, 3), 3 * x * x)


@returns([3, 4], [4, 3], [2, 3, 5], [3, 2], [0, 4], [3, 4])
def scenario_shapes(T: Any) -> list[Any]:
    x = T.from_numpy(X)
    results = [
        T.func.vmap(lambda x: x, in_dims=-2)(x),
        T.func.vmap(lambda x: x, in_dims=-1)(x),
        T.func.vmap(lambda x: T.ones(2, 5), out_dims=1)(x),
        T.func.vmap(lambda x: T.zeros(2))(x),
        T.func.vmap(lambda x: x * 2)(x[:0]),
        T.func.vmap(lambda x: x, chunk_size=2)(x),
    ]
    return [list(y.shape) for y in results]


@returns("float64", "float32", "float32", "float32", "int64", "bool")
def scenario_dtypes(T: Any) -> list[Any]:
    """A sample without dimensions does not decide on the dtype, though all samples together have one."""
    double, single = T.ones(2, dtype=T.float64), T.ones(2, 3)
    results = [
        T.func.vmap(lambda x: x * 2)(double),
        T.func.vmap(lambda x, y: x + y)(double, single),
        T.func.vmap(lambda x, y: x + y, in_dims=(0, None))(double, T.ones(3)),
        T.func.vmap(lambda x: x * 2.5)(T.ones(2, dtype=T.int64)),
        T.func.vmap(lambda x: x.argmax())(single),
        T.func.vmap(lambda x: (x > 0).any())(single),
    ]
    return [str(y.dtype).removeprefix("torch.") for y in results]


@returns([1.0, 2.0], [[1.0, 0.0], [5.0, 3.0]], [[0.0, 5.0, 2.0], [3.0, 4.0, 5.0]], [2.0, 5.0], [2.0, 3.0])
def scenario_indices_of_each_sample(T: Any) -> list[Any]:
    x, i = T.arange(6.0).reshape(2, 3), T.tensor([1, 2])
    results = [
        T.func.vmap(lambda i: T.arange(3.0)[i])(i),
        T.func.vmap(lambda x, i: x[i])(x, T.tensor([[1, 0], [2, 0]])),
        T.func.vmap(lambda x, i: put(x.clone(), i))(x, i),
        T.func.vmap(lambda x: x.max())(x),
        T.func.vmap(lambda i, j: T.arange(8.0).reshape(2, 2, 2)[i, :, j].sum())(i * 0, i * 0) + T.tensor([0.0, 1.0]),
    ]
    return [y.tolist() for y in results]


def put(x: Any, i: Any) -> Any:
    x[i] = 5.0
    return x


def test_writing_in_place() -> None:
    """Inside vmap writes go to each sample's own memory, views see them, and gradients follow."""

    def f(x: Any) -> Any:
        x = x.clone()
        view = x[1:]
        view.mul_(3)
        x[0] = x[1] * 2
        out = tl.zeros_like(x)
        out[:2] = x[:2]
        out += x.new_ones(4)
        return out.sum()

    x = tl.from_numpy(X)
    same(vmap(f)(x), tl.stack([f(row) for row in x]))
    same(vmap(grad(f))(x), tl.tensor([[0.0, 9.0, 0.0, 0.0]] * 3))
    same(grad(lambda x: vmap(f)(x).sum())(x), tl.tensor([[0.0, 9.0, 0.0, 0.0]] * 3))


def test_writing_to_the_variables() -> None:
    """In `jvp` and `jacfwd` that writes to the primals, as in PyTorch; gradients refuse it."""

    def cube(x: Any) -> Any:
        x.mul_(2)
        x[:1] += 0
        return x**3

    ones = tl.ones(2, dtype=tl.float64)
    for derivative, value in (
        (lambda x: tl.func.jvp(cube, (x,), (ones,))[1], [24.0, 96.0]),
        (lambda x: tl.func.jacfwd(cube)(x).diagonal(), [24.0, 96.0]),
        (lambda x: tl.func.jvp(lambda x: tl.func.jvp(cube, (x,), (ones,))[1], (x,), (ones,))[1], [48.0, 96.0]),
    ):
        x = tl.tensor([1.0, 2.0], dtype=tl.float64)
        assert derivative(x).tolist() == value
        assert x.tolist() == [2.0, 4.0]
    leaf = tl.tensor([1.0, 2.0], dtype=tl.float64, requires_grad=True)
    for refused in (
        lambda: tl.func.jvp(cube, (leaf,), (ones,)),
        lambda: tl.func.vjp(cube, tl.ones(2)),
        lambda: grad(lambda x: cube(x).sum())(tl.ones(2)),
    ):
        with pytest.raises(RuntimeError, match="leaf Variable that requires grad is being used in an in-place"):
            refused()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):  # the product needs what was there
        tl.func.jvp(lambda x: (x * x) * x.mul_(2), (tl.ones(2),), (tl.ones(2),))


def test_results_do_not_share_memory_with_arguments() -> None:
    """A result that is an argument, or a view of one, would change it without its history when it is written to."""
    x = tl.from_numpy(X.copy()).requires_grad_()
    y = x * 1
    for f in (lambda row: row, lambda row: row[:2]):
        vmap(f)(y).mul_(3)
        same(y, x)
    same(tl.autograd.grad(vmap(lambda row: row)(y).mul_(3).sum(), x)[0], tl.full((3, 4), 3.0))


def test_random_numbers() -> None:
    """The same for all samples, or those that PyTorch's generator gives for all at once."""
    x = tl.zeros(3, 2)
    for draw in (lambda x: tl.rand(2) + x, lambda x: tl.rand_like(x), lambda x: tl.nn.functional.dropout(x + 1)):
        tl.manual_seed(0)
        one = vmap(draw, randomness="same")(x)
        assert (one == one[0]).all()
    tl.manual_seed(0)
    drawn = vmap(lambda x: tl.randn(2, dtype=tl.float64) + x, randomness="different")(x)
    tl.manual_seed(0)
    same(drawn, tl.randn(3, 2, dtype=tl.float64))
    tl.manual_seed(0)
    orders = vmap(lambda x: tl.randperm(4) + x.sum().long(), randomness="different")(x)
    tl.manual_seed(0)
    same(orders, tl.stack([tl.randperm(4) for _ in range(3)]))
    tl.manual_seed(1)
    masks = vmap(vmap(tl.nn.Dropout(0.5), randomness="different"), randomness="same")(tl.ones(3, 4, 8))
    assert (masks == masks[0]).all()
    assert not (masks[0] == masks[0, 0]).all()


def test_printing() -> None:
    shown = []
    vmap(lambda x: shown.append(repr(x)) or x)(tl.tensor([1.0, 2.0]))
    assert shown == ["BatchedTensor(lvl=1, bdim=0, value=\n    tensor([1., 2.])\n)"]


# --------------------------------------------------------------------------------------------- derivatives


def test_history_of_results() -> None:
    """As in PyTorch a result has a history if something from outside, that requires a gradient, is in it."""
    x, w = tl.ones(3), tl.full((3,), 2.0, requires_grad=True)
    assert not grad(lambda x: (x * x).sum())(x).requires_grad
    g = grad(lambda x: (x * x * w).sum())(x)
    g.sum().backward()
    same(w.grad, tl.full((3,), 2.0))
    g, value = grad_and_value(lambda x: (x**3).sum())(w)
    same(tl.autograd.grad(g.sum() + value, w)[0], 6 * w + 3 * w * w)
    with tl.no_grad():
        g = grad(lambda x: (x * x * w).sum())(x)
    assert not g.requires_grad
    same(g, w * 2)

    with tl.inference_mode():
        inside = x * 2
        same(grad(lambda x: (x * x).sum())(inside), x * 4)
        same(vmap(jacrev(lambda x: x * x))(inside[:, None])[:, 0, 0], x * 4)
        same(jvp(lambda x: x * x, (x,), (x,))[1], x * 2)

    def unrecorded(x: Any) -> Any:
        with tl.no_grad():
            return (x * x).sum()

    same(grad(unrecorded)(x), x * 0)
    _, pull = vjp(lambda x: x * w, x)
    assert pull(x)[0].requires_grad
    out, tangent = jvp(lambda x: x * w, (x,), (x,))
    assert out.requires_grad
    assert tangent.requires_grad


def test_results_own_their_memory() -> None:
    """A gradient that is another's memory, or the cotangent, is copied: writing to it changes nothing else."""
    a, b = grad(lambda x, y: (x + y).sum(), (0, 1))(tl.ones(3), tl.ones(3))
    a += 1
    same(b, tl.ones(3))
    g = tl.ones(3)
    (pulled,) = vjp(lambda x: x, tl.ones(3))[1](g)
    pulled.mul_(5)
    same(g, tl.ones(3))


def test_jvp_of_what_is_not_floating_and_of_constants() -> None:
    x = tl.tensor([1.0, -2.0])
    (positive, _), (a, b) = jvp(lambda x: (x > 0, x), (x,), (x,))
    assert (positive.tolist(), a.tolist(), b.tolist()) == ([True, False], [False, False], [1.0, -2.0])
    assert jvp(lambda x: tl.ones(2), (x,), (x,))[1].tolist() == [0.0, 0.0]
    with pytest.raises(RuntimeError, match="independent"):
        jvp(lambda x: tl.ones(2), (x,), (x,), strict=True)
    assert jacfwd(lambda x: x > 0)(x).dtype == tl.bool


def test_linearize_and_aux() -> None:
    x = tl.from_numpy(X)
    out, derivative = linearize(lambda x: x.sin(), x)
    same(out, x.sin())
    phrase = (
        r"tangent:0 with shape torch.Size\(\[4\]\) in flattened pytree doesn't match the shape torch.Size\(\[3, 4\]\)"
    )
    with pytest.raises(RuntimeError, match=phrase):  # PyTorch's; there it takes seconds to import what it needs
        derivative(x[0])
    for v in (x, x * x):
        same(derivative(v), jvp(tl.sin, (x,), (v,))[1])
    _, aux = grad(lambda x: (x.sum(), {"twice": x * 2}), has_aux=True)(x)
    assert not aux["twice"].requires_grad
    same(aux["twice"], x * 2)
    _, _, aux = vjp(lambda x: (x * 2, x), x, has_aux=True)
    same(aux, x)
    assert len(jacrev(lambda x: (x, x), has_aux=True)(x)) == len(jacfwd(lambda x: (x, x), has_aux=True)(x)) == 2


def test_derivatives_against_closed_forms() -> None:
    x = tl.from_numpy(X[0])
    same(hessian(lambda x: x.sin().sum())(x), tl.diag(-x.sin()))
    same(vmap(hessian(lambda x: (x**3).sum()))(tl.from_numpy(X)), tl.stack([tl.diag(6 * r) for r in tl.from_numpy(X)]))
    a = tl.arange(16.0).reshape(4, 4).double()
    same(hessian(lambda x: x @ a @ x)(x), a + a.T)
    same(jacfwd(jacfwd(jacrev(lambda x: (x**4).sum() / 24)))(x).sum((1, 2)), x)
    third = grad(grad(grad(lambda x: x**5)))
    assert third(tl.tensor(2.0)).item() == 240.0
    same(vmap(third)(tl.tensor([1.0, 2.0])), tl.tensor([60.0, 240.0]))


def test_a_pullback_under_another_vmap() -> None:
    """The graph is made inside one vmap, and the cotangents are those of a second one inside it."""
    x, cotangents = tl.from_numpy(X), tl.arange(24.0).reshape(3, 2, 4).double()

    def products(row: Any, several: Any) -> Any:
        _, pull = vjp(lambda r: r.sin() * r.sum(), row)
        _, push = linearize(lambda r: r.sin() * r.sum(), row)
        return vmap(pull)(several)[0], vmap(push)(several)

    backward, forward = vmap(products)(x, cotangents)
    for i, row in enumerate(x):
        jacobian = jacrev(lambda r: r.sin() * r.sum())(row)
        same(backward[i], cotangents[i] @ jacobian)
        same(forward[i], cotangents[i] @ jacobian.T)


def test_batched_grad_outputs() -> None:
    x, w = tl.arange(3.0, requires_grad=True), tl.ones(2, requires_grad=True)
    y = x * x
    rows, unused = tl.autograd.grad(y, (x, w), tl.eye(3), is_grads_batched=True, retain_graph=True, allow_unused=True)
    assert unused is None
    same(rows, tl.diag(2 * x))
    same(vmap(lambda v: tl.autograd.grad(y, x, v, retain_graph=True)[0])(tl.eye(3)), rows)
    again = tl.autograd.grad(y, x, tl.eye(3), is_grads_batched=True, create_graph=True)[0]
    same(tl.autograd.grad(again.sum(), x)[0], tl.full((3,), 2.0))
    inside = vmap(lambda row: tl.autograd.grad((row * x).sum(), row)[0])(tl.ones(2, 3, requires_grad=True))
    same(inside, tl.stack([x, x]))


# ------------------------------------------------------------------------------------------ Functions, modules


class Sine(tl.autograd.Function):
    """Its derivative and its rule for vmap are its own."""

    @staticmethod
    def forward(x: Any) -> Any:
        return x.sin()

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(inputs[0])

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * ctx.saved_tensors[0].cos()


class WithRule(Sine):
    calls = 0

    @staticmethod
    def vmap(info: Any, in_dims: Any, x: Any) -> Any:
        WithRule.calls += 1
        assert (info.batch_size, in_dims) == (3, (0,))
        return Sine.apply(x.T), 1


@pytest.mark.parametrize("function", [Sine, WithRule])
def test_functions_of_users(function: Any) -> None:
    WithRule.calls = 0
    x = tl.from_numpy(X)
    same(vmap(function.apply)(x), x.sin())
    same(vmap(grad(lambda x: function.apply(x).sum()))(x), x.cos())
    same(grad(lambda x: vmap(function.apply)(x).sum())(x), x.cos())
    same(hessian(lambda x: function.apply(x).sum())(x[0]), tl.diag(-x[0].sin()))
    assert WithRule.calls == (0 if function is Sine else 3)


def test_an_ensemble() -> None:
    tl.manual_seed(0)
    models = [tl.nn.Sequential(tl.nn.Linear(4, 5), tl.nn.BatchNorm1d(5), tl.nn.Linear(5, 1)) for _ in range(3)]
    params, buffers = stack_module_state(models)
    assert all(p.requires_grad and p.is_leaf for p in params.values())
    x = tl.from_numpy(X).float()
    out = vmap(lambda p, b: functional_call(models[0], (p, b), (x,)))(params, buffers)
    want = tl.stack([model(x) for model in models])
    same(out, want)
    for name, p in params.items():
        mine = tl.autograd.grad(out.square().sum(), p, retain_graph=True)[0]
        theirs = tl.autograd.grad(
            want.square().sum(), [dict(m.named_parameters())[name] for m in models], retain_graph=True
        )
        np.testing.assert_allclose(mine.numpy(), tl.stack(theirs).numpy(), atol=2e-3)
    for name, b in buffers.items():  # each model's averages were updated, in the stacked ones
        same(b.double(), tl.stack([dict(m.named_buffers())[name] for m in models]).double())


def test_functional_call_leaves_the_module_as_it_was() -> None:
    layer = tl.nn.Linear(2, 2)
    before = layer.weight
    with pytest.raises(RuntimeError, match="linear"):
        functional_call(layer, {"weight": tl.ones(3, 3)}, tl.ones(2))
    assert layer.weight is before
    tied = tl.nn.Sequential(tl.nn.Linear(2, 2), tl.nn.Linear(2, 2))
    tied[1].weight = tied[0].weight
    given = {"0.weight": tl.zeros(2, 2), "0.bias": tl.ones(2), "1.bias": tl.ones(2)}
    assert functional_call(tied, given, tl.ones(2)).tolist() == [1.0, 1.0]
    same(functional_call(tied, given, tl.ones(2), tie_weights=False), tied[1].weight.sum(1) + 1)
    model = replace_all_batch_norm_modules_(tl.nn.Sequential(tl.nn.BatchNorm1d(4)))
    assert vmap(model)(tl.ones(2, 3, 4)).shape == (2, 3, 4)


def test_gradients_of_each_sample() -> None:
    """Those of a network for each sample of a batch: their mean is the gradient of the batch."""
    tl.manual_seed(0)
    model = tl.nn.Sequential(tl.nn.Linear(6, 5), tl.nn.LayerNorm(5), tl.nn.GELU(), tl.nn.Linear(5, 3))
    params = {name: p.detach() for name, p in model.named_parameters()}
    x, y = tl.randn(7, 6), tl.randint(0, 3, (7,))

    def loss(params: Any, x: Any, y: Any) -> Any:
        return tl.nn.functional.cross_entropy(functional_call(model, params, (x,)), y)

    each = vmap(grad(loss), in_dims=(None, 0, 0))(params, x, y)
    tl.nn.functional.cross_entropy(model(x), y).backward()
    for name, p in model.named_parameters():
        assert each[name].shape == (7, *p.shape)
        same(each[name].mean(0), p.grad)
        same(each[name][3], grad(loss)(params, x[3], y[3])[name])


def test_the_recorder_and_anomaly_mode_see_all_samples_at_once() -> None:
    """The recorder and anomaly mode see what is done to all samples."""
    x = tl.tensor([[1.0, 2.0], [3.0, 0.0]])
    with tl.insight.record() as recorded:
        vmap(grad(lambda row: (row.exp() * row).sum()))(x)
    assert "exp (2,2)" in str(recorded)
    with tl.autograd.detect_anomaly(), pytest.raises(tl.autograd.AnomalyError, match="log: 1 of 4 results"):
        vmap(grad(lambda row: row.log().sum()))(x)


def test_a_program_of_a_transform_gives_the_same() -> None:
    """A program of a transform gives the same; what vmap does is seen by the tracer around it."""
    weights = tl.from_numpy(X).float()

    def f(x: Any) -> Any:
        return vmap(grad(lambda row: (row.sin() * row).sum()))(x) @ weights.T

    program, x = tl.compile(f), tl.from_numpy(X).float()
    for _ in range(3):
        same(program(x), f(x))
        x = x + 1
