"""Apple's GPUs: not used here."""


def is_available() -> bool:
    """Return False."""
    return False


def is_built() -> bool:
    """Return False."""
    return False


def is_macos_or_newer(major: int, minor: int) -> bool:
    """Return False: it is only asked before a GPU is used."""
    return False
