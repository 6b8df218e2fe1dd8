"""The L1 penalty λ Σ |W| makes weights small, but only a proximal step makes them 0 (section 6.4.2 has the penalties).

The derivative of |w| is the sign of w, and so a step of SGD with `l1_decay` moves each weight towards 0 by lr λ. A
weight that should be 0 is never there: it jumps over 0 and back, by up to lr λ. The proximal step minimizes the penalty
and the distance moved together, which has a closed form: after a step for the loss alone, each weight moves towards 0
by lr λ, and stops there if it gets that far. A single layer learns to read digits by SGD, with mini-batches of 100,
without a penalty, with L2, with L1 by the subgradient, and with L1 by the proximal step.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shared

import tinygrad_lite as tl

LR, L1, L2 = 0.1, 1e-3, 1e-2
COLOURS = {"none": shared.GREY, "L2": shared.GREEN, "L1, subgradient": shared.ORANGE, "L1, proximal": shared.BLUE}


class Run(NamedTuple):
    """The weights in the end; the share of them that is 0, and that is no further from 0 than lr λ; test accuracy."""

    weight: np.ndarray
    zero: float
    small: float
    accuracy: float


@tl.no_grad()
def shrink(weight: tl.Tensor, amount: float) -> None:
    """The proximal step of amount · Σ |W|: soft thresholding."""
    weight.copy_(weight.sign() * (weight.abs() - amount).relu())


def run(kind: str, training: shared.Split, test: shared.Split, epochs: int, seed: int) -> Run:
    """Train with one penalty."""
    tl.manual_seed(seed)
    model = shared.mlp(training.images.shape[1], [], std="xavier")
    weight = model[0].weight
    penalty = {"L2": {"weight_decay": L2}, "L1, subgradient": {"weight_decay": 0.0, "l1_decay": L1}}
    optimizer = tl.optim.SGD(tl.optim.decay_groups(model, **penalty.get(kind, {"weight_decay": 0.0})), lr=LR)
    for _ in shared.progress(range(epochs), kind):
        for batch in shared.batches(training, 100):
            shared.train(model, optimizer, [batch])
            if kind == "L1, proximal":
                shrink(weight, LR * L1)
    values = weight.detach().numpy()
    small = float((np.abs(values) <= LR * L1).mean())
    return Run(values, float((values == 0).mean()), small, shared.accuracy(model, test))


def draw(runs: dict[str, Run]) -> Any:
    """How large the weights are, in order of their size; and the weights of the digit 3, as an image."""
    figure, (left, *images) = shared.subplots(1, 4, height=3.6, width_ratios=[2.2, 1, 1, 1])
    for kind, found in runs.items():
        sizes = np.sort(np.abs(found.weight).ravel())
        style = "--" if kind == "none" else "-"
        left.semilogy(np.linspace(0, 1, sizes.size), np.maximum(sizes, 1e-8), style, color=COLOURS[kind], label=kind)
    left.axhline(LR * L1, color="black", linestyle=":", linewidth=1)
    left.set(xlabel="share of the weights", ylabel="|w| (0 drawn at 1e-8)", ylim=(5e-9, 30), title="dotted: lr λ")
    left.legend(frameon=False, fontsize="small", loc="lower right")
    for axes, kind in zip(images, [*runs][1:], strict=True):
        side = int(runs[kind].weight.shape[1] ** 0.5)
        tile = runs[kind].weight[3].reshape(side, side)
        limit = np.abs(tile).max()
        axes.imshow(tile, cmap="PuOr", vmin=-limit, vmax=limit)
        axes.set_title(f"{kind}:\n{runs[kind].zero:.0%} are 0", fontsize="small")
        axes.axis("off")
    return figure


def main(arguments: list[str] | None = None) -> dict[str, Run]:
    """Train with each penalty, report and draw."""
    options = shared.options(__doc__, "13_sparse_weights").parse_args(arguments)
    training, test = shared.load(options)
    epochs = 30 if options.quick else 50
    runs = {kind: run(kind, training, test, epochs, options.seed) for kind in COLOURS}
    print("penalty           weights that are 0   at most lr λ   test accuracy")
    for kind, found in runs.items():
        print(f"{kind:15} {found.zero:20.1%} {found.small:14.1%} {found.accuracy:15.2%}")
    shared.save(draw(runs), options, "13_sparse_weights")
    return runs


if __name__ == "__main__":
    main()
