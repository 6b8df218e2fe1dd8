"""The abilities of the CPU, as far as NumPy knows them."""


def get_cpu_capability() -> str:
    """Return "DEFAULT": NumPy chooses its kernels itself, and `show_config()` tells which."""
    return "DEFAULT"
