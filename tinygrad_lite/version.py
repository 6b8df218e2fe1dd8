"""PyTorch's `torch.version`, which scripts ask for the GPUs that it was built for: here none."""

cuda: str | None = None
hip: str | None = None
xpu: str | None = None
debug = False
git_version: str | None = None
