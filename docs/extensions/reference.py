"""Writes the pages of the reference: for each namespace its public names with their signatures and docstrings."""

from __future__ import annotations

import enum
import importlib
import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docstrings import inline, to_rest

NAMESPACES = {
    "": "operations, creation, and the modes",
    "accelerator": "the answers of a machine without an accelerator",
    "amp": "mixed precision, which does nothing, and the scaling of losses",
    "autograd": "gradients, Functions, gradient checking",
    "autograd.functional": "Jacobians, Hessians and products with them",
    "cpu": "the CPU as a device like others",
    "cuda": "the answers of a machine without a GPU",
    "cuda.amp": "the older path of the same",
    "datasets": "data to learn from",
    "distributed": "several processes, on MPI",
    "distributions": "probability distributions, transforms and divergences",
    "distributions.constraints": "which values are allowed",
    "distributions.utils": "what distributions share",
    "func": "transforms of functions: vmap, grad, jvp, Hessians",
    "insight": "seeing autograd at work",
    "jit": "what scripts mark for TorchScript, which runs as it is written",
    "linalg": "norms and products",
    "mps": "the answers of a machine without Apple's GPUs",
    "multiprocessing": "processes that share Tensors",
    "nn": "layers and losses",
    "nn.attention": "the choice of a kernel for attention, of which there is one",
    "nn.functional": "the functions behind the layers",
    "nn.init": "initial values",
    "nn.parallel": "models that several processes train; modules for several devices, of which there is one",
    "nn.utils": "clipping, parameters as vectors, parametrizations",
    "nn.utils.parametrizations": "weight and spectral normalization",
    "nn.utils.parametrize": "parameters that are computed",
    "nn.utils.rnn": "sequences of several lengths in one batch",
    "onnx": "models as files of ONNX",
    "optim": "optimizers",
    "optim.book": "the optimizers of Deep Learning from Scratch, as the book writes them",
    "optim.lr_scheduler": "learning rates that change",
    "optim.swa_utils": "averages of parameters over a training",
    "profiler": "what a block of code spends its time on",
    "random": "generators and their states",
    "serialization": "saving and loading",
    "sparse": "sparse Tensors in coordinate format",
    "special": "functions of the gamma function, the normal distribution and Bessel",
    "testing": "comparisons, and property tests in one line",
    "utils.benchmark": "how long a statement takes",
    "utils.checkpoint": "gradients from less memory: parts of the forward are computed again",
    "utils.data": "data sets, samplers and loaders",
    "xpu": "the answers of a machine without Intel's GPUs",
}


def write(folder: Path) -> None:
    """Write all pages; a page that would not change is left alone."""
    folder.mkdir(exist_ok=True)
    pages = {f"{full_name(space)}.rst": _page(space, about) for space, about in NAMESPACES.items()}
    pages["tinygrad_lite.Tensor.rst"] = _tensor_page()
    names = sorted(name.removesuffix(".rst") for name in pages)
    listed = "\n".join(f"   {name}" for name in names)
    pages["index.rst"] = _heading("Reference") + (
        "Every public name, by module. The text is that of the docstrings, whose examples are run as tests.\n\n"
        f".. toctree::\n   :maxdepth: 1\n\n{listed}\n"
    )
    for name, text in pages.items():
        file = folder / name
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
    for file in folder.glob("*.rst"):
        if file.name not in pages:
            file.unlink()


def full_name(namespace: str) -> str:
    """The name of a module from the package: `tinygrad_lite.nn`."""
    return f"tinygrad_lite.{namespace}".rstrip(".")


def public(namespace: str) -> Iterator[tuple[str, Any]]:
    """The names that a namespace lists, with what they stand for, without other modules."""
    module = importlib.import_module(full_name(namespace))
    for name in sorted(module.__all__, key=str.lower):
        if not inspect.ismodule(thing := getattr(module, name)):
            yield name, thing


def _page(namespace: str, about: str) -> str:
    module = full_name(namespace)
    listed = dict(public(namespace))
    text = _heading(module) + f".. py:module:: {module}\n\n{about[0].upper()}{about[1:]}.\n\n"
    kinds = {
        "Classes": {n: x for n, x in listed.items() if inspect.isclass(x)},
        "Functions": {n: x for n, x in listed.items() if callable(x) and not inspect.isclass(x)},
        "Values": {n: x for n, x in listed.items() if not callable(x)},
    }
    for kind, names in kinds.items():
        if names:
            text += _heading(kind, "-")
            text += "\n".join(_entry(name, thing) for name, thing in names.items()) + "\n"
    return text


def _entry(name: str, thing: Any) -> str:
    if inspect.isclass(thing):
        return _class(name, thing)
    if callable(thing):
        return _directive("function", name + signature(thing), to_rest(inspect.getdoc(thing) or ""))
    return _directive("data", name, f"``{thing!r}``")


def _class(name: str, thing: Any) -> str:
    if thing.__name__ == "Tensor":
        text = "The class of all Tensors: :doc:`its methods <tinygrad_lite.Tensor>` have a page of their own."
        return _directive("class", name, text)
    body = to_rest(inspect.getdoc(thing) or "")
    members = [_member(key, x) for key, x in sorted(vars(thing).items()) if not key.startswith("_")]
    if isinstance(thing, enum.EnumMeta):
        members = []
    kind = "exception" if issubclass(thing, BaseException) else "class"
    return _directive(kind, name + signature(thing), "\n\n".join([body, *filter(None, members)]))


def _member(name: str, member: Any) -> str:
    """A method or a property that has a text of its own."""
    function = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
    text = getattr(function, "__doc__", None)
    documented = isinstance(text, str) and not inspect.isclass(function)
    if not documented or not (callable(function) or isinstance(function, property)):
        return ""
    if isinstance(function, property):
        return _directive("property", name, to_rest(inspect.cleandoc(text)))
    return _directive("method", name + signature(function, method=True), to_rest(inspect.cleandoc(text)))


def _tensor_page() -> str:
    import tinygrad_lite as tl

    text = _heading("tinygrad_lite.Tensor") + to_rest(inspect.getdoc(tl.Tensor) or "") + "\n\n"
    text += ".. py:currentmodule:: tinygrad_lite\n\n"
    text += "A method with the name of a function does what the function does; its text stands there.\n\n"
    for name in sorted(name for name in dir(tl.Tensor) if not name.startswith("_")):
        member = inspect.getattr_static(tl.Tensor, name)
        function = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
        doc = inspect.getdoc(function) or ""
        if name in tl.__all__ and doc and doc == inspect.getdoc(getattr(tl, name)):
            body = f"{inline(_first_sentence(doc))} See :py:func:`tinygrad_lite.{name}`."
        else:
            body = to_rest(doc)
        kind = "method" if callable(function) and not isinstance(function, property) else "property"
        shown = f"Tensor.{name}" + (signature(function, method=True) if kind == "method" else "")
        text += _directive(kind, shown, body) + "\n"
    return text


def _first_sentence(doc: str) -> str:
    return " ".join(doc.split("\n\n")[0].split())


def signature(thing: Any, method: bool = False) -> str:
    """The signature as one reads it, with the annotations as they are written."""
    try:
        given = inspect.signature(thing)
    except (TypeError, ValueError):
        return "()"
    parameters = list(given.parameters.values())
    if method and parameters and parameters[0].kind is not inspect.Parameter.VAR_POSITIONAL:
        parameters = parameters[1:]
    shown = [p.replace(annotation=inspect.Parameter.empty, default=_default(p.default)) for p in parameters]
    returns = given.return_annotation if isinstance(given.return_annotation, str) else ""
    plain = str(inspect.Signature(shown)).replace("\n", " ")
    return plain + (f" -> {returns}" if returns and not inspect.isclass(thing) else "")


class _Written(str):
    """A default value as it is shown in a signature."""

    def __repr__(self) -> str:
        return str(self)


def _default(value: Any) -> Any:
    if value is inspect.Parameter.empty or isinstance(value, (int, float, str, type(None), tuple, list)):
        return value
    return _Written(getattr(value, "__name__", None) or "...")


def _directive(kind: str, title: str, body: str) -> str:
    return f".. py:{kind}:: {title}\n\n{textwrap.indent(body, '   ')}\n"


def _heading(text: str, line: str = "=") -> str:
    return f"{text}\n{line * max(len(text), 3)}\n\n"
