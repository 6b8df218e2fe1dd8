"""Curves, histograms, images, texts and graphs for TensorBoard: PyTorch's `torch.utils.tensorboard`, by tensorboardX.

This needs tensorboardX: `pip install "tinygrad_lite[tensorboard]"`. What is written is shown by TensorBoard itself,
`tensorboard --logdir runs`.
"""

from .writer import SummaryWriter

__all__ = ["SummaryWriter"]
