"""Run by `mpiexec` with the name of a failure: rank 1 fails in this way, while the others wait for it."""

from __future__ import annotations

import os
import signal
import sys

import tinygrad_lite as tl
import tinygrad_lite.distributed as dist

dist.init_process_group()
way, me = sys.argv[1], dist.get_rank()
x = tl.ones(3)
group = dist.new_group([0, 1])
for step in range(3):
    dist.all_reduce(x)
    if me == 1 and step == 1:
        if way == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        elif way == "raises":
            raise ValueError("the data of rank 1 are broken")
        elif way == "exits":
            sys.exit(3)
        elif way == "other operation":
            dist.broadcast(x, 0)
        elif way == "ends early":
            break
        elif way in ("sends nothing", "leaves a group"):
            sys.exit()
    if way == "sends nothing" and step == 1:
        dist.recv(x, 1)
    if way == "leaves a group" and step == 1:
        dist.all_reduce(x, group=group)
print(f"rank {me} has gone through all steps")
