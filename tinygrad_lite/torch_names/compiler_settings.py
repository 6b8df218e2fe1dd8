"""`torch._dynamo` and `torch._inductor`: scripts set what PyTorch's compiler is to do, which has no effect here."""

from __future__ import annotations

from types import SimpleNamespace

from ..compiler.marks import allow_in_graph, disable, is_compiling, reset

__all__ = ["allow_in_graph", "config", "disable", "is_compiling", "reset"]


class _Settings(SimpleNamespace):
    """Settings that can be written and read back. One that was not written is a group of others."""

    def __getattr__(self, name: str) -> _Settings:
        if name.startswith("__"):
            raise AttributeError(name)
        setattr(self, name, group := _Settings())
        return group


config = _Settings()
