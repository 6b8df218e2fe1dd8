"""What the CPU can do, as far as NumPy knows."""


def get_cpu_capability() -> str:
    """Return "DEFAULT": NumPy chooses its kernels itself, and `show_config()` tells which."""
    return "DEFAULT"
