"""Write down what PyTorch answers to the programs."""

from __future__ import annotations

import json
from pathlib import Path

from . import PROGRAMS
from .common import run

ANSWERS = Path(__file__).with_name("answers.json")


if __name__ == "__main__":
    import torch

    lines = [f"{json.dumps(name)}: {json.dumps(run(torch, name))}" for name in sorted(PROGRAMS)]
    ANSWERS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
