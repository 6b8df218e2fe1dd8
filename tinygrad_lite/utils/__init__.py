"""What training scripts need around the model: `utils.data`."""

from . import data
