"""A whole training, as a user writes it, without an annotation that is there for the checkers' sake."""

import os
import tempfile
from typing import assert_type

import tinygrad_lite as tl
from tinygrad_lite import Tensor, nn, optim
from tinygrad_lite.optim import lr_scheduler
from tinygrad_lite.utils.data import DataLoader, Dataset, TensorDataset, random_split

tl.manual_seed(0)
inputs = tl.randn(32, 3)
targets = (inputs.sum(1) > 0).long()

dataset = TensorDataset(inputs, targets)
train, validation = random_split(dataset, [24, 8])
assert_type(len(dataset), int)

model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2))
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=0.01)
scheduler = lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)

losses: list[float] = []
for epoch in range(2):
    model.train()
    for x, y in DataLoader(train, batch_size=8, shuffle=True):
        assert_type(x, Tensor)
        assert_type(y, Tensor)
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        assert_type(loss, Tensor)
        loss.backward()
        assert_type(optimizer.step(), None)
        losses.append(loss.item())
    assert_type(scheduler.step(), None)
    print(f"lr {scheduler.get_last_lr()[0]:.3f}")

    model.eval()
    correct = 0.0
    with tl.no_grad():
        for x, y in DataLoader(validation, batch_size=8):
            correct += (model(x).argmax(1) == y).sum().item()
    print(f"epoch {epoch}: {correct / len(validation):.2f}")

assert_type(optimizer.zero_grad(), None)
optimizer.param_groups[0]["lr"] = 0.1
optimizer.load_state_dict(optimizer.state_dict())
criterion(model(inputs), targets).backward()
for other in (
    optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True),
    optim.AdamW(model.parameters(), betas=(0.9, 0.99)),
    optim.RMSprop([{"params": model.parameters(), "lr": 0.1}]),
):
    other.step()


def closure() -> Tensor:
    optimizer.zero_grad()
    loss = criterion(model(inputs), targets)
    loss.backward()
    return loss


optim.SGD(model.parameters(), lr=0.1).step(closure)

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "model.npz")
    tl.save(model.state_dict(), path)
    model.load_state_dict(tl.load(path))


class Squares(Dataset[tuple[Tensor, Tensor]]):
    def __len__(self) -> int:
        return 10

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return tl.tensor(float(index)), tl.tensor(float(index**2))


for number, square in DataLoader(Squares(), batch_size=5):
    assert_type(number, Tensor)
    assert_type(square, Tensor)
