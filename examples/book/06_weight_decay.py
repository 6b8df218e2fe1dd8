"""A network with more weights than it has use for learns 300 images by heart; weight decay holds it back (6-20, 6-21).

Six hidden layers of 100 ReLUs, 300 training images, SGD with lr 0.01, 201 epochs of mini-batches of 100. The penalty
½ λ Σ W² with λ = 0.1 is on the weights, not on the biases: two groups of parameters. The gap is how much higher the
accuracy is on the training images than on the test images. The small digits are easily told apart: with them, and with
--quick, the network has three layers, and 30% of the training labels are drawn at random to be learned by heart.
"""

from __future__ import annotations

import shared

import tinygrad_lite as tl


def main(arguments: list[str] | None = None) -> dict[str, shared.History]:
    """Train with and without weight decay, report and draw."""
    parser = shared.options(__doc__, "06_weight_decay")
    parser.add_argument("--epochs", type=int, help="how often to go through the images, if not 201 times")
    options = parser.parse_args(arguments)
    training, test = shared.load(options, train=300)
    hidden, lr, size, decay, epochs = [100] * 6, 0.01, 100, 0.1, options.epochs or 201
    if options.quick or options.data == "digits":
        hidden, lr, size, decay, epochs = [100] * 3, 0.1, 50, 0.03, options.epochs or 100
        tl.manual_seed(options.seed)
        training = shared.mislabel(training, 0.3)

    histories = {}
    for weight_decay in (0.0, decay):
        tl.manual_seed(options.seed)
        model = shared.mlp(training.images.shape[1], hidden)
        optimizer = tl.optim.SGD(tl.optim.decay_groups(model, weight_decay), lr=lr)
        histories[f"λ = {weight_decay:g}"] = shared.fit(model, optimizer, training, test, epochs, size)

    shared.report(histories)
    shared.save(shared.draw_histories(histories), options, "06_weight_decay")
    return histories


if __name__ == "__main__":
    main()
