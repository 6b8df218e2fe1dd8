"""Compiling: a function on Tensors becomes the NumPy program that one would have written by hand."""

from .backends.choice import get_default_backend as get_default_backend
from .backends.choice import set_default_backend as set_default_backend
from .backends.machine_code import clear_cache as clear_cache
from .compiled import Compiled as Compiled
from .compiled import CompiledModule as CompiledModule
from .compiled import compile as compile
