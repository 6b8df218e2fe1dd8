"""Written for PyTorch, as its tutorials do it; the losses in two processes under gloo are in the test."""

import sys

import torch
import torch.distributed as dist
import torch.nn as nn
import torch.optim as optim
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler


def setup():
    dist.init_process_group(backend="gloo", init_method="env://")


def main():
    setup()
    rank, world = dist.get_rank(), dist.get_world_size()
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(10, 10), nn.BatchNorm1d(10), nn.ReLU(), nn.Linear(10, 5))
    ddp = DDP(model)
    opt = optim.SGD(ddp.parameters(), lr=0.01, momentum=0.9)
    data = TensorDataset(torch.randn(40, 10), torch.randn(40, 5))
    sampler = DistributedSampler(data, num_replicas=world, rank=rank, shuffle=True)
    loader = DataLoader(data, batch_size=5, sampler=sampler)
    lossf = nn.MSELoss()
    for ep in range(3):
        sampler.set_epoch(ep)
        tot = torch.zeros(1)
        for x, y in loader:
            opt.zero_grad()
            loss = lossf(ddp(x), y)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(ddp.parameters(), 1.0)
            opt.step()
            tot += loss.item()
        dist.all_reduce(tot, op=dist.ReduceOp.SUM)
        if rank == 0:
            print(f"epoch {ep} loss {tot.item() / world / len(loader):.6f}")
    ddp.eval()
    with torch.no_grad():
        out = ddp(torch.ones(2, 10))
    outs = [torch.zeros_like(out) for _ in range(world)]
    dist.all_gather(outs, out)
    if rank == 0:
        torch.save(ddp.state_dict(), sys.argv[1])
        print([round(o.sum().item(), 5) for o in outs])
    dist.barrier()
    sd = torch.load(sys.argv[1], map_location="cpu")
    ddp.load_state_dict(sd)
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
