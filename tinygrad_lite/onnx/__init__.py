"""Models as files of ONNX, for other programs to run: `torch.onnx`'s `export`.

This needs onnx: `pip install "tinygrad_lite[onnx]"`.

>>> import io
>>> import tinygrad_lite as tl
>>> file = io.BytesIO()
>>> made = tl.onnx.export(tl.nn.Linear(3, 2), tl.ones(5, 3), file, dynamic_axes={"input": {0: "batch"}})
>>> made.graph.input[0].type.tensor_type.shape.dim[0].dim_param
'batch'
"""

from .errors import OnnxExporterError
from .exporting import TrainingMode, export, is_in_onnx_export

__all__ = ["OnnxExporterError", "TrainingMode", "export", "is_in_onnx_export"]
