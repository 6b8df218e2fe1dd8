"""Checkpoints: a training run in one file, from which it goes on as if it had never stopped."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from ..random.generator import Generator, get_rng_state, set_rng_state
from ..utils.data import DataLoader
from .io import load, save

_VERSION = 1


def save_checkpoint(f: Any, /, **parts: Any) -> None:
    """Save the state of everything that takes part in a training run, in one file that is whole or the old one.

    Besides the parts the state of the default generator is saved. A run that loads the file goes on byte for byte
    as this one would: parameters, buffers, optimizer, schedule, random numbers, and the batches still to come in
    the epoch. Gradients are not saved: save between `step()` and the next `backward()`. Nor are Python's and
    NumPy's own generators.

    Args:
        f: a path, or a file open for writing bytes.
        parts: by names of your choice. What has a `state_dict` (models, optimizers, schedulers, loaders) and
            Generators are saved as that, anything else (an epoch, a history) as it is: see `save`.

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
    save({"checkpoint": _VERSION, "rng": get_rng_state(), "states": states, "values": values}, f)


def load_checkpoint(f: Any, /, *, strict: bool = True, rng: bool = True, **parts: Any) -> dict[str, Any]:
    """Give every part the state it had when the checkpoint was saved; all of them, or on an error none.

    Args:
        f: a path, or a file open for reading bytes.
        strict: whether it is an error to leave a part of the file out.
        rng: whether to restore the default generator too.
        parts: what to restore, by the names under which it was saved.

    Returns:
        What was saved as it is, by name.

    Raises:
        KeyError: if the file lacks one of the parts, or has more of them (unless not strict).
        RuntimeError: if the file is corrupt or no checkpoint.
        And whatever a part's `load_state_dict` raises for a state that does not fit.
    """
    found = load(f)
    if not isinstance(found, dict) or "checkpoint" not in found:
        raise RuntimeError("load_checkpoint: the file is not a checkpoint; read it with load()")
    if found["checkpoint"] > _VERSION:
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
        # A loader checks first and then only notes where to go on, so it needs no way back.
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


def _has_state(part: Any) -> bool:
    return isinstance(part, Generator) or hasattr(part, "load_state_dict")


def _state(part: Any) -> Any:
    return part.get_state() if isinstance(part, Generator) else part.state_dict()


def _restore(part: Any, state: Any) -> None:
    if isinstance(part, Generator):
        part.set_state(state)
    else:
        part.load_state_dict(state)
