"""REINFORCE: a network learns to balance a pole on a cart, by doing more often what went well.

Source: Williams, "Simple statistical gradient-following algorithms for connectionist reinforcement learning", 1992; the
cart and its pole are those of Barto, Sutton & Anderson, 1983.
"""

from __future__ import annotations

import argparse
import math

import tinygrad_lite as torch
from tinygrad_lite.runtime.optional import require

nn, F = torch.nn, torch.nn.functional


class CartPole:
    """A pole on a cart of 1 kg that is pushed left or right with 10 N, every 0.02 s.

    The state is the cart's place (m) and speed (m/s), and the pole's angle (rad) and angular speed (rad/s). It ends
    when the pole leans by more than 12 degrees, the cart is 2.4 m to one side, or 500 steps are over.
    """

    def reset(self):
        """The state at the beginning: four small random numbers."""
        self.steps = 0
        self.state = (torch.rand(4) * 0.1 - 0.05).tolist()
        return self.state

    def step(self, right):
        """Push the cart; the new state, and whether it ended."""
        place, speed, angle, turning = self.state
        mass, pole, half = 1.1, 0.1, 0.5  # of both, of the pole (kg); half the pole's length (m)
        push = ((10.0 if right else -10.0) + pole * half * turning**2 * math.sin(angle)) / mass
        turn = 9.8 * math.sin(angle) - math.cos(angle) * push
        turn /= half * (4 / 3 - pole * math.cos(angle) ** 2 / mass)
        faster = push - pole * half * turn * math.cos(angle) / mass
        self.state = [place + 0.02 * speed, speed + 0.02 * faster, angle + 0.02 * turning, turning + 0.02 * turn]
        self.steps += 1
        ended = abs(self.state[0]) > 2.4 or abs(self.state[2]) > math.radians(12) or self.steps == 500
        return self.state, ended


def episode(policy, world):
    """One trial: the log-probability of each action that was drawn, and how many steps there were."""
    log_probs, state, ended = [], world.reset(), False
    while not ended:
        distribution = torch.distributions.Categorical(logits=policy(torch.tensor(state)))
        action = distribution.sample()
        log_probs.append(distribution.log_prob(action))
        state, ended = world.step(action.item() == 1)
    return torch.stack(log_probs), world.steps


def returns_of(steps, discount):
    """For each step the discounted number of steps from it on, brought to mean 0 and variance 1."""
    values = torch.tensor([(1 - discount ** (steps - t)) / (1 - discount) for t in range(steps)])
    return (values - values.mean()) / (values.std() + 1e-6)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--episodes", type=int, default=400, help="trials to learn from")
    parser.add_argument("--lr", type=float, default=1e-2, help="learning rate of Adam")
    parser.add_argument("--discount", type=float, default=0.99, help="what a reward is worth a step later")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same run")
    parser.add_argument("--quick", action="store_true", help="six trials")
    options = parser.parse_args(arguments)
    if options.quick:
        options.episodes = 6

    torch.manual_seed(options.seed)
    policy = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 2))
    optimizer = torch.optim.Adam(policy.parameters(), lr=options.lr)
    world, lengths = CartPole(), []
    bar = require("tqdm", "examples").tqdm(range(1, options.episodes + 1), disable=None, leave=False)
    for trial in bar:
        log_probs, steps = episode(policy, world)
        loss = -(log_probs * returns_of(steps, options.discount)).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        lengths.append(steps)
        bar.set_postfix(steps=steps)
        if trial % max(options.episodes // 8, 1) == 0:
            recent = lengths[-max(options.episodes // 8, 1) :]
            print(f"trial {trial}: balanced for {sum(recent) / len(recent):.1f} steps, loss {loss.item():.4f}")
    return lengths


if __name__ == "__main__":
    main()
