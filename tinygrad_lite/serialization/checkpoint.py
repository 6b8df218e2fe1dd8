"""Checkpoints: a training run in one file, from which it continues as if it had never stopped."""

from __future__ import annotations

import os
from copy import deepcopy
from typing import IO, Any

from ..random.generator import Generator, get_rng_state, set_rng_state
from ..utils.data import DataLoader
from .io import load, write

_VERSION = 1


def save_checkpoint(f: str | os.PathLike[str] | IO[bytes], /, **parts: Any) -> None:
    """Save the state of everything that takes part in a training run, in one file.

    A path gets the new file only when that is complete; until then the old file stays. Besides the parts, the state of
    the default generator is saved. A run that loads the file continues byte for byte as this one would: parameters,
    buffers, optimizer, schedule, random numbers, and the batches still to come in the epoch. Gradients are not saved,
    so save between `step()` and the next `backward()`. Neither are Python's and NumPy's own generators.

    Args:
        f: a path, or a file open for writing bytes.
        parts: by names of your choice. Of objects that have a `state_dict` (models, optimizers, schedulers, loaders)
            and of Generators the state is saved; any other value (an epoch, a history) as it is, like in `save`.

    Raises:
        TypeError: for a value that is not data; nothing has then been written.
        FileNotFoundError: if the folder of the path does not exist.

    >>> import io, tinygrad_lite as tl
    >>> model, file = tl.nn.Linear(2, 1), io.BytesIO()
    >>> optimizer = tl.optim.Adam(model.parameters())
    >>> tl.save_checkpoint(file, model=model, optimizer=optimizer, epoch=3)
    >>> _ = file.seek(0)
    >>> tl.load_checkpoint(file, model=model, optimizer=optimizer)
    {'epoch': 3}
    """
    states = {name: _state(part) for name, part in parts.items() if _has_state(part)}
    values = {name: part for name, part in parts.items() if name not in states}
    write({"checkpoint": _VERSION, "rng": get_rng_state(), "states": states, "values": values}, f, None, data_only=True)


def load_checkpoint(
    f: str | os.PathLike[str] | IO[bytes], /, *, strict: bool = True, rng: bool = True, **parts: Any
) -> dict[str, Any]:
    """Give every part the state that it had when the checkpoint was saved: all of them, or on an error none.

    Args:
        f: a path, or a file open for reading bytes.
        strict: whether it is an error to leave a part of the file out.
        rng: whether to restore the default generator too.
        parts: what to restore, by the names under which it was saved.

    Returns:
        The other values that were saved, by name.

    Raises:
        KeyError: if the file lacks one of the parts, or (with `strict`) has more of them.
        RuntimeError: if the file is corrupt or not a checkpoint.
        TypeError: for a part that has no state to restore.
        FileNotFoundError: if there is no file at the path.

    Besides, what the `load_state_dict` of a part raises for a state that does not fit.

    >>> import io, tinygrad_lite as tl
    >>> model, file = tl.nn.Linear(1, 1), io.BytesIO()
    >>> _ = tl.nn.init.ones_(model.weight)
    >>> tl.save_checkpoint(file, model=model, history=[0.5, 0.25])
    >>> _ = tl.nn.init.zeros_(model.weight), file.seek(0)
    >>> tl.load_checkpoint(file, model=model)
    {'history': [0.5, 0.25]}
    >>> model.weight.item()
    1.0
    """
    found = load(f)
    version = found.get("checkpoint") if isinstance(found, dict) else None
    if type(version) is not int or (version <= _VERSION and not _is_whole(found)):
        raise RuntimeError("load_checkpoint: the file is not a checkpoint; read it with load()")
    if version > _VERSION:
        raise RuntimeError("load_checkpoint: the file was written by a newer version of tinygrad_lite; update it")
    states: dict[str, Any] = found["states"]
    stateless = [name for name, part in parts.items() if not _has_state(part)]
    if stateless:
        raise TypeError(f"load_checkpoint: {stateless} have no state_dict to restore; saved values are returned")
    missing = [name for name in parts if name not in states]
    left = [name for name in states if name not in parts] if strict else []
    if missing or left:
        raise KeyError(
            f"load_checkpoint: the file has the parts {list(states)}, but was to restore {list(parts)}"
            + (f"; {left} would be lost: pass them, or strict=False" if left else "")
        )
    before = {name: deepcopy(_state(part)) for name, part in parts.items()}
    touched = []
    try:
        # Loaders come last. One that raises has not changed anything, so that none has to be restored.
        for name, part in sorted(parts.items(), key=lambda item: isinstance(item[1], DataLoader)):
            touched.append(name)
            _restore(part, states[name])
    except BaseException:
        for name in touched:
            if not isinstance(parts[name], DataLoader):
                _restore(parts[name], before[name])
        raise
    if rng:
        set_rng_state(found["rng"])
    values: dict[str, Any] = found["values"]
    return values


def _is_whole(found: dict[Any, Any]) -> bool:
    """Return True if all parts of a checkpoint are there."""
    return isinstance(found.get("states"), dict) and isinstance(found.get("values"), dict) and "rng" in found


def _has_state(part: Any) -> bool:
    return isinstance(part, Generator) or hasattr(part, "load_state_dict")


def _state(part: Any) -> Any:
    return part.get_state() if isinstance(part, Generator) else part.state_dict()


def _restore(part: Any, state: Any) -> None:
    if isinstance(part, Generator):
        part.set_state(state)
    else:
        part.load_state_dict(state)
