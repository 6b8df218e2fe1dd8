"""SummaryWriter: writes what TensorBoard shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...core.tensor import TensorBase
from ...runtime.optional import require
from .model_graph import model_graph


class SummaryWriter:
    """Write values, histograms, images, texts and graphs to files that TensorBoard shows.

    The methods are tensorboardX's, and so PyTorch's: `add_scalar(tag, value, step)`, `add_scalars`, `add_histogram`,
    `add_image`, `add_images`, `add_figure`, `add_video`, `add_audio`, `add_text`, `add_embedding`, `add_pr_curve`,
    `add_mesh`, `add_hparams`, `add_custom_scalars`, `flush` and `close`. They take Tensors of any dtype, with a
    gradient or without, and arrays. `add_graph(model, inputs)` draws the operations of one call of a model. A writer
    is closed at the end of a `with` block.

    Args:
        log_dir: the folder; by default a new one in `runs`, named after the time and the machine.
        comment: the end of that name.
        purge_step: the first step that is written again after a crash: what TensorBoard has of it is to be hidden.
        max_queue: how many values wait before they are written.
        flush_secs: for how many seconds they do so at most.
        filename_suffix: the end of the files' names.

    Raises:
        ImportError: if tensorboardX is not installed.

    >>> SummaryWriter.__name__
    'SummaryWriter'
    """

    log_dir: str

    def __init__(
        self,
        log_dir: str | None = None,
        comment: str = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: int = 120,
        filename_suffix: str = "",
    ) -> None:
        self._writer = require("tensorboardX", extra="tensorboard").SummaryWriter(
            None if log_dir is None else str(log_dir),
            comment,
            purge_step=purge_step,
            max_queue=max_queue,
            flush_secs=flush_secs,
            filename_suffix=filename_suffix,
        )
        self.log_dir = self._writer.logdir

    def __getattr__(self, name: str) -> Any:
        """The methods of tensorboardX's writer, for Tensors as for arrays."""
        if name.startswith("_"):
            raise AttributeError(f"'SummaryWriter' object has no attribute {name!r}")
        member = getattr(self._writer, name)
        return _of_arrays(member) if callable(member) else member

    def get_logdir(self) -> str:
        """The folder to which this writes."""
        return self.log_dir

    def add_graph(
        self, model: Any, input_to_model: Any = None, verbose: bool = False, use_strict_trace: bool = True
    ) -> None:
        """Draw the operations of one call of a model, each in the box of its layer.

        What is shown is what a gradient flows through: operations on Tensors that require none are left out.

        Args:
            model: the Module.
            input_to_model: its argument, or a tuple of its arguments, Tensors of the shapes and dtypes it takes.
            verbose: whether to print the graph too.
            use_strict_trace: accepted as PyTorch does, without effect.

        Raises:
            RuntimeError: if no result requires a gradient.
        """
        graph = model_graph(model, input_to_model)
        if verbose:
            print(graph)
        event = require("tensorboardX.proto.event_pb2", extra="tensorboard").Event
        self._writer.file_writer.add_event(event(graph_def=graph.SerializeToString()))

    def __enter__(self) -> SummaryWriter:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()


def _of_arrays(method: Callable[..., Any]) -> Callable[..., Any]:
    """The method, given arrays for Tensors."""

    def called(*args: Any, **kwargs: Any) -> Any:
        return method(*_arrays(args), **_arrays(kwargs))

    return called


def _arrays(value: Any) -> Any:
    """The value with arrays in place of the Tensors in its lists, tuples and dicts."""
    if isinstance(value, TensorBase):
        return value.detach().numpy()
    if type(value) in (list, tuple):
        return type(value)(map(_arrays, value))
    if type(value) is dict:
        return {key: _arrays(each) for key, each in value.items()}
    return value
