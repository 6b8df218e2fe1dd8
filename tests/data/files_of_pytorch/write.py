"""The files of this folder, as PyTorch 2.13 wrote them; run it with PyTorch installed to write them anew."""

from __future__ import annotations

from collections import Counter, OrderedDict
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
DTYPES = ["float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool", "bfloat16"]


def content(torch: Any) -> dict[str, Any]:
    """Data of every kind that `torch.load(weights_only=True)` reads, but sets, bytes and complex numbers."""
    base = torch.arange(12.0).reshape(3, 4)
    layer, scheduled = torch.nn.Linear(2, 2), torch.optim.lr_scheduler
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, -2.0], [0.5, 4.0]]))
        layer.bias.copy_(torch.tensor([0.25, -0.75]))
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.1)
    schedule = scheduled.StepLR(optimizer, 1)
    layer(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    schedule.step()
    return {
        "dtypes": {name: torch.tensor([0, 1, 1], dtype=getattr(torch, name)) for name in DTYPES},
        "views": [base, base.t(), base[1:, ::2], base[2]],
        "expanded": torch.ones(1).expand(3),
        "shapes": [torch.tensor(1.5), torch.zeros(0, 3), torch.zeros(2, 0)],
        "parameters": [
            torch.nn.Parameter(torch.ones(2)),
            torch.nn.Parameter(torch.ones(1), requires_grad=False),
            torch.ones(1, requires_grad=True),
        ],
        "names": [torch.float32, torch.bool, torch.Size([2, 3]), torch.device("cpu")],
        "plain": [None, True, 3, -1, 2**40, 10**30, 0.5, "é", (1, (2.0,)), [], {}],
        "mappings": [OrderedDict(b=1, a=2), Counter("aab"), {1: 2, None: 3, (1, "x"): 4}],
        "model": layer.state_dict(),
        "optimizer": optimizer.state_dict(),
        "schedule": schedule.state_dict(),
    }


if __name__ == "__main__":
    import torch

    torch.save(content(torch), FOLDER / "zip.pt")
    torch.save(content(torch), FOLDER / "legacy.pt", _use_new_zipfile_serialization=False)
