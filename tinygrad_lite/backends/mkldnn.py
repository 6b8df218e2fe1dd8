"""Intel's kernels of neural networks: not used here. The switches may be set, and have no effect."""

enabled = True
deterministic = False
allow_tf32 = True
fp32_precision = "none"


def is_available() -> bool:
    """Return False."""
    return False
