"""Which GPUs this library was built for, as scripts ask `torch.version`: none."""

cuda: str | None = None
hip: str | None = None
xpu: str | None = None
debug = False
git_version: str | None = None
