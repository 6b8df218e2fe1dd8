"""PyTorch's `torch.profiler`: what a block of code spends its time on, by operation."""

from ..runtime.public_names import set_public_module
from .clock import record_function
from .profile import (
    ProfilerAction,
    ProfilerActivity,
    kineto_available,
    profile,
    schedule,
    supported_activities,
    tensorboard_trace_handler,
)

__all__ = [
    "ProfilerAction", "ProfilerActivity", "kineto_available", "profile", "record_function", "schedule",
    "supported_activities", "tensorboard_trace_handler",
]  # fmt: skip

set_public_module(__name__, (ProfilerAction, ProfilerActivity, profile, record_function))
