from ..tensors.tensor import Tensor as Tensor
