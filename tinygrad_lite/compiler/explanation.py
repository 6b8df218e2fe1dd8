"""The explanation of a compiled function, for users: its programs, their arguments, and what was refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..core.tensor import TensorBase
from .compiled_call import CompiledCall

LONGEST = 60  # characters of an argument that is no Tensor


def described(args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """The arguments of a call, Tensors by their dtype and shape: `(float32 (64, 2), p=0.5)`."""
    texts = [_one(x) for x in args] + [f"{name}={_one(x)}" for name, x in kwargs.items()]
    return f"({', '.join(texts)})"


def _one(x: Any) -> str:
    if isinstance(x, TensorBase):
        grad = " with gradient" if x.requires_grad else ""
        return f"{x.dtype} {tuple(x.shape)}{grad}"
    if isinstance(x, (list, tuple)):
        return f"[{', '.join(map(_one, x))}]"
    text = repr(x) if isinstance(x, (int, float, str, type(None))) else type(x).__name__
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def explanation_of(name: str, calls: Sequence[list[CompiledCall]], warned: Iterable[str]) -> str:
    """The programs in the order of their kinds of arguments, with their guards, and what else ran as it is written."""
    lines: list[str] = []
    kinds: list[CompiledCall] = []
    programs = 0
    for kind in calls:
        for i, call in enumerate(kind):
            why = "for the first call" if not kinds else "for arguments of another kind"
            if i:
                why = "since something that the function reads beside its arguments had changed"
            if call.reason is not None:
                made = f"runs as it is written: {call.reason}"
            else:
                programs += 1
                made = f"a program of {len(call.source.strip().splitlines())} lines, {why}"
                made += f"; {call.note}" if call.note else ""
            lines.append(f"{len(kinds) + 1}. {call.called_with}: {made}")
            kinds.append(call)
            if call.reason is None and (guarded := call.guards.described()):
                lines.append(f"   compared before each call: {', '.join(guarded)}")
    reasons = {call.reason for kind in calls for call in kind}
    lines += [f"as it is written: {reason}" for reason in sorted(set(warned) - reasons)]
    return "\n".join([f"{name}: {programs} program{'s' * (programs != 1)}", *lines])
