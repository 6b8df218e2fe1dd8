"""Backward against numerical derivatives, for a network with batch normalization (section 6.3).

`gradcheck` compares every gradient of a network, here one of two hidden layers of 100 with batch normalization, on ten
images. (A single one would test nothing: batch normalization makes zeros of it, whatever the weights.) Then a bug is
planted, a batch normalization that takes mean and variance for constants in backward: its results are right, but the
gradients of all that is below it are wrong, and the report names them.

The picture shows why the step of a numerical derivative matters. If it is too large, the difference quotient is not
yet the slope (truncation); if it is too small, rounding is all that is left of the difference.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shared

import tinygrad_lite as tl
from tinygrad_lite import nn

STEPS = 10.0 ** np.arange(-1, -13, -0.5)


class ForgetfulNorm(nn.BatchNorm1d):
    """Batch normalization with a planted bug: mean and variance depend on the input, but backward does not know."""

    def forward(self, input: tl.Tensor) -> tl.Tensor:
        mean, var = input.mean(0).detach(), input.var(0, unbiased=False).detach()
        return (input - mean) / (var + self.eps).sqrt() * self.weight + self.bias


class Checks(NamedTuple):
    """The reports on the sound network and on the one with the bug; how wrong difference quotients are, by kind."""

    sound: Any
    planted: Any
    errors: dict[str, np.ndarray]


def quotient_errors(model: nn.Module, images: tl.Tensor, labels: tl.Tensor, central: bool) -> np.ndarray:
    """The relative error of difference quotients of the loss, for each of STEPS: the median of 25 random directions."""
    parameters, criterion = list(model.parameters()), nn.CrossEntropyLoss()
    start = nn.utils.parameters_to_vector(parameters).detach()
    gradient = nn.utils.parameters_to_vector(tl.autograd.grad(criterion(model(images), labels), parameters))

    @tl.no_grad()
    def loss(values: tl.Tensor) -> float:
        nn.utils.vector_to_parameters(values, parameters)
        return criterion(model(images), labels).item()

    found = []
    for direction in tl.randn(25, len(start), dtype=start.dtype):
        right = np.array([loss(start + h * direction) for h in STEPS])
        left = np.array([loss(start - h * direction) if central else loss(start) for h in STEPS])
        quotients = (right - left) / (STEPS * (1 + central))
        found.append(np.abs(quotients / (gradient @ direction).item() - 1))
    return np.asarray(np.median(found, axis=0))


def relative_error(entry: Any) -> float:
    """How far backward is from the numerical derivative: |a - n| / (|a| + |n|), 1 at worst; nan if both are 0."""
    if entry.verdict == "vacuous":
        return float("nan")
    analytic, numeric = entry.analytic.ravel()[entry.places], entry.numeric
    return float(np.linalg.norm(analytic - numeric) / (np.linalg.norm(analytic) + np.linalg.norm(numeric)))


def draw(checks: Checks) -> Any:
    """The errors of difference quotients against the step, and those of the two networks, tensor by tensor."""
    figure, (left, right) = shared.subplots(1, 2, height=4.6)
    colours = (shared.ORANGE, shared.BLUE, shared.GREEN)
    for (name, errors), colour, marker in zip(checks.errors.items(), colours, "osv", strict=True):
        left.loglog(STEPS, errors, color=colour, marker=marker, markersize=4, label=name)
    left.set(xlabel="step h", ylabel="relative error", title="Too large a step truncates, too small a step rounds")
    left.legend(frameon=False)

    names = ["input", *sorted(set(checks.sound.entries) - {"input"})]
    for report, label, colour, marker in [
        (checks.sound, "sound", shared.BLUE, "o"),
        (checks.planted, "with the planted bug", shared.RED, "X"),
    ]:
        values = [relative_error(report.entries[name]) for name in names]
        right.semilogx(values, names, color=colour, marker=marker, linestyle="none", label=label)
    for name in names:
        if checks.sound.entries[name].verdict == "vacuous":
            right.text(1e-16, name, "sound: 0 on both sides", color=shared.BLUE, verticalalignment="center")
    right.set(xlabel="relative error of backward", title="A bug in layer 4 shows in all that is below it")
    right.invert_yaxis()
    right.legend(frameon=False, loc="center", bbox_to_anchor=(0.64, 0.25))
    return figure


def main(arguments: list[str] | None = None) -> Checks:
    """Check both networks, report and draw."""
    options = shared.options(__doc__, "09_gradient_check").parse_args(arguments)
    batch, _ = shared.load(options, train=10)
    hidden = [10] * 2 if options.quick else [100] * 2

    def build() -> nn.Sequential:
        tl.manual_seed(options.seed)
        return shared.mlp(batch.images.shape[1], hidden, batch_norm=True)

    print("every derivative by every number is checked; at the book's size that takes a minute or two", flush=True)
    sound = tl.autograd.gradcheck(build(), batch.images)
    print(sound, flush=True)
    model = build()
    model[4] = ForgetfulNorm(hidden[-1])
    planted = tl.autograd.gradcheck(model, batch.images, raise_exception=False)
    print(f"\nwith the planted bug in layer 4:\n{planted}\n")

    images = batch.images.double()
    errors = {
        "one-sided": quotient_errors(build().double(), images, batch.labels, central=False),
        "central": quotient_errors(build().double(), images, batch.labels, central=True),
        "central, float32": quotient_errors(build(), batch.images, batch.labels, central=True),
    }
    for name, values in errors.items():
        best = values.argmin()
        print(f"{name:16} difference quotients: least error {values[best]:.0e}, at h = {STEPS[best]:.0e}")
    checks = Checks(sound, planted, errors)
    shared.save(draw(checks), options, "09_gradient_check")
    return checks


if __name__ == "__main__":
    main()
