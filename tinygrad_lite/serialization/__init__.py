"""save and load: Tensors, structures of them, and other objects, in PyTorch's files; and checkpoints.

`load` makes nothing but data of a file, and runs nothing that is in it, unless `weights_only=False` says that the file
is trusted: whole models are loaded so. The suffix `.npz` means NumPy's format: each array is a member of a zip file,
and the member `structure.json` describes the structure that they are parts of; `numpy.load` reads the arrays too. The
suffix `.safetensors` means the format of that name, which other frameworks read and write. Neither can hold code.

>>> import io, tinygrad_lite as tl
>>> file = io.BytesIO()
>>> tl.save(tl.nn.Linear(2, 1).state_dict(), file)
>>> _ = file.seek(0)
>>> list(tl.load(file))
['weight', 'bias']
"""

from __future__ import annotations

from .checkpoint import load_checkpoint, save_checkpoint
from .interchange import TensorDict
from .io import load, save
from .safe_names import add_safe_globals, clear_safe_globals, get_safe_globals, safe_globals
from .weights import load_weights

__all__ = [
    "TensorDict", "add_safe_globals", "clear_safe_globals", "get_safe_globals", "load", "load_checkpoint",
    "load_weights", "safe_globals", "save", "save_checkpoint",
]  # fmt: skip

TensorDict.__module__ = __name__
