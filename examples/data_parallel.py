"""Train the book's network in several processes, each on its part of every batch.

    python examples/data_parallel.py                  one process
    mpiexec -n 2 python examples/data_parallel.py     two, with the same losses
    mpiexec -hostfile hosts -n 8 python examples/data_parallel.py     on the machines that `hosts` lists

The network is that of chapter 6 of *Deep Learning from Scratch*, with four hidden layers of 100 units. It learns from
MNIST where `data/mnist` (or the folder of `--root`) has it, else from the 1,797 small digits of scikit-learn, or from
made-up ones. With `--checkpoint FILE` rank 0 saves after each epoch, and a run that finds the file goes on from there,
in any number of processes. `pip install -e ".[mpi]"` installs what it needs; `".[examples,mpi]"` the digits too.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import tinygrad_lite as tl
import tinygrad_lite.distributed as dist
from tinygrad_lite import nn
from tinygrad_lite.nn.parallel import DistributedDataParallel
from tinygrad_lite.utils.data import DataLoader, DistributedSampler, TensorDataset


def load(root: Path, count: int | None) -> TensorDataset:
    """MNIST's training or test images, or the small digits, or made-up ones: rows of pixels, and labels."""
    for train in (True, False):
        try:
            images, labels = tl.datasets.MNIST(root, train=train, flat=True).tensors
            break
        except FileNotFoundError:
            continue
    else:
        try:
            images, labels = tl.datasets.digits().tensors
        except ImportError:  # scikit-learn is not installed
            labels = tl.randint(0, 10, (2000,))
            images = tl.rand(10, 64)[labels] + 0.3 * tl.randn(2000, 64)
    return TensorDataset(images[:count], labels[:count])


def network(inputs: int) -> nn.Module:
    """The book's network, with He's initial weights."""
    layers: list[nn.Module] = []
    for before, after in ((inputs, 100), (100, 100), (100, 100), (100, 100)):
        layers += [nn.Linear(before, after, init="he"), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(100, 10, init="he"))


def train(options: argparse.Namespace) -> None:
    """Train for some epochs; rank 0 tells how it goes."""
    rank, size = dist.get_rank(), dist.get_world_size()
    if options.batch_size % size:
        raise SystemExit(f"--batch-size {options.batch_size} cannot be shared out among {size} processes")
    tl.manual_seed(options.seed)
    data = load(options.root, options.images)
    model = DistributedDataParallel(network(data.tensors[0].shape[1]))
    criterion = nn.CrossEntropyLoss()
    optimizer = tl.optim.SGD(model.parameters(), lr=options.lr)
    begun = 0
    if options.checkpoint and options.checkpoint.exists():
        state = tl.load(options.checkpoint)
        model.module.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        begun = state["epoch"]

    sampler = DistributedSampler(data, seed=options.seed, drop_last=True)
    loader = DataLoader(data, options.batch_size // size, sampler=sampler, drop_last=True)
    for epoch in range(begun, options.epochs):
        sampler.set_epoch(epoch)  # another order of the images, the same in all processes
        start, losses = time.perf_counter(), []
        for images, labels in loader:
            loss = criterion(model(images), labels)
            optimizer.zero_grad()
            loss.backward()  # the gradients are now the means over all processes
            optimizer.step()
            mean = loss.detach().clone()
            dist.all_reduce(mean, dist.ReduceOp.AVG)  # the loss of the whole batch
            losses.append(mean.item())
        if rank == 0:
            seconds = time.perf_counter() - start
            average = sum(losses) / len(losses)
            print(f"epoch {epoch + 1}: loss {average:.6f}, {seconds:.2f} s, world size {size}", flush=True)
            if options.losses:
                with options.losses.open("a") as file:
                    file.writelines(f"{loss!r}\n" for loss in losses)
            if options.checkpoint:
                state = {"model": model.module.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch + 1}
                tl.save(state, options.checkpoint)


def main(arguments: list[str] | None = None) -> None:
    """Read the options, connect the processes, and train."""
    parser = argparse.ArgumentParser("data_parallel.py", formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=100, help="of all processes together")
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--images", type=int, help="how many images to use, if not all")
    parser.add_argument("--root", type=Path, default=Path("data/mnist"), help="where the files of MNIST are")
    parser.add_argument("--losses", type=Path, help="a file to which the loss of every step is added")
    parser.add_argument("--checkpoint", type=Path, help="a file to save to after each epoch, and to go on from")
    options = parser.parse_args(arguments)
    dist.init_process_group("mpi")
    train(options)
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
