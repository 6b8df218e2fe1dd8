"""Compiling: a function on Tensors becomes the NumPy program that one would have written by hand."""

from .backends.choice import get_default_backend as get_default_backend
from .backends.choice import set_default_backend as set_default_backend
from .backends.machine_code import clear_cache as clear_cache
from .compiled import Compiled as Compiled
from .compiled import CompiledModule as CompiledModule
from .compiled import compile as compile
from .marks import allow_in_graph as allow_in_graph
from .marks import assume_constant_result as assume_constant_result
from .marks import cudagraph_mark_step_begin as cudagraph_mark_step_begin
from .marks import disable as disable
from .marks import is_compiling as is_compiling
from .marks import is_dynamo_compiling as is_dynamo_compiling
from .marks import is_exporting as is_exporting
from .marks import list_backends as list_backends
from .marks import reset as reset
