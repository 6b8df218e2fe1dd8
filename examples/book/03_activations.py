"""What the initial weights do to the activations of five layers, before anything is learned (figures 6-10 to 6-14).

1,000 samples of 100 standard normal numbers go through five layers of 100 units. With weights too large, sigmoid and
tanh saturate at the ends of their range, where their derivatives vanish; with weights too small, all activations
collapse to one value, and 100 units say no more than one would. Xavier's standard deviation √(1/n) keeps the spread
alive in sigmoid and tanh, He's √(2/n) in ReLU. Weights uniform in ±1/√n, PyTorch's own, have √(1/3n), and the spread
falls from layer to layer by a factor of √3 in tanh, and of √6 in ReLU. The sizes are the book's, with --quick too.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shared

import tinygrad_lite as tl
from tinygrad_lite import nn

UNITS, LAYERS, BARS = 100, 5, 30
ACTIVATIONS = {"sigmoid": (nn.Sigmoid, shared.BLUE), "tanh": (nn.Tanh, shared.ORANGE), "ReLU": (nn.ReLU, shared.GREEN)}
WEIGHTS: dict[str, float | str] = {"std 1": 1.0, "std 0.01": 0.01, "uniform": "uniform", "Xavier": "xavier", "He": "he"}


class Layer(NamedTuple):
    """The activations of a layer, (1000, 100), and what they say.

    Their spread as the histogram has it; the spread of one unit from sample to sample, which is what the layer passes
    on about its input; the share that is saturated, and that is 0.
    """

    values: np.ndarray
    std: float
    signal: float
    saturated: float
    zero: float


def activations(kind: type[nn.Module], std: float | str, x: tl.Tensor) -> list[np.ndarray]:
    """What each layer of a new network makes of x."""
    model = shared.mlp(UNITS, [UNITS] * LAYERS, activation=kind, std=std)
    seen = []
    for layer in model:
        if isinstance(layer, kind):
            layer.register_forward_hook(lambda layer, inputs, output: seen.append(output.numpy()))
    with tl.no_grad():
        model(x)
    return seen


def measure(name: str, values: np.ndarray) -> Layer:
    """A layer's figures. Saturated is where the derivative is below a tenth of its largest value."""
    slope = {"sigmoid": 4 * values * (1 - values), "tanh": 1 - values**2, "ReLU": np.ones_like(values)}[name]
    spread, signal = float(values.std()), float(values.std(axis=0).mean())
    return Layer(values, spread, signal, float((slope < 0.1).mean()), float((values == 0).mean()))


def short(value: float) -> str:
    """A number in few characters."""
    return f"{value:,.0f}" if 100 <= abs(value) < 10_000 else f"{value:.2g}".replace("e-0", "e-").replace("e+0", "e")


def ranges(name: str, layers: list[Layer]) -> list[tuple[float, float, bool]]:
    """The range of each layer's histogram, and whether it is the row's: where one bar of that would hold nearly all
    values, so that nothing could be seen, the layer has a narrower range of its own."""
    low = -1.0 if name == "tanh" else 0.0
    high = max(float(np.quantile(layer.values, 0.99)) for layer in layers) if name == "ReLU" else 1.0
    found = []
    for layer in layers:
        fullest = np.histogram(layer.values, BARS, range=(low, high))[0].max() / layer.values.size
        if name == "ReLU" and fullest > 0.75:
            found.append((0.0, float(np.quantile(layer.values, 0.99)), False))
        elif name != "ReLU" and layer.std < (high - low) / BARS:
            middle = float(layer.values.mean())
            found.append((middle - 4 * layer.std, middle + 4 * layer.std, False))
        else:
            found.append((low, high, True))
    return found


def draw(results: dict[tuple[str, str], list[Layer]]) -> Any:
    """A row of histograms for each activation and kind of weights; bars of more than 30% are cut off.

    Black histograms have a narrower range than the others of their row.
    """
    figure, axes = shared.subplots(len(results), LAYERS, height=15.5)
    for row, ((name, weights), layers) in zip(axes, results.items(), strict=True):
        for i, (cell, layer, (low, high, common)) in enumerate(zip(row, layers, ranges(name, layers), strict=True), 1):
            shares = np.full(layer.values.size, 1 / layer.values.size)
            colour = ACTIVATIONS[name][1] if common else shared.BLACK
            cell.hist(layer.values.ravel(), BARS, range=(low, high), weights=shares, color=colour)
            cell.set(ylim=(0, 0.3), yticks=[])
            labels = [short(low), short(high)] if common or name != "sigmoid" else [f"{low:.2f}", f"{high:.2f}"]
            cell.set_xticks([low, high], labels, fontsize="small")
            cell.set_title(f"layer {i}: spread {short(layer.std)}", fontsize="small", pad=2)
            cell.grid(False)
        row[0].set_ylabel(f"{name}\n{weights}")
    return figure


def main(arguments: list[str] | None = None) -> dict[tuple[str, str], list[Layer]]:
    """Collect the activations, report and draw; the layers by activation and weights."""
    options = shared.options(__doc__, "03_activations").parse_args(arguments)
    tl.manual_seed(options.seed)
    x = tl.randn(1000, UNITS)
    results = {
        (name, weights): [measure(name, values) for values in activations(kind, std, x)]
        for name, (kind, _) in ACTIVATIONS.items()
        for weights, std in WEIGHTS.items()
    }
    print("                      spread of layer 1, of layer 5; from sample to sample; saturated, 0 in layer 5")
    for (name, weights), (first, *_, last) in results.items():
        shares = f"{last.saturated:10.0%} {last.zero:8.0%}"
        print(f"{name:8} {weights:9} {first.std:18.3g} {last.std:12.3g} {last.signal:18.3g} {shares}")
    shared.save(draw(results), options, "03_activations")
    return results


if __name__ == "__main__":
    main()
