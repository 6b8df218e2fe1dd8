"""PyTorch's `torch.hub`, which loads models that are programs for PyTorch. Here it raises."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NoReturn

__all__ = ["get_dir", "help", "list", "load", "load_state_dict_from_url", "set_dir"]

_chosen: str | None = None


def get_dir() -> str:
    """The folder where PyTorch keeps what it has loaded: that of `set_dir`, or `hub` in `TORCH_HOME`.

    >>> import tinygrad_lite as tl
    >>> tl.hub.get_dir().endswith("hub")
    True
    """
    if _chosen is not None:
        return _chosen
    home = os.environ.get("TORCH_HOME") or os.path.join(os.environ.get("XDG_CACHE_HOME", "~/.cache"), "torch")
    return str(Path(home).expanduser() / "hub")


def set_dir(d: str) -> None:
    """Set that folder.

    Args:
        d: its path.

    >>> import tinygrad_lite as tl
    >>> tl.hub.set_dir("/tmp/models/hub")
    >>> tl.hub.get_dir()
    '/tmp/models/hub'
    """
    global _chosen
    _chosen = os.path.expanduser(d)


def _refuse(name: str, what: Any) -> NoReturn:
    raise RuntimeError(
        f"hub.{name}({what!r}): models of PyTorch's hub are programs for PyTorch, and are not loaded here. Write the "
        "model with nn, and take the numbers of a file with load()"
    )


def load(repo_or_dir: str, model: str, *args: Any, **kwargs: Any) -> NoReturn:
    """Raise: models of PyTorch's hub are programs for PyTorch.

    Args:
        repo_or_dir: the repository.
        model: the name of the model in it.

    Raises:
        RuntimeError: always.
    """
    _refuse("load", repo_or_dir)


def list(github: str, *args: Any, **kwargs: Any) -> NoReturn:
    """Raise, as `load`.

    Args:
        github: the repository.

    Raises:
        RuntimeError: always.
    """
    _refuse("list", github)


def help(github: str, model: str, *args: Any, **kwargs: Any) -> NoReturn:
    """Raise, as `load`.

    Args:
        github: the repository.
        model: the name of the model in it.

    Raises:
        RuntimeError: always.
    """
    _refuse("help", github)


def load_state_dict_from_url(url: str, *args: Any, **kwargs: Any) -> NoReturn:
    """Raise: load the file yourself, and read it with `load`.

    Args:
        url: where the file is.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError(
        f"hub.load_state_dict_from_url({url!r}): files are not fetched from the net here. Download it, and call "
        "load(path)"
    )
