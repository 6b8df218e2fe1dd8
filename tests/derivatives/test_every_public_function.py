"""Every derivative that the public surface offers, at both orders, against differences: nothing is left out.

The names are found by introspection. One that is neither drawn from the tables nor listed in `without_derivative` with
the reason why it has no derivative fails.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_lite as tl
from tinygrad_lite import nn

from ..nn.test_activations import FORMS as ACTIVATIONS
from ..nn.test_images import IMAGES
from ..nn.test_layers import COMPOSED, LAYERS
from ..support import loss_samples, public_calls
from ..support.layer_checks import check_derivatives
from ..support.projected_derivatives import check_along_directions, floating
from ..support.public_samples import SAMPLES, drawn, fits, forms
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
                check_along_directions(f, arguments.leaves, seed)
            except AssertionError as error:
                raise AssertionError(f"{label}({line}): {error}") from None
    return lines


@pytest.mark.parametrize("label", CASES)
@FEW
@given(seed=st.integers(0, 2**32 - 1))
def test_derivatives(label: str, seed: int) -> None:
    assert check(label, seed), f"no sample of {CASES[label]} fits {label}"


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
            check_along_directions(lambda *xs: loss(*xs, *rest), list(arrays[: sample.diff]), seed, tolerance=1e-5)


PARAMETRIZED: dict[str, Callable[[], nn.Module]] = {
    "utils.weight_norm": lambda: old_weight_norm(nn.Linear(3, 2), dim=1),
    "utils.spectral_norm": lambda: old_spectral_norm(nn.Linear(3, 2)),
    "parametrizations.spectral_norm": lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(3, 2)).eval(),
    "parametrizations.weight_norm": lambda: nn.utils.parametrizations.weight_norm(nn.Linear(3, 2)),
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
    check_derivatives(PARAMETRIZED[name](), (np.random.default_rng(seed).standard_normal((2, 3)),), seed % 1000)


@given(seed=st.integers(0, 2**32 - 1))
def test_parameters_to_vector(seed: int) -> None:
    arrays = [np.random.default_rng(seed).standard_normal(shape) for shape in ((2, 3), (), (4,))]
    check_along_directions(lambda *xs: nn.utils.parameters_to_vector(xs), arrays, seed)


# ------------------------------------------------------------------------------------- nothing is left out

SPACES = {"": tl, "F.": nn.functional, "linalg.": tl.linalg, "utils.": nn.utils, "parametrizations.": nn.utils.parametrizations}  # fmt: skip


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
