"""The table's functions in PyTorch's calling conventions: keyword arguments, dims of every form, other names."""
