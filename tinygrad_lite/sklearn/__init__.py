"""Networks as estimators of scikit-learn, with the names and parameters of skorch.

They stand in pipelines, grid searches and cross-validations, and are copied and pickled. This needs scikit-learn:
`pip install "tinygrad_lite[sklearn]"`.

>>> import numpy as np
>>> import tinygrad_lite as tl
>>> from tinygrad_lite.sklearn import NeuralNetClassifier
>>> X = np.random.default_rng(0).normal(size=(60, 2))
>>> y = np.where(X[:, 0] > 0, "right", "left")
>>> net = NeuralNetClassifier(optimizer=tl.optim.Adam, lr=0.05, max_epochs=30, verbose=0, random_state=0)
>>> net.fit(X, y).predict([[2.0, 0.0], [-2.0, 0.0]]).tolist()
['right', 'left']
"""

from .callbacks import Callback, EarlyStopping, EpochScoring, LRScheduler, PrintLog, ProgressBar
from .classifier import NeuralNetClassifier
from .history import History
from .net import NeuralNet
from .regressor import NeuralNetRegressor
from .splitting import ValidSplit

__all__ = [
    "Callback",
    "EarlyStopping",
    "EpochScoring",
    "History",
    "LRScheduler",
    "NeuralNet",
    "NeuralNetClassifier",
    "NeuralNetRegressor",
    "PrintLog",
    "ProgressBar",
    "ValidSplit",
]
