"""Small programs with Functions of their own, whose results are PyTorch's.

`answers.json` has what PyTorch answers, so that the programs are held to it where PyTorch is not installed too. After a
program was added: `python -m tests.autograd.function_programs.record`.
"""

from . import calls, context, gradients, hooks, in_place, in_place_views, results
from .common import PROGRAMS

__all__ = ["PROGRAMS", "calls", "context", "gradients", "hooks", "in_place", "in_place_views", "results"]
