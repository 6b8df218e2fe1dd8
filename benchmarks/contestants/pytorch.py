"""PyTorch, eager."""

import functools

import torch

from . import eager

build = functools.partial(eager.build, torch, eager.as_written)
