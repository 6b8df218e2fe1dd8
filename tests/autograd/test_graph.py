"""`autograd.graph`: hooks on nodes, saved Tensors in another form, gradient edges. Values and order are PyTorch's."""

import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.autograd import graph
from tinygrad_lite.core.tensor import TensorBase


class Twice(tl.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x, None, x.exp())
        return x * 2

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        x, nothing, exp = ctx.saved_tensors
        assert nothing is None
        return g * 2 + 0 * x + 0 * exp


def leaf(*values: float) -> Any:
    return tl.tensor(values or (1.0, 2.0), requires_grad=True)


# ------------------------------------------------------------------------------------------------ hooks on nodes


def test_the_order_of_all_hooks() -> None:
    x = leaf()
    y = (x * x).exp()
    node = y.grad_fn
    accumulate = graph.get_gradient_edge(x).node
    seen: list[str] = []

    def note(name: str) -> Callable[..., None]:
        return lambda *args: seen.append(name)

    node.register_hook(note("node after"))
    node.register_prehook(note("node before"))
    accumulate.register_hook(note("leaf after"))
    accumulate.register_prehook(note("leaf before"))
    x.register_post_accumulate_grad_hook(lambda t: seen.append(f"accumulated {t.grad.tolist()[0]:.3f}"))
    x.register_hook(note("x"))
    y.register_hook(note("y"))
    y.sum().backward(retain_graph=True)
    expected = ["y", "node before", "node after", "x", "leaf before", "accumulated 5.437", "leaf after"]
    assert seen == expected  # as PyTorch
    seen.clear()
    tl.autograd.grad(y.sum(), x)  # accumulates nothing
    assert seen == ["y", "node before", "node after", "x"]


def test_what_hooks_see() -> None:
    x = leaf()
    seen: list[Any] = []
    y = x * tl.ones(2)
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append((inputs, outputs)))
    z = x + tl.ones(3, 2)
    z.grad_fn.register_hook(lambda inputs, outputs: seen.append((inputs, outputs)))
    (y.sum() + z.sum()).backward()
    (inputs, outputs), (summed, _) = sorted(seen, key=lambda each: each[0][0].tolist()[0])
    assert [inputs[0].tolist(), inputs[1], outputs[0].tolist()] == [[1, 1], None, [1, 1]]
    assert [summed[0].tolist(), summed[1]] == [[3, 3], None]  # in the shape of the argument
    accumulate = graph.get_gradient_edge(x).node
    accumulate.register_hook(lambda inputs, outputs: seen.append((inputs, outputs)))
    x.sum().backward()
    assert seen[-1][0] == ()
    assert seen[-1][1][0].tolist() == [1, 1]


@pytest.mark.parametrize("apply", [tl.exp, Twice.apply], ids=["primitive", "Function"])
@pytest.mark.parametrize("create_graph", [False, True])
def test_hooks_replace_gradients(apply: Any, create_graph: bool) -> None:
    x = leaf()
    (plain,) = tl.autograd.grad(apply(x).sum(), x)
    for name, hook in {
        "register_hook": lambda inputs, outputs: (inputs[0] * 10,),
        "register_prehook": lambda outputs: (outputs[0] * 10,),
    }.items():
        y = apply(x)
        handle = getattr(y.grad_fn, name)(hook)
        (g,) = tl.autograd.grad(y.sum(), x, retain_graph=True, create_graph=create_graph)
        np.testing.assert_allclose(g.detach(), 10 * plain, rtol=1e-6)
        assert g.requires_grad == (create_graph and apply is tl.exp) or apply is not tl.exp
        handle.remove()
        (g,) = tl.autograd.grad(y.sum(), x)
        assert g.tolist() == plain.tolist()


def test_hooks_see_tensors_of_no_dimensions() -> None:
    x = tl.tensor(3.0, requires_grad=True)
    y = x * x
    seen: list[Any] = []
    y.grad_fn.register_hook(lambda inputs, outputs: seen.extend([*inputs, *outputs]))
    graph.get_gradient_edge(x).node.register_hook(lambda inputs, outputs: seen.extend(outputs))
    y.backward()
    assert [type(g) for g in seen] == [tl.Tensor] * 4
    assert [g.item() for g in seen] == [3, 3, 1, 6]
    assert x.grad is not None
    assert x.grad.shape == ()


def test_hooks_on_leaves_replace_what_is_accumulated() -> None:
    x = leaf(1.0, 1.0)
    graph.get_gradient_edge(x).node.register_prehook(lambda outputs: (outputs[0] * 3,))
    (x * 2).sum().backward()
    assert x.grad.tolist() == [6, 6]
    assert tl.autograd.grad((x * 2).sum(), x)[0].tolist() == [2, 2]  # nothing is accumulated


def test_hooks_of_a_node_come_after_what_is_asked_for() -> None:
    x = leaf(1.0, 1.0)
    y = x * 2
    y.grad_fn.register_prehook(lambda outputs: (outputs[0] * 5,))
    y.register_hook(lambda g: g + 1)
    y.retain_grad()
    assert tl.autograd.grad((y * 3).sum(), y, retain_graph=True)[0].tolist() == [4, 4]
    (y * 3).sum().backward()
    assert y.grad.tolist() == [4 + 4, 4 + 4]  # of two passes
    assert x.grad.tolist() == [40, 40]


@pytest.mark.parametrize("apply", [tl.exp, Twice.apply], ids=["primitive", "Function"])
@pytest.mark.parametrize("name", ["register_hook", "register_prehook"])
def test_what_hooks_must_return(apply: Any, name: str) -> None:
    x = leaf()

    def run(value: Any) -> None:
        y = apply(x)
        getattr(y.grad_fn, name)(lambda *grads: value)
        y.sum().backward()

    with pytest.raises(TypeError, match="expected tuple, but hook returned 'int'"):
        run(3)
    with pytest.raises(TypeError, match="expected tuple, but hook returned 'Tensor'"):
        run(tl.ones(2))
    with pytest.raises(TypeError, match="expected Variable, but hook returned 'int'"):
        run((3,))
    with pytest.raises(RuntimeError, match=r"incorrect number of values \(got 2, but expected 1\)"):
        run((tl.ones(2), None))
    with pytest.raises(TypeError, match="callable"):
        getattr(apply(x).grad_fn, name)(3)
    assert x.grad is None


def test_no_gradient_from_a_hook_ends_the_way() -> None:
    x = leaf()
    y = x * 2
    y.grad_fn.register_prehook(lambda outputs: (None,))
    y.sum().backward()
    assert x.grad is None


def test_a_node_of_several_results() -> None:
    @tl.compile
    def f(x: Any) -> Any:
        return x.exp().sum(), x.sin().sum()

    x = leaf()
    f(x)
    a, b = f(x)
    seen: list[int] = []
    a.grad_fn.register_hook(lambda inputs, outputs: seen.append(len(outputs)))
    (a + b).backward()
    assert seen == [2]
    np.testing.assert_allclose(x.grad, (x.exp() + x.cos()).detach(), rtol=1e-6)


def test_hooks_that_are_registered_after_compilation_are_called() -> None:
    w = leaf()

    @tl.compile
    def step(x: Any) -> Any:
        loss = (w * x).sum()
        loss.backward()
        return loss

    step(tl.ones(2))
    step(tl.ones(2))
    seen: list[Any] = []
    w.register_post_accumulate_grad_hook(lambda t: seen.append(t.grad.tolist()))
    with pytest.warns(UserWarning, match="hook"):
        step(tl.ones(2))
    assert seen == [[3, 3]]


def test_an_optimizer_in_the_backward_pass() -> None:
    parameters = [leaf(), leaf(3.0)]
    optimizers = {p: tl.optim.SGD([p], lr=0.5) for p in parameters}

    def update(p: Any) -> None:
        optimizers[p].step()
        p.grad = None

    for p in parameters:
        p.register_post_accumulate_grad_hook(update)
    (parameters[0].sum() + 2 * parameters[1].sum()).backward()
    assert [p.tolist() for p in parameters] == [[0.5, 1.5], [2.0]]
    assert [p.grad for p in parameters] == [None, None]


def test_post_accumulate_hooks_are_for_leaves() -> None:
    x = leaf()
    with pytest.raises(RuntimeError, match="post accumulate grad hooks cannot be registered on non-leaf tensors"):
        (x * 2).register_post_accumulate_grad_hook(print)
    with pytest.raises(RuntimeError, match="cannot register a hook on a tensor that doesn't require gradient"):
        tl.ones(2).register_post_accumulate_grad_hook(print)
    x.register_post_accumulate_grad_hook(lambda t: seen.append(1)).remove()
    seen: list[int] = []
    x.sum().backward()
    assert not seen


def test_a_hook_that_holds_its_node_is_freed() -> None:
    x = leaf()
    y = x.exp()
    node = y.grad_fn
    node.register_hook(lambda inputs, outputs, held=y: held)
    node.metadata["y"] = 1
    reference = weakref.ref(node)
    del y, node
    gc.collect()
    assert reference() is None


def test_metadata() -> None:
    x = leaf()
    y = x.exp()
    assert y.grad_fn.metadata == {}
    y.grad_fn.metadata["note"] = 7
    assert y.grad_fn.metadata == {"note": 7}
    assert Twice.apply(x).grad_fn.metadata == {}
    assert graph.get_gradient_edge(x).node.metadata == {}


# ------------------------------------------------------------------------------------------- saved Tensors by name


def test_saved_attributes_have_pytorchs_names() -> None:
    w = tl.arange(12.0).reshape(3, 4).requires_grad_()
    node = (w / (w + 1)).grad_fn
    assert [name for name in dir(node) if name.startswith("_saved_")] == ["_saved_other", "_saved_self"]
    assert node._saved_self is w
    assert node._saved_other.grad_fn.name() == "AddBackward0"
    assert w.exp().grad_fn._saved_result.grad_fn.name() == "ExpBackward0"
    assert (w**2).grad_fn._saved_exponent == 2
    assert (w @ w.T).grad_fn._saved_mat2.shape == (4, 3)
    assert w.softmax(1).grad_fn._saved_dim == 1
    assert w.sum(1).grad_fn._saved_self_sym_sizes == (3, 4)
    assert tl.where(w > 3, w, 0.0).grad_fn._saved_condition.dtype == tl.bool
    assert tl.nn.functional.linear(w, w).grad_fn._saved_mat1 is w
    with pytest.raises(AttributeError, match="'ExpBackward0' object has no attribute '_saved_self'"):
        _ = w.exp().grad_fn._saved_self


def test_saved_attributes_when_freed_or_changed() -> None:
    x = leaf()
    y = x.exp()
    y.sum().backward()
    with pytest.raises(RuntimeError, match="directly access saved tensors after they have already been freed"):
        _ = y.grad_fn._saved_result
    y = x.exp()
    node = y.grad_fn
    y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        _ = node._saved_result


def test_hooks_on_one_saved_tensor() -> None:
    x = leaf()
    y = x.exp()
    seen: list[str] = []
    raw = y.grad_fn._raw_saved_result
    raw.register_hooks(lambda t: (seen.append("pack"), t * 2)[1], lambda t: (seen.append("unpack"), t / 2)[1])
    assert seen == ["pack"]
    with pytest.raises(RuntimeError, match="whose hooks have already been set"):
        raw.register_hooks(lambda t: t, lambda t: t)
    y.sum().backward()
    assert seen == ["pack", "unpack"]
    np.testing.assert_allclose(x.grad, np.exp([1, 2]), rtol=1e-6)
    with pytest.raises(RuntimeError, match="freed"):
        raw.register_hooks(lambda t: t, lambda t: t)


# ------------------------------------------------------------------------------------------------- saved_tensors_hooks


def test_what_is_packed() -> None:
    x = leaf()
    packed: list[Any] = []

    def pack(t: Any) -> Any:
        packed.append((t.requires_grad, t.is_leaf, t is x))
        return t.detach().numpy().copy()

    unpacked: list[type] = []

    def unpack(array: Any) -> Any:
        unpacked.append(type(array))
        return tl.from_numpy(array)

    with graph.saved_tensors_hooks(pack, unpack):
        y = (x * x).exp()
    assert packed == [(True, True, True), (True, True, True), (True, False, False)]  # as PyTorch
    assert y.grad_fn._saved_result.tolist() == pytest.approx(np.exp([1.0, 4.0]))
    assert len(unpacked) == 1
    y.sum().backward()
    assert unpacked == [np.ndarray] * 4
    np.testing.assert_allclose(x.grad, 2 * np.array([1, 2]) * np.exp([1, 4]), rtol=1e-6)


PROGRAMS: dict[str, Callable[[Any, Any], Any]] = {
    "arithmetic": lambda x, w: (x * w / (x + 3) - x**2).sum(),
    "linear": lambda x, w: tl.nn.functional.linear(x, w).tanh().sum(),
    "cross_entropy": lambda x, w: tl.nn.functional.cross_entropy(x @ w, tl.tensor([0, 1, 2])),
    "layer_norm": lambda x, w: (tl.nn.functional.layer_norm(x, (3,)) * w).sum(),
    "cat": lambda x, w: (tl.cat([x, w, x * w]).exp() * tl.cat([w, w, x])).sum(),
    "indices": lambda x, w: x[tl.tensor([0, 2])].mul(w[0:2]).gather(1, tl.tensor([[0, 1], [2, 2]])).prod(),
    "in place": lambda x, w: (x * 1).mul_(w).clamp_(min=0.1).log().sum(),
    "views": lambda x, w: (x.T.reshape(9)[2:5] * w[0]).square().sum(),
    "Function": lambda x, w: (Twice.apply(x) * w).sum(),
    "softmax": lambda x, w: (x.softmax(1).log() * w).sum(),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_packed_or_not_the_gradients_are_the_same_to_the_bit(name: str) -> None:
    x = (tl.arange(9.0).reshape(3, 3) / 7 + 0.5).requires_grad_()
    w = (tl.arange(9.0).flip(0).reshape(3, 3) / 5 + 0.3).requires_grad_()
    program = PROGRAMS[name]
    expected = tl.autograd.grad(program(x, w), [x, w])
    with graph.saved_tensors_hooks(lambda t: t.detach().clone(), lambda t: t):
        loss = program(x, w)
    found = tl.autograd.grad(loss, [x, w], retain_graph=True)
    assert [g.tolist() for g in found] == [g.tolist() for g in expected]
    first = tl.autograd.grad(loss, [x, w], create_graph=True)
    second = tl.autograd.grad(program(x, w), [x, w], create_graph=True)
    pair = [tl.autograd.grad((a[0] * a[0]).sum() + (a[1] ** 3).sum(), [x, w]) for a in (first, second)]
    for ours, plain in zip(*pair, strict=True):
        assert ours.tolist() == plain.tolist()


def test_second_derivatives_go_through_what_was_unpacked() -> None:
    x = leaf()
    with graph.saved_tensors_hooks(lambda t: t * 2, lambda t: t / 2):
        y = x * x * x
    (first,) = tl.autograd.grad(y.sum(), x, create_graph=True)
    assert tl.autograd.grad(first.sum(), x)[0].tolist() == [6, 12]


def test_what_hooks_must_not_do() -> None:
    x = leaf()
    with (
        graph.saved_tensors_hooks(lambda t: t.detach().mul_(2), lambda t: t),
        pytest.raises(RuntimeError, match="A saved tensor pack hook is modifying its input in place"),
    ):
        x.exp()
    with graph.saved_tensors_hooks(lambda t: 1, lambda t: t):
        y = x.exp()
    with pytest.raises(TypeError, match="unpack_hook expected to be a Tensor but got result of type int"):
        y.sum().backward()


def test_the_innermost_hooks_count_and_threads_have_their_own() -> None:
    x = leaf()
    seen: list[str] = []

    def hooks(name: str) -> Any:
        return graph.saved_tensors_hooks(lambda t: (seen.append(name), t.detach())[1], lambda t: t)

    with hooks("outer"):
        with hooks("inner"):
            x.exp()
            Twice.apply(x)  # saves two
        thread = threading.Thread(target=lambda: (x.exp(), x.log()))
        thread.start()
        thread.join()
        x.exp()
    x.exp()
    assert seen == ["inner"] * 3 + ["outer"]


def test_what_two_rules_need_is_packed_once() -> None:
    x, y = leaf(), leaf()
    count: list[int] = []
    with graph.saved_tensors_hooks(lambda t: (count.append(1), t.detach())[1], lambda t: t):
        x / y
    assert len(count) == 2  # as PyTorch


def test_hooks_can_be_disabled() -> None:
    def enter() -> None:
        with graph.saved_tensors_hooks(lambda t: t, lambda t: t):
            pass

    with graph.disable_saved_tensors_hooks("not here"):
        for refused in (enter, lambda: graph.save_on_cpu().__enter__()):
            with pytest.raises(RuntimeError, match="not here"):
                refused()
    enter()
    with graph.saved_tensors_hooks(lambda t: t, lambda t: t):
        with pytest.raises(RuntimeError, match="neither"), graph.disable_saved_tensors_hooks("neither"):
            pass
        with graph.disable_saved_tensors_hooks("later", fail_if_non_empty=False):
            pass
    with pytest.raises(TypeError, match="incompatible function arguments"), graph.disable_saved_tensors_hooks(3):  # type: ignore[arg-type]  # wrong on purpose
        pass


def test_a_compiled_function_runs_as_written_under_hooks() -> None:
    @tl.compile
    def f(x: Any) -> Any:
        return x.exp().sum()

    x = leaf()
    f(x), f(x)
    count: list[int] = []
    with graph.saved_tensors_hooks(lambda t: (count.append(1), t.detach())[1], lambda t: t):
        f(x).backward()
    assert count == [1]


def test_save_on_cpu_changes_nothing() -> None:
    x = leaf()
    with graph.save_on_cpu(pin_memory=True):
        y = (x * x).sum()
    y.backward()
    assert x.grad.tolist() == [2, 4]


def test_saved_tensors_may_be_mutated() -> None:
    a = tl.ones(2, 3, requires_grad=True)
    with graph.allow_mutation_on_saved_tensors() as context:
        b = a.clone()
        out = (b**2).sum()
        b.sin_()
        out.backward()
        context.clear()
        with pytest.raises(RuntimeError, match="cannot be nested"), graph.allow_mutation_on_saved_tensors():
            pass
    assert a.grad is not None
    assert a.grad.tolist() == [[2, 2, 2]] * 2


def test_nothing_stays_replaced_and_a_packed_graph_is_freed() -> None:
    before = TensorBase.__primitive__
    x = leaf()
    with graph.saved_tensors_hooks(lambda t: t.detach().clone(), lambda t: t):
        assert TensorBase.__primitive__ is not before
        y = x.exp()
    assert TensorBase.__primitive__ is before
    reference = weakref.ref(y.grad_fn)
    gc.disable()
    try:
        del y
        assert reference() is None
    finally:
        gc.enable()


# ----------------------------------------------------------------------------------------------------- gradient edges


def test_edges_stand_for_outputs_and_inputs() -> None:
    x = leaf()
    y = x * x
    edge = graph.get_gradient_edge(y)
    assert isinstance(edge, graph.GradientEdge)
    assert (edge.node, edge.output_nr) == (y.grad_fn, 0)
    assert tl.autograd.grad(edge, x, tl.ones(2), retain_graph=True)[0].tolist() == [2, 4]
    assert tl.autograd.grad((3 * y).sum(), edge, retain_graph=True)[0].tolist() == [3, 3]
    assert tl.autograd.grad((3 * y).sum(), [edge, x], retain_graph=True)[1].tolist() == [6, 12]
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar outputs"):
        tl.autograd.backward(edge)
    tl.autograd.backward(edge, tl.ones(2))
    assert x.grad.tolist() == [2, 4]
    (x * 5).sum().backward(inputs=graph.get_gradient_edge(x))
    assert x.grad.tolist() == [7, 9]
    with pytest.raises(RuntimeError, match="appears to not have been used"):
        tl.autograd.grad((x * 2).sum(), edge)
    with pytest.raises(RuntimeError, match="not possible to get the gradient edge for a Tensor that does not require"):
        graph.get_gradient_edge(tl.ones(1))


def test_edges_of_several_results() -> None:
    class Both(tl.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2, x * 3

        @staticmethod
        def backward(ctx: Any, a: Any, b: Any) -> Any:
            return 2 * a + 3 * b

    x = leaf()
    a, b = Both.apply(x)
    edge = graph.get_gradient_edge(b)
    assert edge.output_nr == 1
    assert tl.autograd.grad(edge, x, tl.ones(2), retain_graph=True)[0].tolist() == [3, 3]
    assert tl.autograd.grad((a * 5 + b * 7).sum(), edge)[0].tolist() == [7, 7]


def test_an_edge_needs_no_tensor() -> None:
    x = leaf()
    y = x.exp()
    array = weakref.ref(y)
    loss, edge = y.sum(), graph.get_gradient_edge(y)
    del y
    gc.collect()
    assert array() is None
    assert tl.autograd.grad(loss, edge)[0].tolist() == [1, 1]


# --------------------------------------------------------------------------------------------- hooks on several Tensors


def test_all_gradients_together() -> None:
    x, w, unused = leaf(), leaf(1.0, 1.0), leaf()
    y = x * 2
    seen: list[Any] = []
    handle = graph.register_multi_grad_hook((x, w, unused, y), seen.append)
    for _ in range(2):
        (y * w).sum().backward(retain_graph=True)
    rows = [[None if g is None else g.tolist() for g in grads] for grads in seen]
    assert rows == [[[2, 2], [2, 4], None, [1, 1]]] * 2  # as PyTorch
    handle.remove()
    handle.remove()
    (y * w).sum().backward()
    assert len(seen) == 2


def test_the_first_gradient() -> None:
    x, w = leaf(), leaf(1.0, 1.0)
    seen: list[Any] = []
    with graph.register_multi_grad_hook((x, w), lambda g: seen.append(g.tolist()), mode="any"):
        for _ in range(2):
            (x * w).sum().backward()
    assert len(seen) == 2
    with pytest.raises(ValueError, match=r"Expects mode to be one of \('all', 'any'\) but got some"):
        graph.register_multi_grad_hook((x,), print, mode="some")  # type: ignore[arg-type]  # wrong on purpose


# ------------------------------------------------------------------------------------------------------ the rest


def test_increment_version() -> None:
    x = leaf()
    w = tl.ones(2)
    y = x * w
    graph.increment_version(w)
    graph.increment_version([w])
    assert w._version == 2
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()
    with pytest.raises(RuntimeError, match=r"increment_version expect a Iterable\[Tensor\] as input"):
        graph.increment_version(3)  # type: ignore[arg-type]  # wrong on purpose
    with tl.inference_mode():
        inference = tl.ones(1)
    with pytest.raises(RuntimeError, match="Inference tensors do not track version counter"):
        graph.increment_version(inference)


def test_no_cost_while_nothing_is_used() -> None:
    code = (
        "import tinygrad_lite as tl; from tinygrad_lite.core.graph import Node, Reading; "
        "from tinygrad_lite.core import tensor, node_hooks\n"
        "x = tl.ones(2, requires_grad=True); tl.autograd.graph; y = (x * x).exp().sum(); y.backward()\n"
        "assert not node_hooks.use.begun\n"
        "assert Reading.derive.__qualname__ == 'Reading.derive'\n"
        "assert tensor.walk.__module__ == 'tinygrad_lite.core.graph'\n"
        "assert tensor.TensorBase.__primitive__.__qualname__ == 'TensorBase.__primitive__'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
