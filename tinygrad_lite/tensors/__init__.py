"""The Tensor that users have, and all that makes it an object of Python and of NumPy."""
