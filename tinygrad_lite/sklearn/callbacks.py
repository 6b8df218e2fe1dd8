"""Callbacks of a training: they stop it early, score, change the learning rate, print, or show progress."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from ..optim.lr_scheduler import ReduceLROnPlateau
from ..runtime.optional import require

metrics = require("sklearn.metrics", extra="sklearn")
BaseEstimator: Any = require("sklearn.base", extra="sklearn").BaseEstimator


class Callback(BaseEstimator):
    """The base of callbacks: methods that `NeuralNet` calls as a training proceeds, which do nothing here.

    Raises:
        ValueError: by `set_params`, for a parameter that the callback does not have.

    >>> class Count(Callback):
    ...     def on_epoch_end(self, net, **kwargs):
    ...         print(net.history_[-1, "epoch"])
    >>> Count()
    Count()
    """

    def initialize(self) -> Callback:
        """Begin anew, before a network's first epoch."""
        return self

    def on_train_begin(self, net: Any, X: Any = None, y: Any = None) -> None:
        """Called before the first epoch of a `fit`."""

    def on_train_end(self, net: Any, X: Any = None, y: Any = None) -> None:
        """Called after the last one."""

    def on_epoch_begin(self, net: Any, dataset_train: Any = None, dataset_valid: Any = None) -> None:
        """Called before each epoch."""

    def on_epoch_end(self, net: Any, dataset_train: Any = None, dataset_valid: Any = None) -> None:
        """Called after each epoch, when its row of the history is complete."""

    def on_batch_begin(self, net: Any, batch: Any = None, training: bool = False) -> None:
        """Called before each batch."""

    def on_batch_end(self, net: Any, batch: Any = None, training: bool = False) -> None:
        """Called after each batch."""

    def on_grad_computed(self, net: Any, named_parameters: Any = None, batch: Any = None) -> None:
        """Called between the backward pass and the optimizer's step."""


class EarlyStopping(Callback):
    """Stop the training when an entry of the history has not become better for some epochs.

    Args:
        monitor: the name of the entry.
        patience: the number of epochs without an improvement after which the training stops.
        threshold: how much better is an improvement.
        threshold_mode: `"rel"`, by this fraction of the best value; `"abs"`, by this amount.
        lower_is_better: whether small values are good.
        sink: prints that the training stops.
        load_best: whether the module then gets back the weights of its best epoch.

    Raises:
        ValueError: for another `threshold_mode`.
        KeyError: when the training begins to be validated, if the history has no such entry.

    >>> EarlyStopping(patience=3)
    EarlyStopping(patience=3)
    """

    def __init__(
        self,
        monitor: str = "valid_loss",
        patience: int = 5,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        lower_is_better: bool = True,
        sink: Callable[[str], Any] = print,
        load_best: bool = False,
    ) -> None:
        self.monitor, self.patience, self.threshold = monitor, patience, threshold
        self.threshold_mode, self.lower_is_better = threshold_mode, lower_is_better
        self.sink, self.load_best = sink, load_best

    def on_train_begin(self, net: Any, X: Any = None, y: Any = None) -> None:
        """Forget what was best in an earlier training."""
        if self.threshold_mode not in ("rel", "abs"):
            raise ValueError(f"Invalid threshold mode: '{self.threshold_mode}': it is 'rel' or 'abs'")
        self.misses_, self.best_epoch_, self.best_weights_ = 0, 0, None
        self.best_ = np.inf if self.lower_is_better else -np.inf

    def on_epoch_end(self, net: Any, dataset_train: Any = None, dataset_valid: Any = None) -> None:
        """Count the epochs without an improvement."""
        row = net.history_[-1]
        if self.monitor not in row:
            raise KeyError(
                f"EarlyStopping: the history has no entry '{self.monitor}', only {', '.join(sorted(row))}. There is a "
                "'valid_loss' if train_split keeps samples back, and EpochScoring makes other entries"
            )
        value = row[self.monitor]
        if self._better(value):
            self.misses_, self.best_, self.best_epoch_ = 0, value, row["epoch"]
            if self.load_best:
                self.best_weights_ = copy.deepcopy(net.module_.state_dict())
            return
        self.misses_ += 1
        if self.misses_ >= self.patience:
            if net.verbose:
                self.sink(
                    f"Stopping since {self.monitor} has not improved in the last {self.patience} epochs: the best was "
                    f"{self.best_:.4f} in epoch {self.best_epoch_}."
                )
            raise StopTraining

    def on_train_end(self, net: Any, X: Any = None, y: Any = None) -> None:
        """Give the module its best weights back."""
        if self.best_weights_ is not None:
            net.module_.load_state_dict(self.best_weights_)

    def _better(self, value: float) -> bool:
        """Return True if a value improves on the best one by more than the threshold."""
        sign = 1 if self.lower_is_better else -1
        if np.isinf(self.best_):
            return bool(sign * value < sign * self.best_)
        margin = self.threshold * (abs(self.best_) if self.threshold_mode == "rel" else 1)
        return bool(sign * value < sign * self.best_ - margin)


class StopTraining(Exception):
    """Raised by a callback to end a training in good order."""


class EpochScoring(Callback):
    """Score each epoch by one of scikit-learn's metrics, and write it to the history.

    Args:
        scoring: the name of a metric, such as `"roc_auc"`, or a function of (net, X, y).
        lower_is_better: whether small values are good, for the entry `<name>_best`.
        on_train: whether to score the training samples rather than those that validate.
        name: that of the entry; by default that of the metric, after `valid_` or `train_`.

    Raises:
        ValueError: for a name that scikit-learn does not know.

    >>> EpochScoring("f1_macro", lower_is_better=False)
    EpochScoring(lower_is_better=False, scoring='f1_macro')
    """

    def __init__(
        self, scoring: Any, lower_is_better: bool = True, on_train: bool = False, name: str | None = None
    ) -> None:
        self.scoring, self.lower_is_better, self.on_train, self.name = scoring, lower_is_better, on_train, name

    def initialize(self) -> EpochScoring:
        """Find the metric, and forget the best score."""
        self.scorer_ = self.scoring if callable(self.scoring) else metrics.get_scorer(self.scoring)
        prefix = "train_" if self.on_train else "valid_"
        own = self.scoring if isinstance(self.scoring, str) else getattr(self.scoring, "__name__", "score")
        self.name_, self.best_score_ = self.name or prefix + own, np.inf if self.lower_is_better else -np.inf
        return self

    def on_epoch_end(self, net: Any, dataset_train: Any = None, dataset_valid: Any = None) -> None:
        """Score the samples."""
        samples = dataset_train if self.on_train else dataset_valid
        if samples is None:
            return
        score = float(self.scorer_(net, *net.samples_of(samples)))
        better = score < self.best_score_ if self.lower_is_better else score > self.best_score_
        if better:
            self.best_score_ = score
        net.history_[-1] |= {self.name_: score, f"{self.name_}_best": bool(better)}


class LRScheduler(Callback):
    """Change the learning rate after each epoch, or each batch, by one of `optim.lr_scheduler`.

    Args:
        policy: the scheduler's class.
        monitor: the entry of the history that ReduceLROnPlateau looks at, or a function of the net.
        step_every: `"epoch"` or `"batch"`.
        event_name: the entry of the history for the learning rate that an epoch had; None for none.
        kwargs: the scheduler's own parameters.

    Raises:
        ValueError: for another `step_every`.

    >>> import tinygrad_lite as tl
    >>> LRScheduler(tl.optim.lr_scheduler.StepLR, step_size=10).kwargs
    {'step_size': 10}
    """

    def __init__(
        self,
        policy: Any,
        monitor: Any = "train_loss",
        step_every: str = "epoch",
        event_name: str | None = "event_lr",
        **kwargs: Any,
    ) -> None:
        if step_every not in ("epoch", "batch"):
            raise ValueError(f"LRScheduler: step_every is 'epoch' or 'batch', not {step_every!r}")
        self.policy, self.monitor, self.step_every, self.event_name = policy, monitor, step_every, event_name
        self.kwargs = kwargs

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters, those of the scheduler among them."""
        own = {name: getattr(self, name) for name in ("policy", "monitor", "step_every", "event_name")}
        return own | self.kwargs

    def set_params(self, **params: Any) -> LRScheduler:
        """Set parameters of the callback or of the scheduler."""
        for name, value in params.items():
            if name in ("policy", "monitor", "step_every", "event_name"):
                setattr(self, name, value)
            else:
                self.kwargs[name] = value
        return self

    def on_train_begin(self, net: Any, X: Any = None, y: Any = None) -> None:
        """Make the scheduler for the optimizer that the net has now."""
        self.scheduler_ = self.policy(net.optimizer_, **self.kwargs)

    def on_epoch_end(self, net: Any, dataset_train: Any = None, dataset_valid: Any = None) -> None:
        """Step, and note the learning rate of this epoch."""
        if self.event_name:
            net.history_[-1][self.event_name] = net.optimizer_.param_groups[0]["lr"]
        if self.step_every == "batch":
            return
        if isinstance(self.scheduler_, ReduceLROnPlateau):
            monitored = self.monitor(net) if callable(self.monitor) else net.history_[-1, self.monitor]
            self.scheduler_.step(monitored)
        else:
            self.scheduler_.step()

    def on_batch_end(self, net: Any, batch: Any = None, training: bool = False) -> None:
        """Step after a batch, if that was asked for."""
        if training and self.step_every == "batch":
            self.scheduler_.step()


class ProgressBar(Callback):
    """Show the progress of each epoch as a bar, by tqdm.

    Args:
        detect_notebook: whether to draw the bar as a widget in a notebook.

    Raises:
        ImportError: when the training begins, if tqdm is not installed.

    >>> ProgressBar()
    ProgressBar()
    """

    def __init__(self, detect_notebook: bool = True) -> None:
        self.detect_notebook = detect_notebook

    def on_epoch_begin(self, net: Any, dataset_train: Any = None, dataset_valid: Any = None) -> None:
        """Begin a bar."""
        tqdm = require("tqdm.auto" if self.detect_notebook else "tqdm", extra="sklearn").tqdm
        loaders = (net.get_iterator(samples, training=False) for samples in (dataset_train, dataset_valid) if samples)
        self._bar = tqdm(total=sum(map(len, loaders)), leave=False)

    def on_batch_end(self, net: Any, batch: Any = None, training: bool = False) -> None:
        """Take the bar a step further."""
        losses = net.history_[-1, "batches"]
        if training and losses:
            self._bar.set_postfix(train_loss=losses[-1]["train_loss"], refresh=False)
        self._bar.update()

    def on_epoch_end(self, net: Any, dataset_train: Any = None, dataset_valid: Any = None) -> None:
        """End the bar."""
        self._bar.close()
        del self._bar


class PrintLog(Callback):
    """Print a line for each epoch, with the numbers of its row of the history.

    Args:
        sink: prints a line.

    Raises:
        ValueError: by `set_params`, for a parameter that the callback does not have.

    >>> PrintLog()
    PrintLog()
    """

    def __init__(self, sink: Callable[[str], Any] = print) -> None:
        self.sink = sink

    def initialize(self) -> PrintLog:
        """Print the names of the columns anew, before the first row."""
        self.columns_: list[str] = []
        return self

    def on_epoch_end(self, net: Any, dataset_train: Any = None, dataset_valid: Any = None) -> None:
        """Print the row."""
        row = net.history_[-1]
        numbers = (float, np.floating)
        names = ["epoch", *sorted(key for key in row if key != "dur" and isinstance(row[key], numbers)), "dur"]
        widths = [max(8, len(name)) for name in names]
        if names != self.columns_:
            self.columns_ = names
            self.sink("  ".join(f"{name:>{width}}" for name, width in zip(names, widths, strict=True)))
            self.sink("  ".join("-" * width for width in widths))
        texts = [f"{row[name]:.4f}" if isinstance(row[name], numbers) else str(row[name]) for name in names]
        self.sink("  ".join(f"{text:>{width}}" for text, width in zip(texts, widths, strict=True)))
