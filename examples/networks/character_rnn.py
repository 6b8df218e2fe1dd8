"""An LSTM that reads ten of Shakespeare's sonnets letter by letter, and prints what it writes as it learns.

After A. Karpathy, "The unreasonable effectiveness of recurrent neural networks", 2015.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import tinygrad_lite as torch
from tinygrad_lite.runtime.optional import require

nn, F = torch.nn, torch.nn.functional
SONNETS = Path(__file__).with_name("sonnets.txt")


class CharacterRNN(nn.Module):
    """Letters (N, T) as numbers, and the state before them, to logits (N, T, letters) and the state after them."""

    def __init__(self, letters, hidden):
        super().__init__()
        self.embedding = nn.Embedding(letters, 32)
        self.lstm = nn.LSTM(32, hidden, batch_first=True)
        self.out = nn.Linear(hidden, letters)

    def forward(self, x, state=None):
        h, state = self.lstm(self.embedding(x), state)
        return self.out(h), state


def write(model, letters, start, length, temperature=0.7):
    """A text of some letters, each drawn from what the model expects after those before it."""
    number = {letter: i for i, letter in enumerate(letters)}
    text, state = start, None
    model.eval()
    with torch.no_grad():
        x = torch.tensor([[number[letter] for letter in start]])
        for _ in range(length):
            logits, state = model(x, state)
            x = torch.multinomial(F.softmax(logits[:, -1] / temperature, dim=-1), 1)
            text += letters[x.item()]
    model.train()
    return text


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--steps", type=int, default=600, help="training steps, each of 32 pieces of the text")
    parser.add_argument("--length", type=int, default=50, help="letters in a piece")
    parser.add_argument("--hidden", type=int, default=128, help="the size of the LSTM's state")
    parser.add_argument("--lr", type=float, default=4e-3, help="learning rate of Adam")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same run")
    parser.add_argument("--quick", action="store_true", help="a dozen steps of a small network")
    parser.add_argument("--text", type=Path, default=SONNETS, help="a text of your own")
    options = parser.parse_args(arguments)
    if options.quick:
        options.steps, options.hidden = 12, 16

    text = options.text.read_text(encoding="utf-8")
    letters = sorted(set(text))
    data = torch.tensor([letters.index(letter) for letter in text])
    torch.manual_seed(options.seed)
    model = CharacterRNN(len(letters), options.hidden)
    optimizer = torch.optim.Adam(model.parameters(), lr=options.lr)
    print(f"{len(text)} letters, {len(letters)} of them different")

    losses = []
    bar = require("tqdm", "examples").tqdm(range(1, options.steps + 1), disable=None, leave=False)
    for step in bar:
        starts = torch.randint(0, len(data) - options.length - 1, (32, 1))
        pieces = data[starts + torch.arange(options.length + 1)]
        logits, _ = model(pieces[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), pieces[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        bar.set_postfix(loss=f"{losses[-1]:.3f}")
        if step % max(options.steps // 4, 1) == 0:
            print(
                f"\nstep {step}: loss {losses[-1]:.4f}\n{write(model, letters, 'When ', 30 if options.quick else 240)}"
            )
    return losses


if __name__ == "__main__":
    main()
