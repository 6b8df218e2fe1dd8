"""LeNet-5 on real handwritten digits: what its filters became, what they see of a digit, and which digits it mistakes.

Source: LeCun et al., "Gradient-based learning applied to document recognition", 1998; with ReLU and max pooling.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import digit_images

import tinygrad_lite as torch
from tinygrad_lite.runtime.optional import require

nn, F = torch.nn, torch.nn.functional


class LeNet(nn.Module):
    """Two convolutions that are pooled, and three linear layers: images (N, 1, 28, 28) to logits (N, 10)."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)  # (N, 6, 14, 14)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)  # (N, 16, 5, 5)
        x = F.relu(self.fc1(x.flatten(1)))
        return self.fc3(F.relu(self.fc2(x)))


def guesses_of(model, images):
    """The digit that each image is taken for."""
    model.eval()
    with torch.no_grad():
        found = torch.cat([model(part).argmax(1) for part in images.split(500)])
    model.train()
    return found


def train(model, images, labels, options):
    """Train for some passes over the images; the mean loss of each pass is printed with its accuracy."""
    optimizer = torch.optim.SGD(model.parameters(), lr=options.lr, momentum=0.9)
    tqdm = require("tqdm", "examples").tqdm
    for epoch in range(options.epochs):
        total = 0.0
        batches = torch.randperm(len(images)).split(options.batch_size)
        for batch in tqdm(batches, desc=f"epoch {epoch + 1}", disable=None, leave=False):
            loss = F.cross_entropy(model(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        accuracy = (guesses_of(model, images) == labels).float().mean().item()
        print(f"epoch {epoch + 1}: loss {total / len(images):.4f}, training accuracy {accuracy:.4f}")


def draw(model, images, labels, path):
    """The six filters, what each makes of one digit, and twelve digits that are taken for others."""
    require("matplotlib", "examples").use("Agg")
    plt = require("matplotlib.pyplot", "examples")
    guesses = guesses_of(model, images)
    wrong = (guesses != labels).nonzero().flatten().tolist()
    with torch.no_grad():
        maps = F.relu(model.conv1(images[:1]))[0]
    filters = model.conv1.weight.detach()[:, 0]
    bound = filters.abs().max().item()

    figure, cells = plt.subplots(4, 6, figsize=(9.6, 6.6), layout="constrained")
    for cell in cells.flat:
        cell.axis("off")
    for i in range(6):
        cells[0, i].imshow(filters[i].numpy(), cmap="RdBu_r", vmin=-bound, vmax=bound)
        cells[0, i].set_title(f"filter {i + 1}")
        cells[1, i].imshow(maps[i].numpy(), cmap="gray_r")
        cells[1, i].set_title("sees")
    for cell, i in zip(cells[2:].flat, wrong, strict=False):
        cell.imshow(images[i, 0].numpy(), cmap="gray_r")
        cell.set_title(f"{labels[i].item()} → {guesses[i].item()}")
    figure.suptitle(f"LeNet-5: {len(wrong)} of {len(labels)} unseen digits are taken for others")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)
    plt.close(figure)
    return 1 - len(wrong) / len(labels)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    digit_images.add_options(parser)
    parser.add_argument("--epochs", type=int, default=10, help="passes over the training images")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=0.02, help="learning rate of SGD with momentum 0.9")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same run")
    parser.add_argument("--quick", action="store_true", help="one pass over 256 images")
    parser.add_argument("--out", type=Path, default=Path("out/lenet.png"), help="where to write the picture")
    options = parser.parse_args(arguments)

    training, test = digit_images.load(options)
    if options.quick:
        options.epochs, training = 1, digit_images.Images(training.pixels[:256], training.labels[:256])
    torch.manual_seed(options.seed)
    model = LeNet()
    train(model, torch.from_numpy(training.pixels), torch.from_numpy(training.labels), options)
    accuracy = draw(model, torch.from_numpy(test.pixels), torch.from_numpy(test.labels), options.out)
    print(f"test accuracy {accuracy:.4f}; the picture is in {options.out}")
    return accuracy


if __name__ == "__main__":
    main()
