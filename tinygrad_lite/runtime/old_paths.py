"""Modules under the paths that they had in version 0.1, and under the paths that PyTorch's scripts import them by.

Pickles of version 0.1 name their classes by these paths. A module here is only a name until somebody reads an attribute
of it. That is then looked up in the modules that hold it now, with a DeprecationWarning where the path is an old one of
our own.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from types import ModuleType
from typing import Any

# PyTorch has these paths too, so they stay.
PYTORCH_PATHS = {
    "_C": "torch_names.compiled_names",
    "_dynamo": "torch_names.compiler_settings",
    "_inductor": "torch_names.compiler_settings",
    "_jit_internal": "torch_names.annotation_names",
    "autograd.profiler": "profiler.autograd_profiler",
    "autograd.profiler_util": "profiler.events",
    "autograd.grad_mode": "autograd.grad_modes",
    "autograd.variable": "autograd.legacy_variable",
    "autograd.gradcheck": "autograd.gradient_checking",
    "distributed.distributed_c10d": "distributed",
    "functional": (
        "functions.contraction functions.reduction functions.joining functions.statistics functions.ordering "
        "functions.reshaping functions.products functions.arrangements"
    ),
    "cuda.amp.autocast_mode": "cuda.amp",
    "cuda.amp.grad_scaler": "cuda.amp",
    "nn.modules": "nn",
    "nn.modules.activation": "nn.layers.activation nn.layers.attention nn.layers.rectifier nn.layers.softmax",
    "nn.modules.batchnorm": "nn.layers.batch_normalization nn.layers.synchronized_normalization nn.layers.lazy",
    "nn.modules.channelshuffle": "nn.layers.resampling",
    "nn.modules.conv": "nn.layers.convolution nn.layers.lazy",
    "nn.modules.container": "nn.module.containers nn.module.parameter_containers",
    "nn.modules.distance": "nn.losses.distance",
    "nn.modules.dropout": "nn.layers.dropout",
    "nn.modules.flatten": "nn.layers.shape",
    "nn.modules.fold": "nn.layers.convolution",
    "nn.modules.instancenorm": "nn.layers.instance_normalization nn.layers.lazy",
    "nn.modules.lazy": "nn.module.lazy",
    "nn.modules.linear": "nn.layers.linear nn.layers.shape nn.layers.lazy nn.layers.attention",
    "nn.modules.loss": (
        "nn.losses.base nn.losses.classification nn.losses.connectionist nn.losses.distance nn.losses.likelihood "
        "nn.losses.margin nn.losses.regression"
    ),
    "nn.modules.module": "nn.module.module nn.module.state_dict nn.module.global_hooks",
    "nn.modules.normalization": "nn.layers.normalization",
    "nn.modules.padding": "nn.layers.padding",
    "nn.modules.pixelshuffle": "nn.layers.resampling",
    "nn.modules.pooling": "nn.layers.pooling",
    "nn.modules.rnn": "nn.layers.recurrent nn.layers.recurrent_cells",
    "nn.modules.sparse": "nn.layers.embedding",
    "nn.modules.upsampling": "nn.layers.resampling",
    "nn.modules.utils": "nn.module.tuples",
    "nn.modules.transformer": "nn.layers.transformer",
    "overrides": "functions.overrides",
    "nn.parameter": "nn.module.parameter",
    "optim.adamw": "optim.adam",
    "optim.optimizer": "optim.base.optimizer",
    "utils._pytree": "utils.pytree_names",
    "utils.data._utils": "utils.data",
    "utils.data._utils.collate": "utils.data.collate",
}

# The old path, and the modules that hold now what stood there.
MOVED = {
    "config": "runtime.configuration",
    "conversion": "tensors.conversion tensors.numpy_interop tensors.python_values tensors.layout",
    "devices": "types.devices",
    "differentiation": "core.tensor autograd.gradients",
    "dtypes": "types.dtypes",
    "errors": "core.errors",
    "extras": "runtime.optional",
    "files": "runtime.atomic_files",
    "functions.elementwise": (
        "functions.activation functions.arithmetic functions.comparison functions.exponential functions.rounding "
        "functions.selection functions.trigonometry"
    ),
    "functions.indexing": "functions.gathering functions.scattering",
    "functions.linalg": "functions.products functions.contraction functions.norms",
    "functions.shape": "functions.reshaping functions.rearranging",
    "filling": "tensors.in_place tensors.random_in_place",
    "generator": "random.generator",
    "grad_mode": "autograd.grad_modes core.modes",
    "graph": "core.graph",
    "hooks": "core.handles",
    "memory": "core.versions",
    "methods": "tensors.operators",
    "nn.activation": "nn.layers.activation",
    "nn.calling": "nn.module.hooks",
    "nn.containers": "nn.module.containers",
    "nn.dropout": "nn.layers.dropout",
    "nn.embedding": "nn.layers.embedding",
    "nn.functional.activation": (
        "nn.functional.rectifier nn.functional.smooth nn.functional.shrinkage nn.functional.softmax"
    ),
    "nn.functional.dropout": "nn.functional.dropouts",
    "nn.functional.embedding": "nn.functional.embeddings",
    "nn.functional.linear": "nn.functional.linear_maps",
    "nn.functional.loss": "nn.functional.regression nn.functional.likelihood",
    "nn.functional.reduction": "nn.functional.loss_reduction",
    "nn.linear": "nn.layers.linear",
    "nn.loss": "nn.losses.regression nn.losses.likelihood nn.losses.classification nn.losses.base",
    "nn.margin": "nn.losses.margin nn.losses.distance",
    "nn.normalization": "nn.layers.normalization nn.layers.batch_normalization",
    "nn.parameter_containers": "nn.module.parameter_containers",
    "nn.rectifier": "nn.layers.rectifier",
    "nn.shape": "nn.layers.shape",
    "nn.softmax": "nn.layers.softmax",
    "nn.state": "nn.module.state_dict",
    "nn.traversal": "nn.module.tree",
    "optim.bundles": "optim.base.flat_groups optim.base.deprecated_hooks",
    "optim.options": "optim.base.options",
    "optim.penalties": "optim.base.penalties",
    "optim.running": "optim.base.in_place",
    "optim.saved": "optim.base.state_dict",
    "primitive": "core.primitive",
    "printing": "tensors.printing",
    "promotion": "core.promotion",
    "shapes": "types.sizes",
    "siblings": "tensors.new_like",
    "streams": "random.distributions",
    "tensor": "tensors.tensor tensors.copying core.tensor",
    "tracing": "core.tracing",
    "views": "core.views",
}


class OldPath(ModuleType):
    """A module that looks its attributes up where they are now."""

    def __init__(self, name: str, homes: list[str], deprecated: bool) -> None:
        super().__init__(name, f"An older path of {' and '.join(homes)}.")
        self._homes = homes
        self._deprecated = deprecated

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # Python asks every module for some of these
            raise AttributeError(name)
        if (inside := sys.modules.get(f"{self.__name__}.{name}")) is not None:
            return inside
        for home in self._homes:
            module = importlib.import_module(home)
            if hasattr(module, name):
                if self._deprecated:
                    warnings.warn(
                        f"{self.__name__}.{name} is now {home}.{name}, and the old path will go. Import it from its "
                        "public namespace; if a pickle names it, write the pickle anew",
                        DeprecationWarning,
                        stacklevel=2,
                    )
                return getattr(module, name)
        raise AttributeError(f"module {self.__name__!r}, now {' and '.join(self._homes)}, has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        return sorted({name for home in self._homes for name in dir(importlib.import_module(home))})


def register(package: str) -> None:
    """Make the older paths importable: `import package.old.path` then finds them, without importing anything."""
    for table, deprecated in ((PYTORCH_PATHS, False), (MOVED, True)):
        packages = {path[:i] for path in table for i, sign in enumerate(path) if sign == "."}
        for path, homes in table.items():
            name = f"{package}.{path}"
            module = OldPath(name, [f"{package}.{home}" for home in homes.split()], deprecated)
            if path in packages:
                module.__path__ = []  # a package, so that what is in it can be imported; no file is looked for
            sys.modules.setdefault(name, module)
