"""Dropout against overfitting, as PyTorch scales it and as the book does (figure 6-23).

The network and the 300 images of figure 6-21, 301 epochs, with a fifth of the units dropped at random at every step.
What PyTorch and this library call dropout is "inverted": the units that stay are divided by 1 - p in training. The
book leaves them as they are, and multiplies all of them by 1 - p at test time. The expectation is the same, but six
layers at 0.8 of their strength pass on 0.8⁶ = 0.26 of the signal: in the book's form the network learns more slowly.
With --quick, and on the small digits, the network has three layers, and 30% of the training labels are drawn at random
so that there is something to learn by heart.
"""

from __future__ import annotations

from collections.abc import Callable

import shared

import tinygrad_lite as tl
from tinygrad_lite import nn


def main(arguments: list[str] | None = None) -> dict[str, shared.History]:
    """Train without dropout and with both kinds, report and draw."""
    parser = shared.options(__doc__, "07_dropout")
    parser.add_argument("--epochs", type=int, help="how often to go through the images, if not 301 times")
    options = parser.parse_args(arguments)
    training, test = shared.load(options, train=300)
    hidden, lr, size, epochs, p = [100] * 6, 0.01, 100, options.epochs or 301, 0.2
    if options.quick or options.data == "digits":
        hidden, lr, size, epochs = [100] * 3, 0.1, 50, options.epochs or 100
        tl.manual_seed(options.seed)
        training = shared.mislabel(training, 0.3)

    kinds: dict[str, Callable[[], nn.Module]] = {
        "no dropout": nn.ReLU,
        f"dropout {p}": lambda: nn.Sequential(nn.ReLU(), nn.Dropout(p)),
        "the book's form": lambda: nn.Sequential(nn.ReLU(), nn.book.Dropout(p)),
    }
    histories = {}
    for name, activation in kinds.items():
        tl.manual_seed(options.seed)
        model = shared.mlp(training.images.shape[1], hidden, activation=activation)
        optimizer = tl.optim.SGD(model.parameters(), lr=lr)
        histories[name] = shared.fit(model, optimizer, training, test, epochs, size)

    shared.report(histories)
    shared.save(shared.draw_histories(histories), options, "07_dropout")
    return histories


if __name__ == "__main__":
    main()
