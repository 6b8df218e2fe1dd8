"""What programs that draw or describe graphs read of nodes and Tensors."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.both_libraries import leaf, on_both, returns

NAMES = {
    "ConvolutionBackward0": lambda T, x, c: T.nn.functional.conv1d(x.reshape(1, 1, -1), T.ones(1, 1, 1)),
    "AddBackward0": lambda T, x, c: x + c,
    "SubBackward0": lambda T, x, c: x - c,
    "MulBackward0": lambda T, x, c: x * c,
    "DivBackward0": lambda T, x, c: x / c,
    "NegBackward0": lambda T, x, c: -x,
    "PowBackward0": lambda T, x, c: x**2,
    "ExpBackward0": lambda T, x, c: x.exp(),
    "LogBackward0": lambda T, x, c: x.log(),
    "Log1PBackward0": lambda T, x, c: x.log1p(),
    "SqrtBackward0": lambda T, x, c: x.sqrt(),
    "TanhBackward0": lambda T, x, c: x.tanh(),
    "SigmoidBackward0": lambda T, x, c: x.sigmoid(),
    "ReluBackward0": lambda T, x, c: x.relu(),
    "AbsBackward0": lambda T, x, c: x.abs(),
    "SumBackward0": lambda T, x, c: x.sum(),
    "SumBackward1": lambda T, x, c: x.sum(0),
    "MeanBackward0": lambda T, x, c: x.mean(),
    "MeanBackward1": lambda T, x, c: x.mean(0),
    "ProdBackward0": lambda T, x, c: x.prod(),
    "VarBackward0": lambda T, x, c: x.var(),
    "MmBackward0": lambda T, x, c: x @ c,
    "MvBackward0": lambda T, x, c: x @ c[0],
    "DotBackward0": lambda T, x, c: x[0] @ c[0],
    "BmmBackward0": lambda T, x, c: T.bmm(x[None], c[None]),
    "AddmmBackward0": lambda T, x, c: T.nn.functional.linear(x, c, c[0]),
    "ViewBackward0": lambda T, x, c: x.view(4),
    "PermuteBackward0": lambda T, x, c: x.permute(1, 0),
    "ExpandBackward0": lambda T, x, c: x.expand(3, 2, 2),
    "CloneBackward0": lambda T, x, c: x.clone(),
    "ToCopyBackward0": lambda T, x, c: x.double(),
    "CatBackward0": lambda T, x, c: T.cat([x, c]),
    "SelectBackward0": lambda T, x, c: x[:, 0],
    "SliceBackward0": lambda T, x, c: x[:1],
    "UnsqueezeBackward0": lambda T, x, c: x[:, :, None],
    "IndexBackward0": lambda T, x, c: x[T.tensor([0, 1])],
    "GatherBackward0": lambda T, x, c: x.gather(0, T.tensor([[0, 1]])),
    "WhereBackward0": lambda T, x, c: T.where(c > 0, x, c),
    "MaximumBackward0": lambda T, x, c: T.maximum(x, c),
    "SoftmaxBackward0": lambda T, x, c: x.softmax(0),
    "LogSoftmaxBackward0": lambda T, x, c: x.log_softmax(0),
    "LogsumexpBackward0": lambda T, x, c: x.logsumexp(0),
    "CumsumBackward0": lambda T, x, c: x.cumsum(0),
    "NllLossBackward0": lambda T, x, c: T.nn.functional.cross_entropy(x, T.tensor([0, 1])),
    "CdistBackward0": lambda T, x, c: T.cdist(x, c),
    "PdistBackward0": lambda T, x, c: T.pdist(x),
    "NativeGroupNormBackward0": lambda T, x, c: T.nn.functional.group_norm(x, 1),
    "NativeLayerNormBackward0": lambda T, x, c: T.nn.functional.layer_norm(x, (2,)),
    "NativeBatchNormBackward0": lambda T, x, c: T.nn.functional.batch_norm(x, None, None, training=True),
    "CopySlices": lambda T, x, c: overwritten(x),
}


def overwritten(x):
    y = x.clone()
    y[0] = 1.0
    return y


@on_both
@pytest.mark.parametrize("name", NAMES)
def test_a_node_has_the_class_and_the_name_that_it_has_in_pytorch(name, library):
    T = pytest.importorskip(library)
    x = T.tensor([[0.25, 0.5], [0.75, 1.0]], requires_grad=True)
    y = NAMES[name](T, x, T.ones(2, 2))
    node = y.grad_fn
    assert (type(node).__name__, node.name().removeprefix("torch::autograd::")) == (name, name)
    assert node is y.grad_fn
    y.sum().backward()
    assert type(y.grad_fn).__name__ == name  # also when what it had saved is freed


def drawn(node):
    """A node and what it leads to, as nested lists."""
    if node is None:
        return None
    return [type(node).__name__, *(drawn(parent) for parent, _ in node.next_functions)]


@returns(
    ["AddBackward0", ["MulBackward0", ["AccumulateGrad"], None], ["ExpBackward0", ["AccumulateGrad"]]],
    ["SubBackward0", None, ["AccumulateGrad"]],
    ["MmBackward0", None, ["AccumulateGrad"]],
    ["CatBackward0", None, ["AccumulateGrad"]],
    True,
)
def test_next_functions_have_an_entry_for_each_argument(T):
    x, m = leaf(T, 1.0, 2.0), T.ones(2, 2, requires_grad=True)
    y = x * T.ones(2) + x.exp()
    last = y.grad_fn.next_functions[1][0].next_functions[0][0]
    return [
        drawn(y.grad_fn),
        drawn((T.ones(2) - x).grad_fn),
        drawn((T.ones(2, 2) @ m).grad_fn),
        drawn(T.cat([T.ones(2), x]).grad_fn),
        last.variable is x and last.next_functions == (),
    ]


@returns("PairBackward", True, [0, 1], [("PairBackward", 0), ("PairBackward", 1)], 0, [2.0, 2.0])
def test_the_results_of_a_function_share_a_node(T):
    class Pair(T.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone(), x.clone()

        @staticmethod
        def backward(ctx, a, b):
            return a + b

    x = leaf(T, 1.0, 2.0)
    a, b = Pair.apply(x)
    entries = [(type(node).__name__, place) for node, place in (a + b).grad_fn.next_functions]
    numbers = [a.output_nr, b.output_nr]
    same = a.grad_fn is b.grad_fn
    name = type(a.grad_fn).__name__
    (a + b).sum().backward()
    return [name, same, numbers, entries, x.output_nr, x.grad.tolist()]


@returns([False, True, True, True, False, False, True], True, True, None, None, 0, 2)
def test_views(T):
    x = leaf(T, 1.0, 2.0)
    y = x * 1
    v = y[:1]
    with T.no_grad():
        w = y.view(2)
    found = [t._is_view() for t in (y, v, v.view(1, 1), w, v.clone(), x, x[0])]
    bases = [v._base is y, v[0]._base is y, y._base, v.clone()._base]
    before = y._version
    y.add_(1)
    v.mul_(2)
    return [found, *bases, before, y._version]


def test_nodes_are_nodes():
    y = leaf(tl, 1.0) * 2
    assert isinstance(y.grad_fn, tl.autograd.graph.Node if hasattr(tl.autograd, "graph") else tl.autograd.Node)
    assert type(y.grad_fn) is type((leaf(tl, 1.0) * 3).grad_fn)
    assert (y.is_leaf, y.retains_grad, leaf(tl, 1.0).grad_fn) == (False, False, None)
    y.retain_grad()
    assert y.retains_grad


# -------------------------------------------------------------------------------------------- writes through .data


WRITES = {
    "an element beside": (lambda k: k.data.__setitem__(4, 9.0), True),
    "elements beside": (lambda k: k.data[3:].fill_(9.0), True),
    "indices beside": (lambda k: k.data.__setitem__(tl.tensor([3, 5]), 9.0), True),
    "a mask beside": (lambda k: k.data.masked_fill_(k > 3, 9.0), True),
    "a view beside": (lambda k: k.data.view(2, 3)[1].mul_(2), True),
    "data of a view beside": (lambda k: k[3:].data.zero_(), True),
    "data of data beside": (lambda k: k.data.data[4:].zero_(), True),
    "the same values": (lambda k: k.data.mul_(1), True),
    "an element": (lambda k: k.data.__setitem__(1, 9.0), False),
    "elements across": (lambda k: k.data[2:].fill_(9.0), False),
    "indices across": (lambda k: k.data.__setitem__(tl.tensor([5, 0]), 9.0), False),
    "every other element": (lambda k: k.data[::2].mul_(3), False),
    "all": (lambda k: k.data.add_(1), False),
    "the sign of zero": (lambda k: k.data[:1].mul_(-1), False),
    "beside and then across": (lambda k: (k.data[5:].zero_(), k.data[:2].fill_(7.0)), False),
    "not through data": (lambda k: k.__setitem__(4, 9.0), False),
}


@pytest.mark.parametrize("name", WRITES)
def test_writes_through_data_count_for_what_they_change(name):
    write, allowed = WRITES[name]
    k, w = tl.arange(6.0) * 1, tl.ones(1, requires_grad=True)
    y = k[:3] * w
    write(k)
    if allowed:
        y.sum().backward()
        assert w.grad.tolist() == [3.0]
    else:
        with pytest.raises(RuntimeError, match=r"modified by an inplace operation: .*through a view or \.data"):
            y.sum().backward()


def test_what_is_saved_after_a_write_through_data_is_right():
    k, w = tl.zeros(6), tl.ones(1, requires_grad=True)
    for i in range(6):
        k.data[i] = float(i)
        (k * w).sum().backward()
    assert w.grad.tolist() == [sum(i * (i + 1) // 2 for i in range(6))]


# ----------------------------------------------------------------------------- reading values, zeros, and warnings


@returns([1.0, 2.0], [1.0, 2.0], [3.0, 2.0])
def test_numpy_of_what_requires_a_gradient_while_nothing_is_recorded(T):
    x = leaf(T, 1.0, 2.0)
    with T.no_grad():
        array, other = x.numpy(), np.asarray(x)
        found = [array.tolist(), other.tolist()]
        array[0] = 3.0
    with pytest.raises(RuntimeError, match=r"Can't call numpy\(\) on Tensor that requires grad."):
        x.numpy()
    return [*found, x.tolist()]


@returns(True, [0.0], False, [0.0], {"a": [2.0], "b": [0.0]})
def test_zeros_for_what_is_not_used_can_be_differentiated(T):
    x, unused = leaf(T, 1.0), leaf(T, 5.0)
    y = x * 2
    (zeros,) = T.autograd.grad(y, unused, create_graph=True, materialize_grads=True)
    (again,) = T.autograd.grad(zeros, unused, materialize_grads=True)
    (plain,) = T.autograd.grad(y, unused, materialize_grads=True, retain_graph=True)
    both = T.autograd.grad(y, {"a": x, "b": unused}, materialize_grads=True)
    return [
        zeros.requires_grad, again.tolist(), plain.requires_grad, zeros.tolist(), {k: g.tolist() for k, g in both.items()},
    ]  # fmt: skip


@returns(
    *(f"torch.{kind}Tensor" for kind in ("Half", "Float", "Double", "Char", "Short", "Int", "Long", "Byte", "Bool"))
)
def test_the_names_of_types(T):
    kinds = T.float16, T.float32, T.float64, T.int8, T.int16, T.int32, T.int64, T.uint8, T.bool
    return [T.zeros(1).type(T.zeros(1, dtype=kind).type()).type() for kind in kinds]


FEW = "degrees of freedom is <= 0"


@on_both
@pytest.mark.parametrize(
    ("call", "warned"),
    [
        (lambda T: T.ones(1).var(), True),
        (lambda T: T.ones(1).std(), True),
        (lambda T: T.ones(3, 1).var(1), True),
        (lambda T: T.ones(0).var(), True),
        (lambda T: T.ones(2).std(correction=2), True),
        (lambda T: T.var_mean(T.ones(1)), True),
        (lambda T: T.ones(1).cov(), True),
        (lambda T: T.ones(1).var(correction=0), False),
        (lambda T: T.ones(1, 3).var(1), False),
        (lambda T: T.ones(2).var(), False),
    ],
)
def test_too_few_elements_for_a_variance(call, warned, library, recwarn):
    call(pytest.importorskip(library))
    assert any(FEW in str(w.message) for w in recwarn) is warned


def test_a_warning_names_the_users_line(recwarn):
    tl.ones(1).var()
    (leaf(tl, 1.0) ** 2).backward(create_graph=True)
    assert [w.filename for w in recwarn] == [__file__] * 2
    assert [w.category for w in recwarn] == [UserWarning] * 2
