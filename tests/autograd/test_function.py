"""`autograd.Function`: scenarios that run under both libraries, and what it refuses."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

Scenario = Callable[[Any], list[Any]]


def scenarios() -> dict[str, Scenario]:
    return {name.removeprefix("scenario_"): f for name, f in globals().items() if name.startswith("scenario_")}


def leaf(T: Any, *values: float) -> Any:
    return T.tensor(values, dtype=T.float64, requires_grad=True)


def scenario_saved_input_and_result(T: Any) -> list[Any]:
    class Power(T.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, n: int) -> Any:
            y = x**n
            ctx.save_for_backward(x, y)
            ctx.n = n
            return y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            x, y = ctx.saved_tensors
            assert ctx.needs_input_grad == (True, False)
            return g * ctx.n * y / x, None

    x = leaf(T, 2, 3)
    y = Power.apply(x, 3)
    (first,) = T.autograd.grad(y.sum(), x, create_graph=True)
    (second,) = T.autograd.grad(first.sum(), x, create_graph=True)
    second.sum().backward()
    return [y, first, second, x.grad]


def scenario_several_results_of_which_one_is_unused(T: Any) -> list[Any]:
    class Split(T.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x.sin(), x.cos(), 7

        @staticmethod
        def backward(ctx: Any, a: Any, b: Any, c: Any) -> Any:
            (x,) = ctx.saved_tensors
            assert c is None
            return a * x.cos() - b * x.sin()

    x = leaf(T, 0.5, 1.5)
    sine, cosine, seven = Split.apply(x)
    assert seven == 7
    (only,) = T.autograd.grad(cosine.sum(), x, retain_graph=True)
    (both,) = T.autograd.grad((sine * cosine).sum(), x, create_graph=True)
    (second,) = T.autograd.grad(both.sum(), x)
    return [only, both, second]


def scenario_without_materialized_gradients(T: Any) -> list[Any]:
    class Pair(T.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.set_materialize_grads(False)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx: Any, a: Any, b: Any) -> Any:
            assert b is None
            return a * 2

    x = leaf(T, 1)
    Pair.apply(x)[0].sum().backward()
    return [x.grad]


def scenario_results_marked_non_differentiable(T: Any) -> list[Any]:
    class Sort(T.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            values, order = x.sort()
            signs = x.sign()
            ctx.mark_non_differentiable(order, signs)
            ctx.save_for_backward(order)
            return values, order, signs

        @staticmethod
        def backward(ctx: Any, g: Any, g_order: Any, g_signs: Any) -> Any:
            (order,) = ctx.saved_tensors
            return T.zeros_like(g).scatter(0, order, g)

    x = leaf(T, 3, 1, 2)
    values, order, signs = Sort.apply(x)
    assert not order.requires_grad
    assert not signs.requires_grad
    (values * T.tensor([1.0, 10.0, 100.0], dtype=T.float64)).sum().backward()
    return [values, order, x.grad]


def scenario_setup_context(T: Any) -> list[Any]:
    class Scale(T.autograd.Function):
        @staticmethod
        def forward(x: Any, factor: float) -> Any:
            return x * factor

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.factor = inputs[1]

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.factor, None

    x = leaf(T, 1, 2)
    Scale.apply(x, 4.0).sum().backward()
    return [x.grad]


def scenario_gradients_summed_to_a_broadcast_argument(T: Any) -> list[Any]:
    class Add(T.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            return x + y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g, g

    x, y = leaf(T, 1, 2, 3), leaf(T, 5)
    Add.apply(x, y).sum().backward()
    assert x.grad is not y.grad
    return [x.grad, y.grad]


def scenario_returns_its_argument(T: Any) -> list[Any]:
    class Straight(T.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return -g

    x = leaf(T, 1, 2)
    y = Straight.apply(x)
    assert y is not x
    assert x.is_leaf
    y.sum().backward()
    return [y, x.grad]


def scenario_two_arguments_of_which_one_needs_no_gradient(T: Any) -> list[Any]:
    class Product(T.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            ctx.save_for_backward(x, y, None)
            return x * y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            x, y, nothing = ctx.saved_tensors
            assert nothing is None
            return (g * y if ctx.needs_input_grad[0] else None), (g * x if ctx.needs_input_grad[1] else None)

    x, y = leaf(T, 2), T.tensor([5.0], dtype=T.float64)
    Product.apply(x, y).backward(T.tensor([3.0], dtype=T.float64))
    return [x.grad]


def scenario_arguments_by_keyword(T: Any) -> list[Any]:
    needed = []

    class Scale(T.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, factor: float = 2.0, shift: Any = None) -> Any:
            needed.append(ctx.needs_input_grad)
            ctx.factor = factor
            return x * factor

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.factor, None, None

    class Separate(T.autograd.Function):
        @staticmethod
        def forward(x: Any, factor: float = 2.0) -> Any:
            return x * factor

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            needed.append(ctx.needs_input_grad)
            _, ctx.factor = inputs

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.factor, None

    x = leaf(T, 1, 2)
    results = [
        Scale.apply(x=x),
        Scale.apply(factor=3.0, x=x),
        Scale.apply(x, shift=x, factor=2.0),
        Separate.apply(x, factor=5.0),
    ]
    results += [Separate.apply(x)]
    sum(y.sum() for y in results).backward()
    assert needed == [(True,), (True, False), (True, False, True), (True, False), (True, False)]
    return [x.grad]


@pytest.mark.parametrize("name", sorted(scenarios()))
def test_scenario_is_pytorchs(name: str) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = (scenarios()[name](T) for T in (tl, torch))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-12)


class Square(tl.autograd.Function):
    """Keeps its argument."""

    @staticmethod
    def forward(ctx: Any, x: tl.Tensor) -> Any:
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, g: tl.Tensor) -> Any:
        (x,) = ctx.saved_tensors
        return 2 * x * g


def test_a_saved_tensor_that_was_changed_raises() -> None:
    x = leaf(tl, 1, 2)
    h = x * 1
    y = Square.apply(h)
    h += 1
    with pytest.raises(RuntimeError, match=r"modified by an inplace operation: Square\(\)"):
        y.sum().backward()


def test_a_second_backward_explains_itself() -> None:
    x = leaf(tl, 1, 2)
    y = Square.apply(x).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        y.backward()


def test_unrecorded_under_no_grad_and_without_gradients() -> None:
    with tl.no_grad():
        assert Square.apply(leaf(tl, 1)).grad_fn is None
    assert Square.apply(tl.ones(1)).grad_fn is None
    assert repr(Square.apply(leaf(tl, 1)).grad_fn) == "<SquareBackward>"


def saving_the_result(ctx: Any, x: Any) -> Any:
    y = x * 2
    ctx.save_for_backward(y)
    return y


def saving_all(ctx: Any, x: Any) -> Any:
    y = x * 2
    ctx.save_for_backward(x, y, x * 3)
    return y, y * 2


def returning_what_it_saves(ctx: Any, x: Any) -> Any:
    ctx.save_for_backward(x)
    return x


def saving_what_it_changed(ctx: Any, x: Any) -> Any:
    ctx.mark_dirty(x.mul_(2))
    ctx.save_for_backward(x)
    return x


def saving_what_has_no_gradient(ctx: Any, x: Any) -> Any:
    y = x * 2
    ctx.mark_non_differentiable(y)
    ctx.save_for_backward(y)
    return x * 1, y


FORWARDS = [saving_the_result, saving_all, returning_what_it_saves, saving_what_it_changed, saving_what_has_no_gradient]


@pytest.mark.parametrize("then", ["nothing", "backward", "saved_tensors"])
@pytest.mark.parametrize("forward", FORWARDS)
def test_what_a_function_keeps_is_freed_without_the_garbage_collector(forward: Any, then: str) -> None:
    class Kept:
        pass

    class Keeper(tl.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: tl.Tensor, kept: Kept) -> Any:
            ctx.kept = kept
            return forward(ctx, x)

        @staticmethod
        def backward(ctx: Any, g: tl.Tensor, *others: Any) -> Any:
            return g, None

    gc.disable()
    try:
        kept = Kept()
        alive = weakref.ref(kept)
        results = Keeper.apply(leaf(tl, 1) * 1, kept)
        y = results[0] if isinstance(results, tuple) else results
        node = weakref.ref(y.grad_fn)
        if then == "backward":
            y.sum().backward(retain_graph=True)
        elif then == "saved_tensors":
            assert y.grad_fn.saved_tensors
        del kept, results, y
        assert node() is None
        assert alive() is None
    finally:
        gc.enable()


def test_attributes_of_ctx_may_have_the_names_of_the_engine() -> None:
    names = "shape dtype saved number parents primitive hooks plan name result release function derive places like results".split()
    seen = []

    class Named(tl.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: tl.Tensor) -> Any:
            for name in names:
                setattr(ctx, name, f"my {name}")
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: tl.Tensor) -> Any:
            seen.extend(getattr(ctx, name) for name in names)
            return g * 2

    x = leaf(tl, 1, 2)
    y = Named.apply(x)
    (y * y).sum().backward()
    assert seen == [f"my {name}" for name in names]
    assert x.grad.tolist() == [8, 16]
    assert y.grad_fn.name() == "NamedBackward"


def test_the_gradients_of_a_view_that_is_changed_go_where_they_belong() -> None:
    """PyTorch takes the first gradient that backward returns for that of the view, whatever was marked as dirty."""

    class Copy(tl.autograd.Function):
        @staticmethod
        def forward(ctx: Any, source: tl.Tensor, x: tl.Tensor) -> Any:
            ctx.mark_dirty(x.copy_(source))
            return x

        @staticmethod
        def backward(ctx: Any, g: tl.Tensor) -> Any:
            return 3 * g, None

    z, source = leaf(tl, 1, 2, 3), leaf(tl, 5, 7)
    x = z * 1
    Copy.apply(source, x[1:])
    (x * tl.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert z.grad.tolist() == [1, 0, 0]
    assert source.grad.tolist() == [30, 300]


def test_a_view_that_is_changed_without_a_gradient_leaves_the_rest_of_its_base_one() -> None:
    """PyTorch loses the gradient of the whole base."""

    class Overwritten(tl.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: tl.Tensor) -> Any:
            ctx.mark_dirty(x.zero_())
            return x

        @staticmethod
        def backward(ctx: Any, g: tl.Tensor) -> Any:
            return None

    z = leaf(tl, 1, 2, 3)
    x = z * 1
    Overwritten.apply(x[1:])
    x.sum().backward()
    assert z.grad.tolist() == [1, 0, 0]


def test_parameters_by_keyword_only_which_pytorch_refuses() -> None:
    class Scale(tl.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: tl.Tensor, *, factor: float = 2.0, **others: float) -> Any:
            ctx.factor = factor * others.get("twice", 1)
            return x * ctx.factor

        @staticmethod
        def backward(ctx: Any, g: tl.Tensor) -> Any:
            return g * ctx.factor

    x = leaf(tl, 1)
    (Scale.apply(x) + Scale.apply(x, factor=3.0, twice=2)).sum().backward()
    assert x.grad.tolist() == [8]


def test_a_saved_result_that_nobody_holds_has_its_history() -> None:
    class ExpAndMore(tl.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: tl.Tensor) -> Any:
            y = x.exp()
            ctx.save_for_backward(y)
            return y + 1, y

        @staticmethod
        def backward(ctx: Any, g: tl.Tensor, h: tl.Tensor) -> Any:
            return (g + h) * ctx.saved_tensors[0]

    x = leaf(tl, 0.5)
    y = ExpAndMore.apply(x)[0]  # the result that was saved is gone
    (first,) = tl.autograd.grad(y, x, create_graph=True)
    (second,) = tl.autograd.grad(first, x)
    np.testing.assert_allclose(second.numpy(), np.exp([0.5]))


def test_a_saved_tensor_keeps_the_history_that_it_had() -> None:
    x = leaf(tl, 3)
    h = 2 * x
    y = Square.apply(h)
    h.detach_()
    (first,) = tl.autograd.grad(y, x, create_graph=True)
    (second,) = tl.autograd.grad(first, x)
    assert (first.tolist(), second.tolist()) == ([24], [8])


def test_a_view_of_a_result_that_is_a_view_is_not_changed_in_place() -> None:
    class Rows(tl.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: tl.Tensor) -> Any:
            return x.view(2, 2)

        @staticmethod
        def backward(ctx: Any, g: tl.Tensor) -> Any:
            return 3 * g.reshape(4)

    row = Rows.apply(leaf(tl, 1, 2, 3, 4) * 1)[0]
    with pytest.raises(RuntimeError, match="Output 0 of Rows is a view and is being modified inplace"):
        row.mul_(2)
    with pytest.raises(RuntimeError, match="Output 0 of Rows is a view and is being modified inplace"):
        row[:1].mul_(2)


def test_in_place_changes_of_views_pass_gradcheck_to_the_second_order() -> None:
    class MultiplyInPlace(tl.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: tl.Tensor, y: tl.Tensor) -> Any:
            ctx.mark_dirty(x.mul_(y))
            ctx.save_for_backward(x, y)
            return x

        @staticmethod
        def backward(ctx: Any, g: tl.Tensor) -> Any:
            out, y = ctx.saved_tensors
            return g * y, g * out / y

    def changed(x: Any, y: Any) -> Any:
        base = x * x
        MultiplyInPlace.apply(base.t()[1:, 1:], y)
        return base * base.sum()

    x = tl.arange(6.0, dtype=tl.float64).reshape(2, 3).add(1).requires_grad_()
    y = tl.tensor([[2.0], [3.0]], dtype=tl.float64, requires_grad=True)
    assert tl.autograd.gradcheck(changed, (x, y))
    assert tl.autograd.gradgradcheck(changed, (x, y))


def test_once_differentiable() -> None:
    class Cube(tl.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: tl.Tensor) -> Any:
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        @tl.autograd.function.once_differentiable
        def backward(ctx: Any, g: tl.Tensor) -> Any:
            (x,) = ctx.saved_tensors
            return 3 * x**2 * g

    x = leaf(tl, 2)
    Cube.apply(x).sum().backward()
    assert x.grad.tolist() == [12.0]
    (g,) = tl.autograd.grad(Cube.apply(x).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        g.sum().backward()


def wrong(returned: Callable[[tl.Tensor], Any]) -> type[tl.autograd.Function]:
    class Wrong(tl.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: tl.Tensor, y: tl.Tensor) -> Any:
            return x + y

        @staticmethod
        def backward(ctx: Any, g: tl.Tensor) -> Any:
            return returned(g)

    return Wrong


@pytest.mark.parametrize(
    ("returned", "error", "message"),
    [
        (lambda g: g, RuntimeError, r"incorrect number of gradients \(expected 2, got 1\)"),
        (lambda g: (g, g, g), RuntimeError, r"incorrect number of gradients \(expected 2, got 3\)"),
        (
            lambda g: (g[:1], g),
            RuntimeError,
            r"WrongBackward returned an invalid gradient at index 0 - got \[1\] but expected shape compatible with \[2\]",
        ),
        (lambda g: (g.tolist(), g), RuntimeError, r"expected Variable or None \(got list\).* list at index 0"),
    ],
)
def test_wrong_gradients_are_refused(returned: Any, error: type[Exception], message: str) -> None:
    x, y = leaf(tl, 1, 2), leaf(tl, 3, 4)
    with pytest.raises(error, match=message):
        wrong(returned).apply(x, y).sum().backward()
    assert x.grad is None
    assert y.grad is None


class Returning(tl.autograd.Function):
    """Returns what it is told to make of its argument."""

    @staticmethod
    def forward(ctx: Any, x: Any, make: Callable[..., Any]) -> Any:
        return make(ctx, x)


@pytest.mark.parametrize(("make", "kind"), [(lambda ctx, x: [x * 2], "list"), (lambda ctx, x: {"y": x * 2}, "dict")])
def test_tensors_in_other_structures_get_no_gradient_and_a_warning_says_so(make: Any, kind: str) -> None:
    with pytest.warns(UserWarning, match=f"Returning.forward returned a {kind}, .* return one Tensor, or a tuple"):
        returned = Returning.apply(leaf(tl, 1), make)
    assert type(returned).__name__ == kind
    assert Returning.apply(tl.ones(1), make) is not None  # without a gradient there is nothing to lose


def marked(ctx: Any, x: Any, y: Any) -> Any:
    ctx.mark_dirty(x)
    return y


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda ctx, x: ctx.save_for_backward(np.ones(1)), TypeError, "can only save variables, but argument 0 is"),
        (lambda ctx, x: ctx.mark_dirty([x]), RuntimeError, "can only accept variables, but argument 0 is of type list"),
        (lambda ctx, x: ctx.mark_non_differentiable(3), RuntimeError, "only accepts variable arguments, but got 0 is"),
        (lambda ctx, x: marked(ctx, x, x * 2), RuntimeError, "were not returned as output"),
        (lambda ctx, x: marked(ctx, x, x), RuntimeError, "a leaf Variable that requires grad has been used in an"),
    ],
)
def test_wrong_calls_in_forward(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Returning.apply(leaf(tl, 1), make)


def test_what_a_subclass_lacks_and_an_instance_that_is_called() -> None:
    with pytest.raises(NotImplementedError, match="must implement the forward function"):
        tl.autograd.Function.apply(leaf(tl, 1))
    with pytest.raises(NotImplementedError, match="must implement either the backward or vjp method"):
        Returning.apply(leaf(tl, 1), lambda ctx, x: x * 2).sum().backward()
    with pytest.warns(DeprecationWarning, match="should not be instantiated"):
        instance = Square()
    with pytest.raises(RuntimeError, match=r"Legacy autograd function.*Call Square.apply"):
        instance(leaf(tl, 1))
    with pytest.raises(TypeError, match=r"Square.forward\(\) got an unexpected keyword argument 'y'"):
        Square.apply(leaf(tl, 1), y=2)
