"""A classifier with its loader, optimizer, schedule, and a checkpoint on the way."""

import os
import sys
import tempfile

import torch
import torch.nn as nn
import torch.optim as optim
from torch.nn import functional as F
from torch.nn.parameter import Parameter
from torch.nn.utils import clip_grad_norm_
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, Dataset, random_split

torch.manual_seed(0)


class Circle(Dataset):
    def __init__(self, n):
        self.x = torch.rand(n, 2) * 2 - 1
        self.y = ((self.x**2).sum(1) < 0.5).long()

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return {"x": self.x[i], "y": self.y[i]}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 16), nn.BatchNorm1d(16), nn.ReLU(inplace=True), nn.Linear(16, 2))
        self.scale = Parameter(torch.ones(1))

    def forward(self, x):
        return F.log_softmax(self.layers(x) * self.scale, dim=1)


train, test = random_split(Circle(240), [200, 40], generator=torch.Generator().manual_seed(1))
model = Net()
optimizer = optim.AdamW(model.parameters(), lr=0.03)
scheduler = StepLR(optimizer, step_size=2, gamma=0.5)
for epoch in range(4):
    model.train()
    for batch in DataLoader(train, batch_size=20, shuffle=True, drop_last=True, pin_memory=False):
        optimizer.zero_grad(set_to_none=True)
        loss = F.nll_loss(model(batch["x"]), batch["y"])
        loss.backward()
        clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    scheduler.step()
    if epoch == 1:
        path = os.path.join(tempfile.mkdtemp(), "checkpoint.pt")
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, path)
        found = torch.load(path, map_location="cpu", weights_only=True)
        model.load_state_dict(found["model"])
        optimizer.load_state_dict(found["optimizer"])
model.eval()
with torch.no_grad():
    batch = next(iter(DataLoader(test, batch_size=len(test))))
    right = model(batch["x"]).argmax(dim=1, keepdim=True).eq(batch["y"].view(-1, 1)).sum().item()
print(f"loss {loss.item():.3f}, {right} of {len(test)} right, lr {scheduler.get_last_lr()}", sys.argv[1:])
print(model)
