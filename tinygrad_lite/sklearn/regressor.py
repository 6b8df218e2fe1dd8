"""A network that predicts numbers."""

from __future__ import annotations

from typing import Any

from ..nn.losses.regression import MSELoss
from ..runtime.optional import require
from .net import NeuralNet

RegressorMixin: Any = require("sklearn.base", extra="sklearn").RegressorMixin


class NeuralNetRegressor(RegressorMixin, NeuralNet):
    """A regressor of scikit-learn that trains a Module.

    The parameters are those of `NeuralNet`, and skorch's. y may have the shape (N,) or (N, M), of any real dtype; for
    (N,) the module may give (N,) or (N, 1), and predictions have the shape (N,).

    Args:
        module, criterion, optimizer, lr, max_epochs, batch_size, iterator_train, iterator_valid: see `NeuralNet`. The
            criterion is `nn.MSELoss` by default.
        train_split, callbacks, warm_start, verbose, device, random_state, kwargs: see `NeuralNet`.

    Raises:
        ValueError: for a module whose outputs do not have the targets' shape.

    >>> import numpy as np
    >>> import tinygrad_lite as tl
    >>> X = np.random.default_rng(0).normal(size=(100, 1))
    >>> net = NeuralNetRegressor(optimizer=tl.optim.Adam, lr=0.05, max_epochs=50, verbose=0, random_state=0)
    >>> net.fit(X, 3 * X[:, 0] + 1).score(X, 3 * X[:, 0] + 1) > 0.95
    True
    """

    default_criterion = MSELoss

    def _outputs(self) -> int:
        return int(self._target_shape[0]) if self._target_shape else 1

    def _checked_y(self, y: Any, reset: bool, classes: Any) -> Any:
        y = super()._checked_y(y, reset, classes)
        if y.dtype.kind not in "fiub":
            y = y.astype(float)
        if reset:
            self._target_shape = y.shape[1:]
        return y if y.dtype.kind == "f" else y.astype(float)

    def get_loss(self, y_pred: Any, y_true: Any) -> Any:
        """The loss of the module's outputs, against the targets of the same shape."""
        if y_true.ndim == 1 and y_pred.shape == (len(y_true), 1):
            y_pred = y_pred.squeeze(1)
        if y_pred.shape != y_true.shape:
            raise ValueError(
                f"NeuralNetRegressor: the module's outputs have the shape {tuple(y_pred.shape)}, but the targets have "
                f"{tuple(y_true.shape)}"
            )
        return super().get_loss(y_pred, y_true)

    def predict(self, X: Any) -> Any:
        """The module's outputs for X, as an array of the shape that y had."""
        outputs = super().predict(X)
        return outputs.squeeze(1) if not self._target_shape and outputs.shape[1:] == (1,) else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
