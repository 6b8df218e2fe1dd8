"""A training loop with everything: loader, scheduler, clipping, a checkpoint, and going on from it."""

import os
import tempfile

import tinygrad_lite as torch

nn = torch.nn

torch.manual_seed(7)
inputs = torch.randn(256, 8)
targets = (inputs[:, :4].sum(dim=1, keepdim=True) - inputs[:, 4:].pow(2).mean(dim=1, keepdim=True)).tanh()
dataset = torch.utils.data.TensorDataset(inputs, targets)
loader = torch.utils.data.DataLoader(dataset, batch_size=32, shuffle=True)


def make():
    model = nn.Sequential(nn.Linear(8, 32), nn.LayerNorm(32), nn.GELU(), nn.Linear(32, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-2)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)
    return model, optimizer, scheduler


def train(model, optimizer, scheduler, epochs):
    model.train()
    for epoch in epochs:
        total = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.smooth_l1_loss(model(x), y)
            loss.backward()
            norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm=0.5)
            optimizer.step()
            total += loss.item()
        scheduler.step()
        print(epoch, total / len(loader), norm.item(), scheduler.get_last_lr()[0])


model, optimizer, scheduler = make()
train(model, optimizer, scheduler, range(5))

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "checkpoint.npz")
    torch.save(
        {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}, path
    )
    checkpoint = torch.load(path)

model, optimizer, scheduler = make()
model.load_state_dict(checkpoint["model"])
optimizer.load_state_dict(checkpoint["optimizer"])
scheduler.load_state_dict(checkpoint["scheduler"])
train(model, optimizer, scheduler, range(5, 10))

model.eval()
with torch.no_grad():
    print("final", nn.functional.mse_loss(model(inputs), targets).item())
