"""The scaling of losses, by which gradients in float16 keep from vanishing."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.errors import warn
from ..tensors.tensor import Tensor


class GradScaler:
    """Multiply a loss by a scale before `backward()`, and divide the gradients by it before the optimizer's step.

    A step whose gradients are infinite or NaN is left out, and the scale is made smaller; after `growth_interval` good
    steps it is made larger. Disabled, all methods do what they would without a scale. For "cuda" it warns and is
    disabled, because there is no GPU; on the CPU it works.

    Args:
        device: "cuda" or "cpu".
        init_scale: the scale at the beginning.
        growth_factor: what it is multiplied by after enough good steps.
        backoff_factor: what it is multiplied by after a bad one.
        growth_interval: how many good steps in a row are enough.
        enabled: whether it is to do something.

    Raises:
        AssertionError: if a factor is on the wrong side of 1.

    >>> import tinygrad_lite as tl
    >>> scaler, w = tl.amp.GradScaler("cpu", init_scale=8.0), tl.ones(1, requires_grad=True)
    >>> optimizer = tl.optim.SGD([w], lr=1.0)
    >>> scaler.scale((2 * w).sum()).backward()
    >>> w.grad
    tensor([16.])
    >>> _ = scaler.step(optimizer)  # with the gradient 2
    >>> scaler.update()
    >>> w
    tensor([-1.], requires_grad=True)
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        self._device = device
        self._enabled = enabled
        if device == "cuda" and enabled:
            warn("torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.")
            self._enabled = False
        if self._enabled:
            if growth_factor <= 1.0:
                raise AssertionError("The growth factor must be > 1.0.")
            if backoff_factor >= 1.0:
                raise AssertionError("The backoff factor must be < 1.0.")
        self._scale, self._growth_tracker = float(init_scale), 0
        self._growth_factor, self._backoff_factor = growth_factor, backoff_factor
        self._growth_interval = growth_interval
        self._began = False
        self._found: dict[int, bool] = {}
        self._stepped: set[int] = set()

    def scale(self, outputs: Any) -> Any:
        """A Tensor times the scale; or each of several, in a list or tuple."""
        if not self._enabled:
            return outputs
        self._began = True
        if isinstance(outputs, Tensor):
            return outputs * self._scale
        if not isinstance(outputs, (list, tuple)):
            raise ValueError("outputs must be a Tensor or an iterable of Tensors")
        return type(outputs)(map(self.scale, outputs))

    def _check_began(self, method: str) -> None:
        if not self._began:
            raise AssertionError(
                f"Attempted {method} but _scale is None.  This may indicate your script did not use scaler.scale(loss "
                "or outputs) earlier in the iteration."
            )

    def unscale_(self, optimizer: Any) -> None:
        """Divide the gradients of an optimizer's parameters by the scale: before they are clipped, for instance."""
        if not self._enabled:
            return
        self._check_began("unscale_")
        if id(optimizer) in self._stepped:
            raise RuntimeError("unscale_() is being called after step().")
        if id(optimizer) in self._found:
            raise RuntimeError("unscale_() has already been called on this optimizer since the last update().")
        bad, factor = False, np.float32(1 / self._scale)
        for group in optimizer.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    values = p.grad._values() if p.grad.is_sparse else p.grad
                    bad = bad or not bool(np.isfinite(values._data).all())
                    values.detach().mul_(float(factor))
        self._found[id(optimizer)] = bad

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """The optimizer's step with the unscaled gradients, unless one of them is infinite or NaN."""
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        if id(optimizer) in self._stepped:
            raise RuntimeError("step() has already been called since the last update().")
        if id(optimizer) not in self._found:
            self.unscale_(optimizer)
        self._stepped.add(id(optimizer))
        return None if self._found[id(optimizer)] else optimizer.step(*args, **kwargs)

    def update(self, new_scale: float | Tensor | None = None) -> None:
        """Make the scale smaller after a step that was left out, or larger after enough good ones; or set it."""
        if not self._enabled:
            return
        self._check_began("update")
        if new_scale is not None:
            self._scale = float(new_scale)
        elif not self._found:
            raise RuntimeError("No inf checks were recorded prior to update.")
        elif any(self._found.values()):
            self._scale, self._growth_tracker = float(np.float32(self._scale * self._backoff_factor)), 0
        else:
            self._growth_tracker += 1
            if self._growth_tracker == self._growth_interval:
                self._scale, self._growth_tracker = float(np.float32(self._scale * self._growth_factor)), 0
        self._found, self._stepped = {}, set()

    def get_scale(self) -> float:
        """The scale; 1 if disabled."""
        return self._scale if self._enabled else 1.0

    def is_enabled(self) -> bool:
        """Return True if this scaler multiplies losses by its scale."""
        return self._enabled

    def get_growth_factor(self) -> float:
        """Return the factor by which the scale grows after `growth_interval` steps without inf or NaN."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Set the factor by which the scale grows."""
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """Return the factor by which the scale shrinks after a step with inf or NaN."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Set the factor by which the scale shrinks."""
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """Return the number of steps in a row without inf or NaN after which the scale grows."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Set the number of good steps in a row after which the scale grows."""
        self._growth_interval = new_interval

    def state_dict(self) -> dict[str, Any]:
        """The scale, the factors and the count of good steps; empty if disabled."""
        if not self._enabled:
            return {}
        return {
            "scale": self._scale,
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._growth_tracker,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take what `state_dict()` gave.

        Raises:
            RuntimeError: for an empty one.
        """
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError(
                "The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler."
            )
        self._scale, self._growth_tracker = state_dict["scale"], state_dict["_growth_tracker"]
        self._growth_factor, self._backoff_factor = state_dict["growth_factor"], state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
