"""Every derivative that the public surface offers, at both orders, against differences: nothing is left out.

The names are found by introspection. One that is neither drawn from the tables nor listed in `without_derivative` with
the reason why it has no derivative fails.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.core.tensor import wrap

from ..nn.test_activations import FORMS as ACTIVATIONS
from ..nn.test_images import IMAGES
from ..nn.test_layers import COMPOSED, LAYERS
from ..support import loss_samples, public_calls
from ..support.function_checks import check_function, floating
from ..support.public_samples import SAMPLES, Drawn, drawn, fits, forms
from ..support.without_derivative import REASONS, WITHOUT

FEW = settings(max_examples=max(4, settings().max_examples // 4))  # each draws several calls
CASES = {label: name for name in SAMPLES for label in forms(name)}


def check(label: str, seed: int) -> int:
    """Check a form on all lines that it can be called with; how many these are."""
    name = CASES[label]
    call = forms(name)[label]
    lines = 0
    for line in SAMPLES[name]:
        arguments = drawn(line, seed)
        if fits(label, arguments):
            lines += 1

            def f(*tensors: Any, arguments: Any = arguments) -> Any:
                args, kwargs = arguments.filled(list(tensors))
                return call(*args, **kwargs)

            try:
                check_function(f, arguments.leaves, seed)
            except AssertionError as error:
                raise AssertionError(f"{label}({line}): {error}") from None
    return lines


@pytest.mark.parametrize("label", CASES)
@FEW
@given(seed=st.integers(0, 2**32 - 1))
def test_derivatives(label: str, seed: int) -> None:
    assert check(label, seed), f"no sample of {CASES[label]} fits {label}"


# ------------------------------------------------------------------------------------------- in other dtypes


def gradients(call: Callable[..., Any], arguments: Drawn, dtype: Any) -> list[Any]:
    """The gradients of a random combination of the results, for arguments in a dtype, of numbers that float16 has."""
    tl.manual_seed(1)
    leaves = [wrap(np.array(x, np.float16, order="C").astype(dtype)).requires_grad_() for x in arguments.leaves]

    def cast(x: Any) -> Any:
        if isinstance(x, tl.Tensor):
            return x.to(dtype) if x.is_floating_point() and not x.requires_grad else x
        return type(x)(cast(item) for item in x) if type(x) in (list, tuple) else x

    args, kwargs = arguments.filled(leaves)
    with loss_samples.quietly():
        results = floating(call(*cast(args), **{k: cast(v) for k, v in kwargs.items()}))
    rng = np.random.default_rng(1)
    terms = [(t.double() * tl.tensor(rng.standard_normal(tuple(t.shape)))).sum() for t in results if t.requires_grad]
    return [g.numpy() for g in tl.autograd.grad(sum(terms), leaves, materialize_grads=True)]


REFUSED = {np.float32: "^the base given to float_power_ has dtype Float", np.float16: "float16|Half|float or double"}
"""What is said where a dtype is refused: a result that is always of float64, and functions that have no float16."""


def test_derivatives_in_float32_and_float16() -> None:
    """They are those in float64, which differences check, but for rounding: functions take other ways in other dtypes."""
    for label, name in CASES.items():
        call = forms(name)[label]
        for line in SAMPLES[name]:
            arguments = drawn(line, 1)
            if not fits(label, arguments):
                continue
            expected = gradients(call, arguments, np.float64)
            for dtype, tolerance in ((np.float32, 2e-5), (np.float16, 2e-2)):
                try:
                    found = gradients(call, arguments, dtype)
                except RuntimeError as error:
                    if not re.search(REFUSED[dtype], str(error)):
                        raise
                    continue
                for i, (g, wanted) in enumerate(zip(found, expected, strict=True)):
                    scale = 1 + np.max(np.abs(wanted), initial=0)
                    wrong = f"{label}({line}) by its Tensor {i} in {np.dtype(dtype)}: {g}, not {wanted}"
                    assert g.dtype == dtype, wrong
                    assert np.all(np.abs(g - wanted) <= tolerance * scale), wrong


# ------------------------------------------------------------------------------------ in memory of their own


def test_gradients_are_in_memory_of_their_own() -> None:
    """Those of the arguments share none with one another, nor with what was given; a second pass doubles each."""
    for name, lines in SAMPLES.items():
        label, call = next(iter(forms(name).items()))
        for line in lines:
            arguments = drawn(line, 1)
            leaves = [wrap(np.ravel(x)).requires_grad_() for x in arguments.leaves]
            args, kwargs = arguments.filled([t.reshape(x.shape) for t, x in zip(leaves, arguments.leaves, strict=True)])
            with loss_samples.quietly():
                results = [t for t in floating(call(*args, **kwargs)) if t.requires_grad]
            given = [tl.full(tuple(t.shape), 0.5, dtype=t.dtype) for t in results]
            tl.autograd.backward(results, given, retain_graph=True)
            once = [t.grad if t.grad is None else t.grad.numpy().copy() for t in leaves]
            tl.autograd.backward(results, given)
            held = [t.grad.numpy() for t in leaves if t.grad is not None] + [t.numpy() for t in given]
            overlapping = [i for i, x in enumerate(held) for y in held[:i] if np.may_share_memory(x, y)]
            assert not overlapping, f"{label}({line})"
            for t, g in zip(leaves, once, strict=True):
                assert g is None or np.allclose(t.grad.numpy(), 2 * g, rtol=1e-12, equal_nan=True), f"{label}({line})"
            assert all((t == 0.5).all() for t in given), f"{label}({line}) changed the gradient that it was given"


# ------------------------------------------------------------------------------------- what else is a Tensor

JUMPS = {"F.hinge_embedding_loss", "F.cosine_embedding_loss"}
"""Losses that compare a target with 1 and -1, which is where the samples have it."""


def refused(label: str, f: Callable[..., Any], arrays: list[Any], seed: int) -> bool:
    """Check the derivatives by all arguments; whether the function refuses to be differentiated by one of them."""
    try:
        with loss_samples.quietly():
            check_function(f, arrays, seed)
    except (AssertionError, RuntimeError) as error:
        if re.search("is not differentiable with respect to argument|the derivative for .* is not impl", str(error)):
            return True
        raise AssertionError(f"{label}: {error}") from None
    return False


def test_constants_of_the_samples() -> None:
    """A weight, a sign or an average that a sample gives as a constant has its derivative too, or is refused."""
    found = {}
    for name in SAMPLES.keys() - JUMPS:
        call = next(iter(forms(name).values()))
        for line in SAMPLES[name]:
            arguments = drawn(line, 1, constants=True)
            if len(arguments.leaves) > len(drawn(line, 1).leaves):

                def f(*tensors: Any, arguments: Any = arguments, call: Any = call) -> Any:
                    args, kwargs = arguments.filled(list(tensors))
                    return call(*args, **kwargs)

                found[name] = refused(f"{name}({line})", f, arguments.leaves, 1)
    assert {name for name, is_refused in found.items() if is_refused} == {
        "F.batch_norm", "F.cross_entropy", "F.nll_loss", "tl.igamma", "tl.igammac", "special.gammainc", "special.gammaincc",
    }  # fmt: skip
    assert found.keys() >= {"F.soft_margin_loss", "F.margin_ranking_loss"}


def test_weights_of_losses() -> None:
    """Options of losses that are Tensors, and what else they are given."""
    found: dict[str, set[bool]] = {}
    for (_, name), samples in loss_samples.SAMPLES.items():
        for k, sample in enumerate(samples):
            arrays = [np.asarray(x) for x in sample.make(np.random.default_rng(3))]
            weights = {key: x for key, x in sample.options.items() if isinstance(x, np.ndarray)}
            places = [i for i, x in enumerate(arrays) if x.dtype.kind == "f"]
            if f"F.{name}" in JUMPS or not sample.numerical or len(places) + len(weights) == sample.diff:
                continue
            for reduction in ("mean", loss_samples.REDUCTIONS[k % 3]) if all(x.size for x in arrays) else ():

                def f(*tensors: Any, arrays: Any = arrays, places: Any = places, options: Any = sample.options,
                      weights: Any = weights, reduction: str = reduction, name: str = name) -> Any:  # fmt: skip
                    given = dict(zip(places, tensors, strict=False))
                    args = [given.get(i, tl.tensor(x)) for i, x in enumerate(arrays)]
                    options = options | dict(zip(weights, tensors[len(places) :], strict=True))
                    return getattr(nn.functional, name)(*args, **options, reduction=reduction)

                leaves = [*(arrays[i] for i in places), *weights.values()]
                found.setdefault(name, set()).add(refused(f"{name}, {reduction}, {sample.options}", f, leaves, 3))
    assert {name for name, ways in found.items() if True in ways} == {"cross_entropy", "multi_margin_loss", "nll_loss"}
    weighted = {"mse_loss", "l1_loss", "huber_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits"}
    assert {name for name, ways in found.items() if False in ways} >= weighted | {"cross_entropy"}  # of probabilities


# ------------------------------------------------------------------------------------------------- modules


@pytest.mark.parametrize("name", sorted(module for module, _ in loss_samples.SAMPLES))
@given(data=st.data(), seed=st.integers(0, 99))
def test_modules_of_losses(name: str, data: st.DataObject, seed: int) -> None:
    """The modules; `test_losses` has the functions. A hundred seeds, some of which have a kink within the first step."""
    samples = next(samples for (module, _), samples in loss_samples.SAMPLES.items() if module == name)
    drawable = [s for s in samples if s.numerical and not s.only_function]
    sample = data.draw(st.sampled_from(drawable))
    reduction = data.draw(st.sampled_from(loss_samples.reductions(name)))
    options = {k: tl.tensor(v) if isinstance(v, np.ndarray) else v for k, v in sample.options.items()}
    if reduction is not None:
        options["reduction"] = reduction
    arrays = sample.make(np.random.default_rng(seed))
    loss = getattr(nn, name)(**options)
    rest = [tl.tensor(x) for x in arrays[sample.diff :]]
    if all(x.size for x in arrays):
        with loss_samples.quietly():
            check_function(lambda *xs: loss(*xs, *rest), list(arrays[: sample.diff]), seed)


PARAMETRIZED: dict[str, Callable[[], nn.Module]] = {
    "utils.weight_norm": lambda: old_weight_norm(nn.Linear(3, 2), dim=1),
    "utils.spectral_norm": lambda: old_spectral_norm(nn.Linear(3, 2)),
    "parametrizations.spectral_norm": lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(3, 2)).eval(),
    "parametrizations.weight_norm": lambda: nn.utils.parametrizations.weight_norm(nn.Linear(3, 2)),
    "parametrizations.orthogonal": lambda: nn.utils.parametrizations.orthogonal(
        nn.Linear(3, 2), "weight", "matrix_exp"
    ),
    "parametrizations.orthogonal by Cayley": lambda: nn.utils.parametrizations.orthogonal(
        nn.Linear(3, 2), "weight", "cayley"
    ),
    "parametrizations.weight_norm of all": lambda: nn.utils.parametrizations.weight_norm(nn.Linear(3, 2), dim=None),
}


def old_weight_norm(*args: Any, **kwargs: Any) -> nn.Module:
    with pytest.warns(FutureWarning):
        return nn.utils.weight_norm(*args, **kwargs)


def old_spectral_norm(layer: nn.Module) -> nn.Module:
    """A layer whose singular vectors have been found: random ones give a weight of any size."""
    nn.utils.spectral_norm(layer, n_power_iterations=30)(tl.ones(1, 3))
    return layer.eval()


@pytest.mark.parametrize("name", PARAMETRIZED)
@FEW
@given(seed=st.integers(0, 2**32 - 1))
def test_parametrizations(name: str, seed: int) -> None:
    tl.manual_seed(seed)
    layer = PARAMETRIZED[name]().double()
    owners = [(m, key) for m in layer.modules() for key in m._parameters]
    arrays = [
        np.random.default_rng(seed).standard_normal((2, 3)),
        *(m._parameters[key].detach().numpy() for m, key in owners),
    ]

    class Call:
        """The layer as a function of its parameters, with a part that is computed from them and cannot be copied."""

        def __deepcopy__(self, memo: Any) -> Any:
            return self

        def __call__(self, x: Any, *parameters: Any) -> Any:
            for (m, key), p in zip(owners, parameters, strict=True):
                m._parameters[key] = p
            return layer(x)

    check_function(Call(), arrays, seed)


@given(seed=st.integers(0, 2**32 - 1))
def test_parameters_to_vector(seed: int) -> None:
    arrays = [np.random.default_rng(seed).standard_normal(shape) for shape in ((2, 3), (), (4,))]
    check_function(lambda *xs: nn.utils.parameters_to_vector(xs), arrays, seed)


# ------------------------------------------------------------------------------------- nothing is left out

SPACES = {"": tl, "F.": nn.functional, "linalg.": tl.linalg, "special.": tl.special, "utils.": nn.utils, "parametrizations.": nn.utils.parametrizations}  # fmt: skip


def public_names() -> set[str]:
    """Every public function, method, property and module."""
    found = {
        prefix + name
        for prefix, space in SPACES.items()
        for name in space.__all__
        if callable(getattr(space, name)) and not inspect.isclass(getattr(space, name))
    }
    methods = [name for name in dir(tl.Tensor) if not (name.startswith("_") and not name.endswith("__"))]
    found |= {f"Tensor.{name}" for name in methods if name not in dir(object)}
    return found | {f"nn.{name}" for name in nn.__all__ if inspect.isclass(getattr(nn, name))}


DRAWN = (
    set(CASES)
    | {name.partition(" ")[0] for name in PARAMETRIZED}
    | {"utils.parameters_to_vector"}
    | {
        f"nn.{name}"
        for name in (*LAYERS, *COMPOSED, *IMAGES, *ACTIVATIONS, *(module for module, _ in loss_samples.SAMPLES))
    }
)


# The package has some functions of nn.functional too.
DRAWN |= {f[2:] for f in DRAWN if f.startswith("F.") and getattr(tl, f[2:], None) is getattr(nn.functional, f[2:], "")}


def is_listed(name: str) -> bool:
    """Whether a name is in the list of those without derivative, itself or as the function that it is a form of."""
    plain = name.removeprefix("Tensor.")
    return name in WITHOUT or plain in WITHOUT or (plain.endswith("_") and plain[:-1] in WITHOUT)


def test_nothing_is_left_out() -> None:
    assert all(map(forms, SAMPLES)), "a name in the table stands for nothing"
    public = public_names()
    missing = sorted(name for name in public - DRAWN if not is_listed(name))
    assert not missing, f"neither drawn nor listed with the reason why there is no derivative: {missing}"
    both = sorted(name for name in public & DRAWN if is_listed(name))
    assert not both, f"drawn, and listed as without derivative: {both}"
    stale = sorted(name for name in WITHOUT if name not in public and f"Tensor.{name}" not in public)
    assert not stale, f"listed, but not public: {stale}"


CONSTANT = [name for reason, names in REASONS.items() if reason.startswith("its results are") for name in names.split()]


@pytest.mark.parametrize("name", sorted(set(CONSTANT) & set(public_calls.FUNCTIONS)))
def test_what_is_listed_has_no_derivative(name: str) -> None:
    """A function that is listed as without derivative must not begin to have one unnoticed."""

    def with_gradient(x: Any) -> Any:
        return x.requires_grad_() if isinstance(x, tl.Tensor) and x.is_floating_point() else x

    args = [with_gradient(x) for x in public_calls.arguments(name)]
    result = public_calls.FUNCTIONS[name](*args)
    assert not any(t.requires_grad for t in floating(result))


WRITES = [
    name
    for reason, names in REASONS.items()
    if reason.startswith("its result")
    for each in names.split()
    for name in [each.removeprefix("Tensor.").rstrip("_") + "_"]
    if hasattr(tl.Tensor, name) and not each.startswith("Tensor.__")
]
"""The methods that write what has no derivative."""


def test_what_is_written_without_derivative_ends_the_history() -> None:
    """No gradient goes to what a Tensor was before; one does to what was not written, next to a view that was."""
    checked = set()
    for name in WRITES:
        plain = name[:-1]
        args = public_calls.arguments(plain)[1:] if plain in public_calls.FUNCTIONS else ()
        for place in (..., 0):
            x = tl.full((2, 3), 0.5, dtype=tl.float64, requires_grad=True)
            y = x * 1
            try:
                getattr(y[place], name)(*[a[place] if isinstance(a, tl.Tensor) and a.ndim > 1 else a for a in args])
            except (RuntimeError, NotImplementedError, TypeError):
                continue  # of whole numbers only, or of other shapes
            (g,) = tl.autograd.grad((y * 3).sum(), x, materialize_grads=True)
            assert g.tolist() == ([[0.0] * 3] * 2 if place is ... else [[0.0] * 3, [3.0] * 3]), (name, place)
            checked.add(name)
    assert checked >= {"uniform_", "normal_", "bernoulli_", "exponential_", "random_", "eq_", "gt_", "logical_not_"}


# --------------------------------------------------------------------------------- that these tests can fail


def detached(space: Any, name: str) -> Any:
    """A function of which the result is taken for a constant."""
    original = getattr(space, name)

    def constant(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        return result.detach() if isinstance(result, tl.Tensor) else tuple(t.detach() for t in result)

    return constant


PLANTED = {
    "the norm in normalize": (tl.Tensor, "norm", "F.normalize"),
    "the lengths in cosine_similarity": ("nn.functional.distance", "norm", "F.cosine_similarity"),
    "the deviations in corrcoef": ("functions.statistics", "outer", "corrcoef"),
    "the root in rms_norm": ("nn.functional.normalization", "rsqrt", "F.rms_norm"),
    "the target in kl_div": ("nn.functional.likelihood", "exp", "F.kl_div"),
    "the mean in std_mean": ("functions.reduction", "mean", "std_mean"),
    "the distances in a triplet's loss": ("nn.functional.distance", "pairwise_distance", "F.triplet_margin_loss"),
}


@pytest.mark.parametrize("what", PLANTED)
def test_a_detached_part_is_caught(what: str) -> None:
    home, name, label = PLANTED[what]
    home = importlib.import_module(f"tinygrad_lite.{home}") if isinstance(home, str) else home
    with (
        mock.patch.object(home, name, detached(home, name)),
        pytest.raises(AssertionError, match=f"{label}.*derivative"),
    ):
        check(label, 0)
