"""A polynomial is fitted, with updates by hand."""

import torch
import torch.nn.functional as F

torch.manual_seed(0)
DEGREE = 4
weight, bias = torch.randn(DEGREE, 1) * 5, torch.randn(1) * 5


def features(x):
    return torch.cat([x.unsqueeze(1) ** i for i in range(1, DEGREE + 1)], 1)


layer = torch.nn.Linear(weight.size(0), 1)
for _ in range(300):
    x = features(torch.randn(32))
    layer.zero_grad()
    loss = F.smooth_l1_loss(layer(x), x.mm(weight) + bias.item())
    loss.backward()
    for p in layer.parameters():
        p.data.add_(-0.1 * p.grad)
print(f"loss {loss.item():.3f}")
print(" ".join(f"{w:+.2f}" for w in layer.weight.view(-1)), f"{layer.bias[0]:+.2f}")
