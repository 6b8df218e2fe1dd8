"""save and load: Tensors and structures of them, in files that hold data and nothing else; and checkpoints.

The default format is NumPy's `.npz`: each array is a member of a zip file, and the member `structure.json` describes
the structure that they are parts of; `numpy.load` reads the arrays too. The suffix `.safetensors` means the format of
that name, which other frameworks read and write. Neither can run code when it is loaded. Pickled files can, and are
refused.

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
from .weights import load_weights

__all__ = ["TensorDict", "load", "load_checkpoint", "load_weights", "save", "save_checkpoint"]

TensorDict.__module__ = __name__
