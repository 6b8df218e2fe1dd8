"""A small GPT that reads ten of Shakespeare's sonnets letter by letter, and prints what it writes as it learns.

Source: Radford et al., "Language models are unsupervised multitask learners", 2019: blocks of causal attention and of
two linear layers, each with layer normalization before it and added to what it was given.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import tinygrad_lite as torch
from tinygrad_lite.runtime.optional import require

nn, F = torch.nn, torch.nn.functional
SONNETS = Path(__file__).with_name("sonnets.txt")


class Block(nn.Module):
    """Attention to the letters before, and a network for each letter: (N, T, width) to the same shape."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.project = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        n, t, width = x.shape
        parts = self.qkv(self.norm1(x)).reshape(n, t, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_causal=True)
        x = x + self.project(mixed.transpose(1, 2).reshape(n, t, width))
        return x + self.mlp(self.norm2(x))


class GPT(nn.Module):
    """Letters (N, T) as numbers, at most `context` of them, to logits (N, T, letters) of the letter after each."""

    def __init__(self, letters, context, width, heads, layers):
        super().__init__()
        self.context = context
        self.letters, self.places = nn.Embedding(letters, width), nn.Embedding(context, width)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(layers)))
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, letters, bias=False)

    def forward(self, x):
        h = self.letters(x) + self.places(torch.arange(x.shape[1]))
        return self.out(self.norm(self.blocks(h)))


def write(model, letters, start, length, temperature=0.7):
    """A text of some letters, each drawn from what the model expects after those before it."""
    x = torch.tensor([[letters.index(letter) for letter in start]])
    model.eval()
    with torch.no_grad():
        for _ in range(length):
            logits = model(x[:, -model.context :])[:, -1]
            drawn = torch.multinomial(F.softmax(logits / temperature, dim=-1), 1)
            x = torch.cat([x, drawn], dim=1)
    model.train()
    return "".join(letters[i] for i in x[0].tolist())


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--steps", type=int, default=800, help="training steps, each of 16 pieces of the text")
    parser.add_argument("--context", type=int, default=64, help="letters in a piece, and that it looks back at")
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--lr", type=float, default=2e-3, help="learning rate of AdamW, which falls to 0")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same run")
    parser.add_argument("--quick", action="store_true", help="a few steps of a small network")
    parser.add_argument("--text", type=Path, default=SONNETS, help="a text of your own")
    options = parser.parse_args(arguments)
    if options.quick:
        options.steps, options.width, options.layers, options.context = 8, 16, 2, 16

    text = options.text.read_text(encoding="utf-8")
    letters = sorted(set(text))
    data = torch.tensor([letters.index(letter) for letter in text])
    torch.manual_seed(options.seed)
    model = GPT(len(letters), options.context, options.width, options.heads, options.layers)
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.lr, weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, options.steps)
    size = sum(p.numel() for p in model.parameters())
    print(f"{len(text)} letters, {len(letters)} of them different; {size} parameters")

    losses = []
    bar = require("tqdm", "examples").tqdm(range(1, options.steps + 1), disable=None, leave=False)
    for step in bar:
        starts = torch.randint(0, len(data) - options.context - 1, (16, 1))
        pieces = data[starts + torch.arange(options.context + 1)]
        loss = F.cross_entropy(model(pieces[:, :-1]).flatten(0, 1), pieces[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        bar.set_postfix(loss=f"{losses[-1]:.3f}")
        if step % max(options.steps // 4, 1) == 0:
            print(
                f"\nstep {step}: loss {losses[-1]:.4f}\n{write(model, letters, 'When ', 20 if options.quick else 240)}"
            )
    return losses


if __name__ == "__main__":
    main()
