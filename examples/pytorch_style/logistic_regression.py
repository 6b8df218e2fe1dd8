"""Logistic regression on two clouds of points."""

import tinygrad_lite as torch

nn = torch.nn

torch.manual_seed(1)
n = 200
points = torch.cat([torch.randn(n, 2) + torch.tensor([1.5, 1.0]), torch.randn(n, 2) - torch.tensor([1.0, 1.5])])
labels = torch.cat([torch.ones(n, 1), torch.zeros(n, 1)])


class LogisticRegression(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.linear = nn.Linear(features, 1)

    def forward(self, x):
        return self.linear(x)


model = LogisticRegression(2)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-3)

for epoch in range(50):
    permutation = torch.randperm(len(points))
    total = 0.0
    for i in range(0, len(points), 50):
        batch = permutation[i : i + 50]
        optimizer.zero_grad()
        loss = criterion(model(points[batch]), labels[batch])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    if epoch % 10 == 9:
        print(epoch, total / len(points))

with torch.no_grad():
    predicted = (torch.sigmoid(model(points)) > 0.5).float()
    print("accuracy", (predicted == labels).float().mean().item())
print(model.linear.weight.data.tolist(), model.linear.bias.data.tolist())
