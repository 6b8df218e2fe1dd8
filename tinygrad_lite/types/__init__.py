"""Dtypes, sizes and the device, and the name `Tensor` for annotations."""
