"""Only the tests are collected here, not the scripts that they are about."""

collect_ignore = ["scripts", "make_tensor_stub.py"]
