"""Compiling: a function on Tensors becomes the NumPy program that one would have written by hand."""

from .compiled import Compiled as Compiled
from .compiled import CompiledModule as CompiledModule
from .compiled import compile as compile
