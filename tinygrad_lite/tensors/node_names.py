"""PyTorch's names of the nodes that apply a primitive, where they are not made of the primitive's own."""

from __future__ import annotations

NODE_NAMES: dict[str, str | tuple[str, ...]] = {
    "batch_norm": "NativeBatchNormBackward0",
    "bessel_i": "I0Backward0",
    "bessel_ie": "SpecialI0EBackward0",
    "cast": "ToCopyBackward0",
    "clamp": "ClampBackward1",
    "concatenate": "CatBackward0",
    "convolve": "ConvolutionBackward0",
    "convolve_adjoint": "ConvolutionBackward0",
    "cross_entropy": "NllLossBackward0",
    "entr": "SpecialEntrBackward0",
    "erfcx": "SpecialErfcxBackward0",
    "getitem": "IndexBackward0",
    "layer_norm": "NativeLayerNormBackward0",
    "linear": "AddmmBackward0",
    "log1p": "Log1PBackward0",
    "log_ndtr": "SpecialLogNdtrBackward0",
    "logsigmoid": "LogSigmoidBackward0",
    "masked_scale": "MulBackward0",
    "matmul": ("DotBackward0", "MvBackward0", "MmBackward0", "BmmBackward0"),
    "mean": ("MeanBackward0", "MeanBackward1"),
    "narrow": "SliceBackward0",
    "ndtri": "SpecialNdtriBackward0",
    "norm": "LinalgVectorNormBackward0",
    "pad": "ConstantPadNdBackward0",
    "prod": ("ProdBackward0", "ProdBackward1"),
    "put_view": "CopySlices",
    "reshape": "ViewBackward0",
    "setitem": "CopySlices",
    "square": "PowBackward0",
    "sum": ("SumBackward0", "SumBackward1"),
    "xlog1py": "SpecialXlog1PyBackward0",
    "zeta": "SpecialZetaBackward0",
}
"""Where PyTorch has another name than the primitive's; several, by the number of dimensions of the result."""
