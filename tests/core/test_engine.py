"""The walk backward by its fronts, `backward` and `autograd.grad`; hooks; what raises.

PyTorch does the same, but for what comes last.
"""

from __future__ import annotations

import copy
import threading

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.both_libraries import leaf, on_both, returns, within

# ------------------------------------------------------------------------------------------------- backward


@returns([8.0, 0.0], [16.0, 0.0])
def test_backward_with_a_gradient(T):
    x = leaf(T, 2.0, 3.0)
    y = x * x
    y.backward(T.tensor([2.0, 0.0]), retain_graph=True)
    once = x.grad.tolist()
    y.backward(gradient=T.tensor([2.0, 0.0]))
    return [once, x.grad.tolist()]


@returns([5.0, 7.0])
def test_backward_of_several(T):
    x = leaf(T, 2.0, 3.0)
    T.autograd.backward([x.sum(), x * x], [None, T.ones(2)])
    return [x.grad.tolist()]


@returns([6.0, 6.0], "float32")
def test_a_gradient_of_another_dtype(T):
    x = leaf(T, 2.0, 2.0)
    (x * 3).backward(T.tensor([2.0, 2.0], dtype=T.float64))
    return [x.grad.tolist(), str(x.grad.dtype).removeprefix("torch.")]


@returns(None, [3.0], [6.0])
def test_backward_to_chosen_inputs(T):
    a, b = leaf(T, 1.0), leaf(T, 2.0)
    c = a * b
    (c * 3).backward(inputs=[c], retain_graph=True)
    (c * 3).backward(inputs=b)
    return [a.grad, b.grad.tolist(), c.grad.tolist()]  # a result that was chosen once retains its gradient


@returns([1.0], None)
def test_a_chosen_input_that_retains(T):
    x = leaf(T, 1.0)
    y = x * 2
    y.retain_grad()
    y.backward(inputs=[y])
    return [y.grad.tolist(), x.grad]


@returns([12.0], True, [12.0])
def test_create_graph(T):
    x = leaf(T, 2.0)
    y = x**3
    with T.no_grad():
        y.backward(create_graph=True)
    return [x.grad.tolist(), x.grad.requires_grad, T.autograd.grad(x.grad, x)[0].tolist()]


@returns([1.0, 2.0], [6.0, 6.0])
def test_a_leaf_is_its_own_root(T):
    x, g = leaf(T, 1.0, 2.0), T.tensor([1.0, 2.0])
    x.backward(g)
    g.zero_()
    before = x.grad.tolist()
    x.backward(T.tensor([5.0, 4.0]))
    return [before, x.grad.tolist()]


@returns(True, [3.0])
def test_gradients_accumulate_in_place(T):
    x = leaf(T, 1.0)
    x.grad = held = T.ones(1)
    (x * 2).backward()
    return [x.grad is held, held.tolist()]


# ---------------------------------------------------------------------------------------------- autograd.grad


@returns([4.0, 6.0], None)
def test_grad_leaves_grad_alone(T):
    x = leaf(T, 2.0, 3.0)
    (g,) = T.autograd.grad((x * x).sum(), x)
    return [g.tolist(), x.grad]


@returns([7.0], [2.0], [36.0])
def test_grad_of_several_by_inputs_inside(T):
    x = leaf(T, 2.0)
    y = x * x
    z = x * y
    by_y, by_z, by_x = T.autograd.grad([y * 3, z], [y, z, x], [T.ones(1), T.tensor([2.0])])
    return [by_y.tolist(), by_z.tolist(), by_x.tolist()]


@returns(None, [0.0, 0.0], [[1.0], [1.0]])
def test_unused_and_repeated_inputs(T):
    x, other = leaf(T, 1.0), leaf(T, 1.0, 2.0)
    unused = T.autograd.grad(x * 1, other, allow_unused=True)[0]
    zeros = T.autograd.grad(x * 1, [x, other], materialize_grads=True)[1]
    return [unused, zeros.tolist(), [g.tolist() for g in T.autograd.grad(x * 1, [x, x])]]


@returns(81.0, 108.0, 108.0, 72.0, 24.0)
def test_every_order(T):
    x = leaf(T, 3.0)
    found = [x**4]
    for _ in range(4):
        found += T.autograd.grad(found[-1], x, create_graph=True)
    return [y.item() for y in found]


# ------------------------------------------------------------------------------------------------------ hooks


@returns(["first", "second", "leaf"], [40.0], [20.0])
def test_hooks_run_in_order_replace_and_are_removed(T):
    x, calls = leaf(T, 1.0), []
    y = x * 2
    first = y.register_hook(lambda g: (calls.append("first"), g + 1)[1])
    y.register_hook(lambda g: (calls.append("second"), g * 10)[1])
    x.register_hook(lambda g: calls.append("leaf"))
    y.backward(retain_graph=True)
    order, with_both = list(calls), x.grad.tolist()
    first.remove()
    first.remove()
    (without,) = T.autograd.grad(y, x)
    return [order, with_both, without.tolist()]


@returns([[2.0, 2.0]], [6.0, 6.0])
def test_a_leaf_s_hook_sees_the_sum_once(T):
    x, seen = leaf(T, 1.0, 1.0), []
    x.register_hook(lambda g: (seen.append(g.tolist()), 3 * g)[1])
    (x + x).sum().backward()
    return [seen, x.grad.tolist()]


@returns([10.0], [20.0])
def test_what_is_retained_is_what_hooks_made_of_it(T):
    x = leaf(T, 1.0)
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda g: g * 10)
    y.backward()
    return [y.grad.tolist(), x.grad.tolist()]


@returns([False, True], [8.0], [12.0])
def test_hooks_of_a_derivative_that_is_recorded(T):
    x, recording = leaf(T, 2.0), []
    y = x * x
    y.register_hook(lambda g: (recording.append(T.is_grad_enabled()), g * x)[1])
    y.backward(retain_graph=True)
    (first,) = T.autograd.grad(y, x, create_graph=True)  # 2x · x
    (second,) = T.autograd.grad(first * 1.5, x)  # 4x · 1.5
    return [recording, first.tolist(), second.tolist()]


@returns(["new", 1.0], ["old", 3.0])
def test_hooks_stay_with_the_value_that_they_were_put_on(T):
    x, seen = leaf(T, 1.0), []
    y = x * 2
    y.register_hook(lambda g: seen.append(["old", g.item()]))
    y.mul_(3)
    y.register_hook(lambda g: seen.append(["new", g.item()]))
    y.backward()
    return seen


@returns([True, True], [4.0, 1.0], [3.0], [72.0, 6.0])
def test_retain_grad_goes_along_in_place(T):
    x = leaf(T, 1.0, 1.0)
    y = x * 2
    v = y[:1]
    y.retain_grad(), v.retain_grad()
    y.mul_(3)
    v.mul_(3)
    kept = [y.retains_grad, v.retains_grad]
    (y.sum() + 3 * v.sum()).backward()
    return [kept, y.grad.tolist(), v.grad.tolist(), x.grad.tolist()]


@returns([2.0], [6.0])
def test_backward_inside_a_hook(T):
    x, inner = leaf(T, 1.0), leaf(T, 1.0)

    def hook(g):
        with T.enable_grad():
            (inner * inner).backward()
        return g * inner.grad

    y = x * 3
    y.register_hook(hook)
    y.backward()
    return [inner.grad.tolist(), x.grad.tolist()]


# -------------------------------------------------------------------------------------------- what raises


def hooked(T, hook):
    y = leaf(T, 1.0).sum().view(1)
    y.register_hook(hook)
    return y


RAISES = {
    "several elements": (lambda T: leaf(T, 1.0, 2.0).backward(), "only for scalar outputs"),
    "gradient's shape": (lambda T: leaf(T, 1.0, 2.0).backward(T.ones(3)), "Mismatch in shape"),
    "nothing to derive": (lambda T: T.ones(1).backward(), "does not require grad and does not have a grad_fn"),
    "not recorded": (lambda T: within(T.no_grad(), lambda: leaf(T, 1.0) * 2).backward(), "does not require grad"),
    "a gradient short": (lambda T: T.autograd.backward([leaf(T, 1.0)] * 2, [T.ones(1)]), "2 tensors and 1 gradients"),
    "no inputs": (lambda T: leaf(T, 1.0).backward(inputs=[]), "cannot be empty"),
    "no inputs to grad": (lambda T: T.autograd.grad(leaf(T, 1.0), []), "cannot be empty"),
    "input without gradient": (lambda T: T.autograd.grad(leaf(T, 1.0), T.ones(1)), "does not require grad"),
    "unused": (lambda T: T.autograd.grad(leaf(T, 1.0), leaf(T, 1.0)), "not have been used.*allow_unused=True"),
    "hook's shape": (lambda T: hooked(T, lambda g: g.sum()).backward(), "changed the size of value"),
    "hook's dtype": (lambda T: hooked(T, lambda g: g.to(T.float64)).backward(), "changed the type of value"),
    "hook on a constant": (lambda T: T.ones(1).register_hook(print), "cannot register a hook"),
    "retain on a constant": (lambda T: T.ones(1).retain_grad(), "can't retain_grad"),
    "grad's shape": (lambda T: setattr(leaf(T, 1.0), "grad", T.ones(2)), "size"),
    "grad's dtype": (lambda T: setattr(leaf(T, 1.0), "grad", T.ones(1, dtype=T.float64)), "type|dtype"),
    "stop a result": (lambda T: (leaf(T, 1.0) * 2).requires_grad_(False), "requires_grad flags of leaf variables"),
    "copy a result": (lambda T: copy.deepcopy(leaf(T, 1.0) * 2), "support the deepcopy protocol"),
    "detach_ a view": (lambda T: T.ones(2)[:1].detach_(), "(?i)can't detach views"),
    "numpy": (lambda T: leaf(T, 1.0).numpy(), r"Tensor that requires grad. Use tensor.detach\(\).numpy\(\)"),
}  # fmt: skip


@on_both
@pytest.mark.parametrize("name", RAISES)
def test_raises(name, library):
    function, match = RAISES[name]
    with pytest.raises(RuntimeError, match=match):
        function(pytest.importorskip(library))


@on_both
@pytest.mark.parametrize("bad", [3, "text"])
def test_what_is_no_tensor_is_refused(library, bad):
    T = pytest.importorskip(library)
    x = leaf(T, 1.0)
    x.register_hook(lambda g: bad)
    for attempt in (x.backward, lambda: setattr(x, "grad", bad)):
        with pytest.raises(TypeError):
            attempt()


def test_materialized_gradients_are_not_refused_as_unused():
    x = leaf(tl, 1.0)
    with pytest.raises(ValueError, match="allow_unused to be True or not passed"):
        tl.autograd.grad(x * 1, x, allow_unused=False, materialize_grads=True)


# ------------------------------------------------------------------------------- where PyTorch does less


def test_an_error_on_the_way_leaves_grad_untouched():
    def fail(g):
        raise ValueError("on the way")

    x, y = leaf(tl, 1.0), leaf(tl, 1.0)
    x.grad = tl.ones(1)
    late = y * 2
    late.register_hook(fail)
    with pytest.raises(ValueError, match="on the way"):
        (x * 3 + late).backward()
    assert (x.grad.tolist(), y.grad, tl.is_grad_enabled()) == ([1.0], None, True)


def test_a_gradient_that_has_a_graph_is_not_written_to():
    x = leaf(tl, 1.0)
    with pytest.warns(UserWarning, match="Using backward.. with create_graph=True will create a reference cycle"):
        (x * x).backward(create_graph=True)
    held = x.grad
    (x * 3).backward()
    assert (held.tolist(), x.grad.tolist()) == ([2.0], [5.0])


def test_threads_walk_their_own_graphs():
    found = {}

    def work(seed):
        rng = np.random.default_rng(seed)
        x = tl.tensor(rng.uniform(0.5, 1.5, (20, 20)), requires_grad=True)
        for _ in range(20):
            y = x @ x
            y[0] *= 2
            (y.exp() * 1e-9 + x).sum().backward()
        found[seed] = x.grad.numpy()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    together = dict(found)
    for seed in range(4):
        work(seed)
        np.testing.assert_array_equal(together[seed], found[seed])


def test_nodes_tell_what_made_them():
    x = leaf(tl, 1.0)
    y = (x * 2).log_softmax(0)
    ((product, _),) = y.grad_fn.next_functions
    ((last, _), number) = product.next_functions
    assert number == (None, 0)
    assert [repr(node) for node in (y.grad_fn, product)] == ["<LogSoftmaxBackward0>", "<MulBackward0>"]
    assert (last.name(), last.variable is x) == ("AccumulateGrad", True)
