"""`python -m tinygrad_lite script.py`: run a script in which `import torch` means this library."""

from __future__ import annotations

import sys

from .torch_names.running import main

if __name__ == "__main__":
    main(sys.argv[1:])
