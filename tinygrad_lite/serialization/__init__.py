"""save and load: Tensors and structures of them, in files that hold data and nothing else; and checkpoints.

The default format is NumPy's `.npz`: each array is a member, and a member `structure.json` says what they are parts
of; `numpy.load` reads the arrays too. The suffix `.safetensors` means the format of that name, which other
frameworks read and write. Neither can run code when it is loaded, and pickled files, which can, are refused.
"""

from __future__ import annotations

from .checkpoint import load_checkpoint, save_checkpoint
from .interchange import TensorDict
from .io import load, save

__all__ = ["TensorDict", "load", "load_checkpoint", "save", "save_checkpoint"]
