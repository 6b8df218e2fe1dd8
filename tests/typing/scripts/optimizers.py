"""Optimizers and schedulers: what they take, what a step returns, hooks, states, and rules of one's own."""

from collections import defaultdict
from typing import Any, assert_type

import numpy as np

import tinygrad_lite as tl
from tinygrad_lite import Tensor, nn
from tinygrad_lite.optim import LBFGS, SGD, Adam, AdamW, Momentum, Optimizer, decay_groups, lr_scheduler

model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
layer = nn.Linear(3, 1)
x = tl.ones(5, 3)

# ------------------------------------------------------------------------------------------ parameters and options

optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
SGD(model.named_parameters(), lr=1)
SGD([layer.weight, tl.ones(2, requires_grad=True)], lr=tl.tensor(0.1))
SGD([{"params": model.parameters(), "lr": 0.1}, {"params": [layer.weight]}])
SGD([("weight", layer.weight)])
SGD(p for p in model.parameters() if p.requires_grad)
Adam(decay_groups(model, 0.01, l1_decay=0.1), betas=(0.9, 0.99))
AdamW([*model.parameters(), *layer.parameters()], weight_decay=0.1, amsgrad=True)
Momentum(model.parameters(), momentum=0.5)

assert_type(optimizer.param_groups, list[dict[str, Any]])
assert_type(optimizer.state, defaultdict[Tensor, dict[str, Any]])
assert_type(optimizer.without_grad(), list[str])
optimizer.add_param_group({"params": layer.parameters(), "lr": 0.01})
for group in optimizer.param_groups:
    group["lr"] *= 0.5

# ------------------------------------------------------------------------------------------------------------- steps


def loss_of(x: Tensor) -> Tensor:
    return (model(x) ** 2).sum() + (layer(x) ** 2).sum()


def closure() -> Tensor:
    optimizer.zero_grad()
    loss = loss_of(x)
    loss.backward()
    return loss


def closure_of_numbers() -> float:
    return closure().item()


loss_of(x).backward()
assert_type(optimizer.step(), None)
assert_type(optimizer.zero_grad(set_to_none=True), None)
assert_type(optimizer.step(closure), Tensor)
assert_type(optimizer.step(closure_of_numbers), float)
assert_type(LBFGS(layer.parameters(), line_search_fn="strong_wolfe").step(closure), Tensor)

# --------------------------------------------------------------------------------------------------- hooks and states


def halve_gradients(optimizer: Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    for group in optimizer.param_groups:
        for p in group["params"]:
            if p.grad is not None:
                p.grad *= 0.5


with optimizer.register_step_pre_hook(halve_gradients):
    optimizer.step()
optimizer.register_step_post_hook(lambda optimizer, args, kwargs: print(optimizer)).remove()
optimizer.register_load_state_dict_pre_hook(lambda optimizer, state: {**state}, prepend=True).remove()
assert_type(optimizer.state_dict(), dict[str, Any])
assert_type(optimizer.load_state_dict(optimizer.state_dict()), None)

# ---------------------------------------------------------------------------------------------------------- schedulers

warmup = lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=2)
fall = lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.9**epoch)
scheduler = lr_scheduler.SequentialLR(optimizer, [warmup, fall], milestones=[2])
optimizer.step()
assert_type(scheduler.step(), None)
assert_type(scheduler.get_last_lr(), list[float | Tensor])
assert_type(scheduler.state_dict(), dict[str, Any])
plateau = lr_scheduler.ReduceLROnPlateau(optimizer, "min", patience=3, min_lr=[0.1, 0.2])
plateau.step(0.5)
plateau.step(closure())
lr_scheduler.ChainedScheduler([warmup, lr_scheduler.StepLR(optimizer, 3)])
lr_scheduler.OneCycleLR(optimizer, max_lr=[0.1, 0.2], total_steps=10)

# ------------------------------------------------------------------------------------------------------ of one's own


class Signs(Optimizer):
    def __init__(self, params: list[Tensor], lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})

    @tl.no_grad()
    def step(self, closure: Any = None) -> Any:
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p -= group["lr"] * np.sign(p.grad)


class Halving(lr_scheduler.LRScheduler):
    def get_lr(self) -> list[float | Tensor]:
        return [lr / 2**self.last_epoch for lr in self.base_lrs]


own: list[Optimizer] = [Signs([layer.weight]), optimizer]
halving = Halving(own[0])
for each in own:
    each.step()
halving.step()
