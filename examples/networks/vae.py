"""A variational autoencoder of handwritten digits with two latent numbers, and the plane of digits that they span.

Source: Kingma & Welling, "Auto-encoding variational Bayes", 2014. The loss is the negative evidence lower bound: the
binary cross entropy of the pixels, and the Kullback-Leibler divergence of the latent distribution from a normal one.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import digit_images
import numpy as np

import tinygrad_lite as torch
from tinygrad_lite.runtime.optional import require

nn, F = torch.nn, torch.nn.functional


class VAE(nn.Module):
    """Images (N, 784) to logits of their pixels, and the mean and log-variance (N, latent) behind them."""

    def __init__(self, hidden=400, latent=2):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(784, hidden), nn.ReLU())
        self.mean, self.logvar = nn.Linear(hidden, latent), nn.Linear(hidden, latent)
        self.decoder = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, 784))

    def forward(self, x):
        h = self.encoder(x)
        mean, logvar = self.mean(h), self.logvar(h)
        z = mean + torch.exp(0.5 * logvar) * torch.randn_like(mean)
        return self.decoder(z), mean, logvar


def losses(logits, x, mean, logvar):
    """The two parts of the loss, in nats an image."""
    reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    divergence = -0.5 * torch.sum(1 + logvar - mean**2 - logvar.exp())
    return reconstruction / len(x), divergence / len(x)


def train(model, images, options):
    """Train for some passes over the images, and print both parts of the loss after a fifth of them each time."""
    optimizer = torch.optim.Adam(model.parameters(), lr=options.lr)
    for epoch in require("tqdm", "examples").tqdm(range(1, options.epochs + 1), disable=None, leave=False):
        sums = [0.0, 0.0]
        for batch in torch.randperm(len(images)).split(options.batch_size):
            x = images[batch]
            logits, mean, logvar = model(x)
            parts = losses(logits, x, mean, logvar)
            optimizer.zero_grad()
            (parts[0] + parts[1]).backward()
            optimizer.step()
            sums = [total + part.item() * len(batch) for total, part in zip(sums, parts, strict=True)]
        if epoch % max(options.epochs // 5, 1) == 0:
            print(f"epoch {epoch}: reconstruction {sums[0] / len(images):.3f}, divergence {sums[1] / len(images):.4f}")


def draw(model, test, path, side=15):
    """The unseen digits in the plane of their latent means, and what the decoder makes of a grid of points of it."""
    require("matplotlib", "examples").use("Agg")
    plt = require("matplotlib.pyplot", "examples")
    grid = np.linspace(-2.2, 2.2, side, dtype=np.float32)
    points = np.stack(np.meshgrid(grid, grid[::-1]), axis=-1).reshape(-1, 2)
    with torch.no_grad():
        mean = model.mean(model.encoder(torch.from_numpy(test.pixels.reshape(-1, 784)))).numpy()
        decoded = torch.sigmoid(model.decoder(torch.from_numpy(points))).numpy()
    plane = decoded.reshape(side, side, 28, 28).transpose(0, 2, 1, 3).reshape(28 * side, 28 * side)

    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5.6), layout="constrained")
    scatter = left.scatter(*mean.T, c=test.labels, cmap="tab10", vmin=-0.5, vmax=9.5, s=9)
    figure.colorbar(scatter, ax=left, ticks=range(10), label="digit")
    left.set(title="Where unseen digits lie", xlabel="first latent number", ylabel="second latent number")
    right.imshow(plane, cmap="gray_r", extent=(-2.35, 2.35, -2.35, 2.35))
    right.set(title="What is written there", xlabel="first latent number", ylabel="second latent number")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)
    plt.close(figure)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    digit_images.add_options(parser)
    parser.add_argument("--epochs", type=int, default=60, help="passes over the training images")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--lr", type=float, default=1e-3, help="learning rate of Adam")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same run")
    parser.add_argument("--quick", action="store_true", help="one pass over 512 images")
    parser.add_argument("--out", type=Path, default=Path("out/vae.png"), help="where to write the picture")
    options = parser.parse_args(arguments)

    training, test = digit_images.load(options)
    images = torch.from_numpy(training.pixels.reshape(-1, 784))
    if options.quick:
        options.epochs, images = 1, images[:512]
    torch.manual_seed(options.seed)
    model = VAE()
    train(model, images, options)
    draw(model, test, options.out)
    print(f"the picture is in {options.out}")


if __name__ == "__main__":
    main()
