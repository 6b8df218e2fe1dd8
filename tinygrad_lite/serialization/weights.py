"""Weights as Hugging Face publishes them: in safetensors files, one or several, and with names of their own."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..nn.module.module import Module
from ..nn.module.state_dict import _IncompatibleKeys
from .interchange import mapped

KeyMap = Mapping[str, str | None] | Callable[[str], str | None]

_INDEX = ".safetensors.index.json"


def load_weights(
    model: Module,
    path: str | os.PathLike[str],
    *,
    key_map: KeyMap | None = None,
    transposed: str | None = None,
    strict: bool = True,
) -> _IncompatibleKeys:
    """Load the weights of a safetensors checkpoint, such as one of Hugging Face's, into a model.

    The files are mapped into memory, and one Tensor after the other is copied: a checkpoint in many files (shards)
    takes no more memory than one in a single file. Values are converted to the dtypes that the model has, those in
    bfloat16 and float16 as well; call `model.half()` or `model.double()` before for others. If anything does not fit,
    then nothing is changed. Where two names of the model are one parameter (tied weights), one of them is enough.

    Shapes are those of the model's `state_dict()`.

    Args:
        model: the module that gets the weights.
        path: a `.safetensors` file, an index of shards (`model.safetensors.index.json`), or the folder of either.
        key_map: the names in the model by those in the file: regular expressions, each for a whole name, with what
            replaces it (`\\1` is the first group), or None for what is left out. The first that matches counts; a name
            that none matches stays. Or a function from a name to the other, or to None.
        transposed: a regular expression for names of the model, of which the file has the transposed matrix, as
            GPT-2's files have of every linear layer.
        strict: whether missing and unexpected keys are errors.

    Returns:
        The missing and the unexpected keys, as `missing_keys` and `unexpected_keys`.

    Raises:
        FileNotFoundError: if there is no such file, or a shard is missing.
        RuntimeError: naming every missing, unexpected and mismatched key, and for files that are damaged.
        ValueError: if two names of the file become one.
        TypeError: if `model` is not a Module.
        ImportError: if the package `safetensors` is not installed.

    >>> import os, tempfile, tinygrad_lite as tl
    >>> import pytest; _ = pytest.importorskip("safetensors")  # the extra of this name
    >>> model = tl.nn.Sequential(tl.nn.Linear(2, 3))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.safetensors")
    ...     tl.save({"h.0.c_fc.weight": tl.ones(2, 3), "h.0.c_fc.bias": tl.zeros(3)}, path)
    ...     tl.load_weights(model, folder, key_map={r"h\\.(\\d+)\\.c_fc\\.(.*)": r"\\1.\\2"}, transposed=r".*weight")
    <All keys matched successfully>
    >>> model(tl.tensor([1.0, 2.0])).tolist()
    [3.0, 3.0, 3.0]
    """
    if not isinstance(model, Module):
        raise TypeError(f"load_weights: model must be a Module, not {type(model).__name__}")
    state: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for key, array in _arrays(Path(path)):
        name = _new_name(key, key_map)
        if name is None:
            continue
        if name in state:
            raise ValueError(f"load_weights: {origin[name]!r} and {key!r} both become {name!r} by key_map")
        origin[name] = key
        state[name] = array.T if transposed is not None and re.fullmatch(transposed, name) else array
    _add_tied(model, state)
    return model.load_state_dict(state, strict)


def _new_name(key: str, key_map: KeyMap | None) -> str | None:
    """The name in the model for one in the file; None if that is left out."""
    if callable(key_map):
        return key_map(key)
    for pattern, name in (key_map or {}).items():
        if (match := re.fullmatch(pattern, key)) is not None:
            return None if name is None else match.expand(name)
    return key


def _add_tied(model: Module, state: dict[str, Any]) -> None:
    """Add the values of parameters and buffers whose own names are missing, and that have other names too."""
    own = model.state_dict(keep_vars=True)
    given = {id(x): state[name] for name, x in own.items() if name in state}
    for name, x in own.items():
        if name not in state and id(x) in given:
            state[name] = given[id(x)]


def _arrays(path: Path) -> Iterator[tuple[str, Any]]:
    """The names and the arrays of a checkpoint, which are in the files until they are read."""
    file = _file_at(path)
    if not file.name.endswith(".json"):
        yield from mapped(file).items()
        return
    for shard, names in _shards(file).items():
        arrays = mapped(shard)
        if lacking := [name for name in names if name not in arrays]:
            raise RuntimeError(f"{shard} lacks Tensors that {file.name} says it has, and nothing was loaded: {lacking}")
        yield from ((name, arrays[name]) for name in names)


def _file_at(path: Path) -> Path:
    """The file or the index that is meant by a path."""
    if not path.is_dir():
        return path
    found = sorted(path.glob(f"*{_INDEX}")) or sorted(path.glob("*.safetensors"))
    if len(found) != 1:
        there = ", ".join(sorted(x.name for x in path.iterdir())[:10]) or "nothing"
        raise FileNotFoundError(
            f"load_weights: in {path} there should be one .safetensors file or one index of such files "
            f"({_INDEX[1:]}), and there is {there}: pass the path of the file. load() reads .bin and .pt files"
        )
    return found[0]


def _shards(index: Path) -> dict[Path, list[str]]:
    """The files that an index lists, each with the names of its Tensors."""
    try:
        listed: dict[str, str] = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
        files = {name: index.parent / file for name, file in listed.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RuntimeError(f"{index} is not an index of shards: it needs a weight_map of names to files") from error
    shards: dict[Path, list[str]] = {}
    for name, file in files.items():
        if file.parent != index.parent:
            raise RuntimeError(f"{index} lists {listed[name]!r}, which is outside its folder: nothing was loaded")
        shards.setdefault(file, []).append(name)
    if missing := [file.name for file in shards if not file.is_file()]:
        raise FileNotFoundError(f"load_weights: shards that {index} lists are missing: {', '.join(missing)}")
    return shards
