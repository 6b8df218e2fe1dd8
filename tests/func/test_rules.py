"""The batching rule of every primitive against a loop over the samples, and how many primitives have one."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.core.primitive import REGISTRY, Fused, Primitive
from tinygrad_lite.core.tensor import wrap
from tinygrad_lite.func import grad, vmap
from tinygrad_lite.func.operands import RULES, by_reference, one_by_one, rule_of

from ..support.operation_samples import SAMPLES, examples

ONE_BY_ONE = {
    "order_statistic": "it reduces all elements, and has no dim to leave out: those of one sample share a gradient",
}
"""The differentiable primitives that are applied to one sample after the other, each with the reason."""

WITHOUT_DERIVATIVE = {
    "histogram": "the bins depend on the extremes of each sample",
}


def differentiable(primitive: Primitive) -> bool:
    return isinstance(primitive, Fused) or any(primitive.rules)


def test_nine_of_ten_primitives_have_a_rule() -> None:
    """By introspection: the table of rules, the common rule of elementwise ones, and references, which need none."""
    names = {name for name in SAMPLES if differentiable(REGISTRY[name])}
    slow = {name for name in names if rule_of(REGISTRY[name]) is one_by_one}
    assert slow == set(ONE_BY_ONE)
    assert len(slow) <= len(names) / 10
    assert {name for name in SAMPLES if rule_of(REGISTRY[name]) is one_by_one} - slow == set(WITHOUT_DERIVATIVE)
    assert [name for name in names if rule_of(REGISTRY[name]) is by_reference] == []
    assert {p.name for p in RULES} <= set(SAMPLES)


def samples_of(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Three samples with the values of one, in another order in each."""
    return np.stack([x, rng.permutation(x.flatten()).reshape(x.shape), x])


def stacked(results: list[Any]) -> np.ndarray:
    return np.stack([np.asarray(y._data if isinstance(y, tl.Tensor) else y) for y in results])


def has_rule(primitive: Primitive, place: int) -> bool:
    """Whether there is a derivative by the argument in a place; those of a variadic list share the last rule."""
    return primitive.rules[min(place, len(primitive.rules) - 1)] is not None


SHAPED_BY_VALUES = {"nonzero"}


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - SHAPED_BY_VALUES))
def test_a_rule_gives_what_a_loop_gives(name: str) -> None:
    """Values, shapes and dtypes, whichever of the arguments differ between samples; and the gradient of each sample."""
    primitive, rng, tried = REGISTRY[name], np.random.default_rng(0), 0
    for call in examples(name)[:6]:
        args = list(call.args)
        places = [i for i, x in enumerate(args) if isinstance(x, np.ndarray)]
        if name in ("batch_norm", "frozen_batch_norm"):
            args = [x.copy() if isinstance(x, np.ndarray) else x for x in args]  # the averages are written to
        if name == "batch_norm":
            args[5] = None
        subsets = [s for n in range(1, len(places) + 1) for s in itertools.combinations(places, n)]
        for chosen in [subsets[i] for i in rng.permutation(len(subsets))[:2]]:
            many = [samples_of(args[i], rng) for i in chosen]
            if name in ("getitem", "put_at", "setitem") and any(x.dtype.kind == "b" for x in many):
                continue  # a mask of each sample, by which the shape would depend on the values

            def f(*xs: Any, chosen: Any = chosen, args: Any = args) -> Any:
                given = [wrap(x) if isinstance(x, np.ndarray) else x for x in args]
                for i, x in zip(chosen, xs, strict=True):
                    given[i] = x
                return primitive(*given)

            rows = [[wrap(x[i]) for x in many] for i in range(3)]
            try:
                want = stacked([f(*row) for row in rows])
            except (IndexError, RuntimeError):
                continue  # an index that fits the values of one sample only
            tried += 1
            got = vmap(f)(*map(wrap, many))._data
            assert (got.shape, got.dtype) == (want.shape, want.dtype), (chosen, call)
            np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-9, err_msg=f"{chosen} of {call}")
            floats = [i for i, x in enumerate(many) if x.dtype.kind == "f"]
            if not differentiable(primitive) or not floats or want.dtype.kind != "f":
                continue
            weights = rng.standard_normal(want.shape[1:])

            def loss(*xs: Any, f: Any = f, weights: Any = weights) -> Any:
                return (f(*xs) * weights).sum()

            if any(primitive.rules) and not all(has_rule(primitive, chosen[i]) for i in floats):
                continue
            try:
                each = [grad(loss, tuple(floats))(*row) for row in rows]
            except NotImplementedError:  # PyTorch has no derivative by this argument either
                with pytest.raises(NotImplementedError):
                    vmap(grad(loss, tuple(floats)))(*map(wrap, many))
                continue
            found = vmap(grad(loss, tuple(floats)))(*map(wrap, many))
            for place, g in enumerate(found):
                expected = np.stack([row[place]._data for row in each])
                np.testing.assert_allclose(g._data, expected, rtol=1e-7, atol=1e-8, err_msg=f"{chosen} of {call}")
    assert tried


@pytest.mark.parametrize("name", ["sin", "sum", "matmul", "getitem", "order_statistic"])
def test_no_samples(name: str) -> None:
    """Without samples the result has the shape all the same, if the primitive has a rule."""
    functions = {
        "sin": tl.sin, "sum": lambda x: x.sum(0), "matmul": lambda x: x @ x.T, "getitem": lambda x: x[1],
        "order_statistic": lambda x: x.max(),
    }  # fmt: skip
    x = tl.zeros(0, 2, 3)
    if name == "order_statistic":
        with pytest.raises(RuntimeError, match="one sample after the other, and there are no samples"):
            vmap(functions[name])(x)
    else:
        assert vmap(functions[name])(x).shape == (0, *functions[name](tl.zeros(2, 3)).shape)


INDICES: dict[str, tuple[Any, bool]] = {
    # an index into (2, 3, 4), where `I` is an array of whole numbers for each sample; whether x differs between samples
    "first": (lambda i: (i % 2,), True),
    "second": (lambda i: (slice(None), i), True),
    "last": (lambda i: (..., i), True),
    "first and second": (lambda i: (i % 2, i), True),
    "second and third": (lambda i: (slice(None), i, i[:1]), True),
    "first and third": (lambda i: (i % 2, slice(1, None), i), True),
    "with a new dim between": (lambda i: (i % 2, None, i), True),
    "a slice and a new dim before": (lambda i: (slice(1, 2), None, i), True),
    "beside an array that is the same for all": (lambda i: (slice(None), i, tl.tensor([1, 3])), True),
    "the same for all, apart": (lambda i: (tl.tensor([0, 1]), slice(None), tl.tensor([3, 0])), True),
    "the same for all, second": (lambda i: (slice(None), tl.tensor([[2, 0]])), True),
    "a mask, the same for all": (lambda i: (slice(None), tl.tensor([True, False, True])), True),
    "a number of each sample": (lambda i: (slice(None), i[0]), True),
    "two numbers of each sample, apart": (lambda i: (i[0] % 2, slice(None), i[1]), True),
    "all": (lambda i: (i % 2, tl.tensor(True), slice(None), i), True),
    "nothing": (lambda i: (..., tl.tensor(False)), True),
    "all, beside a mask": (lambda i: (True, tl.tensor([[True, False, True]] * 2), i[0]), True),
    "all, before a number": (lambda i: (..., tl.tensor(True), 0), True),
    "into x, which is the same for all": (lambda i: (i % 2, slice(None), i), False),
    "second of x, which is the same for all": (lambda i: (slice(None), i), False),
}


@pytest.mark.parametrize("name", INDICES)
def test_indices_of_each_sample(name: str) -> None:
    """Reading, writing, and their derivatives, wherever the arrays stand in the index."""
    index, differs = INDICES[name]
    x = tl.arange(120.0).reshape(5, 2, 3, 4).sin() if differs else tl.arange(24.0).reshape(2, 3, 4).sin()
    i = tl.tensor([[0, 1], [1, 1], [2, 0], [2, 2], [0, 2]])
    dims = (0 if differs else None, 0)

    def read(x: Any, i: Any) -> Any:
        return x[index(i)]

    def write(x: Any, i: Any) -> Any:
        x = x * tl.ones_like(i[:1])
        place = x[index(i)].clone()
        x[index(i)] = (
            place.cos() + tl.arange(float(place.shape[-1]) if place.ndim else 1.0)[: place.ndim and None].sum()
        )
        return x

    def loss(x: Any, i: Any) -> Any:
        out = x[index(i)]
        return (out * out * tl.arange(float(out.numel())).reshape(out.shape)).sum()

    for f in (read, write, grad(loss), lambda x, i: grad(lambda x: (write(x, i) ** 2).sum())(x)):
        rows = [f(x[n] if differs else x, i[n]) for n in range(5)]
        got = vmap(f, in_dims=dims)(x, i)
        assert got.shape == (5, *rows[0].shape)
        np.testing.assert_allclose(got.numpy(), tl.stack(rows).numpy(), atol=1e-6)
    together = grad(lambda x: vmap(loss, in_dims=dims)(x, i).sum())(x)
    each = [grad(loss)(x[n] if differs else x, i[n]) for n in range(5)]
    want = tl.stack(each) if differs else sum(each)
    np.testing.assert_allclose(together.numpy(), want.numpy(), atol=1e-6)


def test_a_mask_of_each_sample_and_an_index_out_of_range() -> None:
    x = tl.arange(6.0).reshape(2, 3)
    with pytest.raises(RuntimeError, match="support dynamic shape"):
        vmap(lambda x: x[x > 1])(x)
    with pytest.raises(IndexError, match="out of bounds"):
        vmap(lambda x, i: x[i])(x, tl.tensor([[0], [3]]))


def test_the_memory_of_a_sample() -> None:
    """Windows along a dimension, and views by strides, are views of all samples, which can be written through."""

    def written(x: Any) -> Any:
        x = x * 1
        x.unfold(0, 2, 2)[0] = 9.0
        return x

    x = tl.arange(6.0).reshape(2, 3)
    assert vmap(written)(x).tolist() == [[9, 9, 2], [9, 9, 5]]

    def strided(x: Any) -> Any:
        x = x * 1
        x.as_strided((2,), (1,), 1).mul_(10)
        return x

    assert vmap(strided)(x).tolist() == [[0, 10, 20], [3, 40, 50]]
    assert vmap(lambda x: x[:2].view(2, 1) + x[1:].storage_offset())(x).tolist() == [[[1], [2]], [[4], [5]]]
    with pytest.raises(RuntimeError, match="view size is not compatible"):
        vmap(lambda x: x.expand(2, 3).T.view(6))(x)
    several = tl.arange(24.0).reshape(3, 2, 4)[:, :, 1:]
    for dims, step in (((0, 0), 1), ((1, 0), 1), ((2, 0), 4)):  # what is left is read from one place to the next
        found = vmap(vmap(lambda x, step=step: x.as_strided((2,), (step,)), dims[1]), dims[0])(several)
        assert found.equal(several.movedim(dims[0], 0)[:, :, :2])
    squares = vmap(grad(lambda x: (x.as_strided((3, 2), (0, 1)) ** 2).sum()))(x)
    assert squares.equal(6 * x * tl.tensor([1.0, 1.0, 0.0]))
    with pytest.raises(RuntimeError, match="can access memory outside of `tensor`"):
        vmap(lambda x: x.as_strided((2,), (3,)))(x)


def test_functions_that_read_values() -> None:
    """They are called for one sample after the other. From PyTorch 2.13; and PyTorch's words for those it refuses."""
    x = tl.arange(8.0).reshape(2, 4)
    mask = tl.tensor([[True, False, True, False], [False, True, True, True]])
    source = tl.tensor([10.0, 20.0, 30.0])
    assert vmap(tl.masked_scatter, (0, 0, None))(x, mask, source).tolist() == [[10, 1, 20, 3], [4, 10, 20, 30]]
    shared = vmap(vmap(tl.masked_scatter, (None, 0, 0)), (0, None, None))(x, mask, tl.stack([source, -source]))
    assert shared[1].tolist() == [[10, 5, 20, 7], [4, -10, -20, -30]]
    weights = tl.tensor([1.0, 2.0, 3.0, 4.0])
    slopes = vmap(grad(lambda s, x, m: (x.masked_scatter(m, s) * weights).sum()), (None, 0, 0))(source, x, mask)
    assert slopes.tolist() == [[1, 3, 0], [2, 3, 4]]
    found = vmap(lambda x: tl.histogram(x, 2, range=(0.0, 6.0)))(x)
    assert found.hist.tolist() == [[3, 1], [0, 3]]
    assert found.bin_edges.tolist() == [[0, 3, 6]] * 2
    assert vmap(lambda x: tl.bincount(x.long() // 4, minlength=2))(x).tolist() == [[4, 0], [0, 4]]
    for f, words in (
        (lambda x: tl.bincount(x.long()), r"stack expects each tensor to be equal size, but got \[4\] at entry 0 and"),
        (lambda x: x.masked_select(x > 2), "over `mask` in torch.masked_select"),
        (tl.unique, "can output dynamic shape. Attempted to vmap over aten::_unique2"),
        (tl.unique_consecutive, "can output dynamic shape. Attempted to vmap over aten::unique_consecutive"),
        (lambda x: tl.nonzero(x, as_tuple=True), "can output dynamic shape. Attempted to vmap over aten::nonzero"),
        (lambda x: x.data, "accessing `data` under vmap transform is not allowed"),
        (lambda x: setattr(tl.zeros(4), "data", x), "mutating directly with `.data` under vmap transform"),
    ):
        with pytest.raises(RuntimeError, match=words):
            vmap(f)(x)
    assert vmap(grad(lambda x: (x * x.data).sum()))(x).equal(x)  # that of a transform inside, as in PyTorch


def test_convolutions_without_samples() -> None:
    """Where each sample has weights of its own, its channels are groups, of which there are none."""
    x, weight = tl.zeros(0, 1, 4, 5), tl.zeros(0, 2, 2, 3)
    assert vmap(lambda x, w: tl.nn.functional.conv1d(x, w, groups=2))(x, weight).shape == (0, 1, 2, 3)
    assert vmap(grad(lambda w, x: tl.nn.functional.conv1d(x, w, groups=2).sum()))(weight, x).shape == (0, 2, 2, 3)
