"""The statements that random programs are made of, as text: one line each, over variables v0, v1 …

The same line runs with `T` standing for this library or for PyTorch. While a program is written it is also run, so that
a line can be chosen that fits the shapes and dtypes of the variables there are. Lines that raise an error are kept now
and then: both libraries are to raise the same.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

Shape = tuple[int, ...]

PRELUDE = """\
import warnings
warnings.simplefilter("ignore")
F = T.nn.functional
seen = []

class Cube(T.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x ** 3
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x * x * g

class ProductAndSum(T.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * y, x + y
    @staticmethod
    def backward(ctx, g, h):
        x, y = ctx.saved_tensors
        return g * y + h, g * x + h

class Doubled(T.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.mark_dirty(x)
        x.mul_(2)
        return x
    @staticmethod
    def backward(ctx, g):
        return 2 * g
"""

IN_PLACE_FUNCTIONS = True
"""True if custom Functions change their input in place."""
FLOATS = ("float64", "float64", "float64", "float32")
UNARY = """
x.sin() x.cos() x.tanh() x.sigmoid() x.exp() -x x.abs() x.square() (x**2) (x**3) (x*x+0.5).sqrt() (x.abs()+0.5).log()
x.relu() x.atan() x.erf() x.sign() x.clamp(-1,1) x.clamp(min=0.5) (x*x+1).reciprocal() (x*x+0.3).rsqrt() (x*0.3).expm1()
F.gelu(x) F.softplus(x) F.leaky_relu(x,0.1) F.elu(x) F.silu(x) F.hardtanh(x) F.relu6(x) F.selu(x) F.logsigmoid(x) x.square().log1p()
F.softsign(x) F.hardswish(x) F.tanhshrink(x) x.sinh() x.clone() x.contiguous() (x+1) (1-x) (x*2.5) (2/(x*x+1)) (x/3) x.mul(x)
x.nan_to_num() x.trunc() x.detach() x.clamp(-0.9,0.9).asin() (x.abs()+0.5).pow(1.5) (2.0**x)
""".split()
BINARY = """
(x+y) (x-y) (x*y) (x/(y*y+1)) T.maximum(x,y) T.minimum(x,y) T.where(x>y,x,y) T.where(x>0.1,y,0.5) T.lerp(x,y.to(x.dtype),0.3)
T.atan2(x,y*y+1) (x.abs()+0.5)**y x.addcmul(x,y) T.addcdiv(x,y,y*y+1)
F.mse_loss(x,y.to(x.dtype)) F.smooth_l1_loss(x,y.to(x.dtype)) F.l1_loss(x,y.to(x.dtype)) x.expand_as(y) x.fmod(y*y+1) (x@y)
F.binary_cross_entropy_with_logits(x,y.to(x.dtype).sigmoid()) T.fmax(x,y) T.xlogy(x,y*y+1) F.huber_loss(x,y.to(x.dtype))
""".split()
REDUCTIONS = """
sum mean prod amax amin logsumexp var std max min cumsum cumprod cummax softmax log_softmax norm argmax
sort argsort all any topk softmin flip nansum count_nonzero
""".split()
WHOLE = """x.sum() x.mean() x.prod() x.max() x.min() x.var() x.std() x.norm() x.amax() x.median() x.item() x.abs().sum()
x.sum(dtype=T.float64) x.argmax() x.trace() x.cumsum(0) x.aminmax()[0]""".split()
IN_PLACE = """
add_(y) sub_(y) mul_(y) div_(y*y+1) copy_(y) add_(1.5) mul_(0.5) zero_() fill_(0.7) exp_() tanh_() sigmoid_() relu_() sin_()
neg_() abs_() square_() clamp_(-1,1) pow_(2) addcmul_(y,y) sub_(0.1) div_(3) clamp_(min=0) sqrt_() lerp_(y.to(x.dtype),0.3)
clamp_min_(0.2) masked_fill_(x>0.3,0.9) masked_fill_(y>0.3,0.4) add_(x) mul_(x) cos_() floor_() t_() unsqueeze_(0) squeeze_()
where_(y) addcdiv_(y,y*y+1) cumsum_(0) fill_diagonal_(0.3) transpose_(0,1)
""".split()


class Grammar:
    """Writes one line at a time for the variables of `env`.

    Args:
        rng: decides everything.
        env: the variables, by name, as Tensors of this library.
        smooth: only what a difference quotient can follow: no detach, no_grad, hooks, and one dtype.
    """

    def __init__(self, rng: random.Random, env: dict[str, Any], smooth: bool = False) -> None:
        self.rng, self.env, self.smooth = rng, env, smooth
        self.count = 0
        kinds: list[tuple[int, Callable[[], str]]] = [
            (3, self.creation), (10, self.view), (12, self.in_place), (9, self.unary), (12, self.binary),
            (8, self.reduction), (7, self.get), (8, self.set), (4, self.joined), (4, self.product), (3, self.custom),
            (3, self.gathered), (3, self.scattered), (2, self.several),
        ]  # fmt: skip
        if not smooth:
            kinds += [
                (3, self.hook), (2, self.retained), (3, self.backward), (3, self.grad), (2, self.converted),
                (2, self.compared),
            ]  # fmt: skip
        self.kinds = kinds

    # ---- choices

    def line(self) -> str:
        """The next line."""
        if self.count < 2:
            return self.creation(grad=True)
        weights = [w for w, _ in self.kinds]
        kind = self.rng.choices(self.kinds, weights)[0][1]
        text = kind()
        # A view that is made in no_grad requires a gradient in PyTorch 2.13, and is a leaf; here it does not.
        shares = kind in (self.view, self.get, self.several, self.grad, self.joined, self.binary)
        if not self.smooth and not shares and self.rng.random() < 0.06:
            text = f"with T.{self.rng.choice(('no_grad', 'no_grad', 'enable_grad'))}(): {text}"
        return text

    def one(self, fits: Callable[[Any], bool] = lambda x: True) -> str:
        """The name of a variable, later ones more often; of one that fits, if there is any."""
        names = [n for n, x in self.env.items() if fits(x)] or [*self.env]
        return names[-1 - min(int(self.rng.expovariate(0.35)), len(names) - 1)]

    def real(self) -> str:
        """A variable of a floating dtype, nearly always."""
        return self.one(_is_real) if self.rng.random() < 0.95 else self.one()

    def shape(self, name: str) -> Shape:
        return tuple(self.env[name].shape)

    def partner(self, name: str) -> str:
        """A variable that broadcasts with another, nearly always."""
        if self.rng.random() < 0.04:
            return self.one()
        shape = self.shape(name)
        return self.one(lambda y: (self.smooth is False or _is_real(y)) and _broadcasts(shape, tuple(y.shape)))

    def into(self, name: str) -> str:
        """A variable that can be written into another, nearly always."""
        if self.rng.random() < 0.04:
            return self.partner(name)
        shape = self.shape(name)
        names = lambda y: _is_real(y) and _fits_into(tuple(y.shape), shape)
        return self.one(names)

    def new(self, value: str) -> str:
        """A line that gives a value to a new variable, or, rarely, to one that there is."""
        if self.rng.random() < 0.04 and self.env:
            return f"{self.one()} = {value}"
        self.count += 1
        return f"v{self.count - 1} = {value}"

    def dim(self, ndim: int) -> int:
        """A dimension, from either end; rarely one that is not there."""
        if ndim == 0:
            return self.rng.choice((0, -1))
        return self.rng.randrange(-ndim, ndim) if self.rng.random() < 0.98 else ndim

    def random_shape(self) -> Shape:
        sizes = (1, 2, 2, 3, 3, 4) if self.rng.random() < 0.95 else (0, 1, 2)
        return tuple(self.rng.choice(sizes) for _ in range(self.rng.choice((0, 1, 1, 2, 2, 2, 3))))

    def values(self, shape: Shape, make: Callable[[], Any]) -> Any:
        return make() if not shape else [self.values(shape[1:], make) for _ in range(shape[0])]

    # ---- lines

    def creation(self, grad: bool = False) -> str:
        shape = self.random_shape()
        kind = "real" if grad or self.smooth else self.rng.choices(("real", "int", "bool", "made"), (6, 1.5, 1, 1.5))[0]
        if kind == "real":
            dtype = "float64" if self.smooth else self.rng.choice(FLOATS)
            numbers = self.values(shape, lambda: round(self.rng.uniform(-2, 2), 2))
            wanted = grad or self.rng.random() < 0.5
            made = f"T.tensor({numbers}, dtype=T.{dtype}{', requires_grad=True' * wanted})"
            return self.new(
                made if 0 not in shape else f"T.empty({shape}, dtype=T.{dtype}{', requires_grad=True' * wanted})"
            )
        if kind == "int":
            return self.new(f"T.tensor({self.values(shape, lambda: self.rng.randrange(-3, 4))}, dtype=T.int64)")
        if kind == "bool":
            return self.new(f"T.tensor({self.values(shape, lambda: self.rng.random() < 0.5)}, dtype=T.bool)")
        x = self.one()
        makers = (f"T.zeros_like({x})", f"T.ones_like({x})", f"T.zeros({shape})", f"T.full({shape}, 0.5, dtype=T.float64)",
                  "T.arange(4)", "T.eye(3)", f"T.full_like({x}, 2)")  # fmt: skip
        return self.new(self.rng.choice(makers))

    def view(self) -> str:
        x = self.one()
        shape = self.shape(x)
        n, size = len(shape), _product(shape)
        d, e = self.dim(n), self.dim(n)
        length = shape[d] if -n <= d < n else 1
        start = self.rng.randrange(0, length + 1)
        order = list(range(n))
        self.rng.shuffle(order)
        wide = [self.rng.choice((2, 3)) if m == 1 else self.rng.choice((m, -1)) for m in shape]
        splits = self.rng.choice([(size,), (1, size), (-1,), (size, 1), (2, -1), (-1, 2), (*shape, 1), (*shape[::-1],)])
        choices = [
            f"{x}.t()", f"{x}.transpose({d}, {e})", f"{x}.permute({tuple(order)})", f"{x}.reshape({splits})",
            f"{x}.view({splits})", f"{x}.unsqueeze({d})", f"{x}.squeeze()", f"{x}.squeeze({d})", f"{x}.expand({tuple(wide)})",
            f"{x}.expand(2, {', '.join('-1' for _ in shape)})", f"{x}.narrow({d}, {start}, {self.rng.randrange(0, length - start + 1)})",
            f"{x}.select({d}, {self.rng.randrange(-length, length) if length else 0})", f"{x}[{self.basic_index(shape)}]",
            f"{x}[{self.basic_index(shape)}]", f"{x}[{self.basic_index(shape)}]", f"{x}.diagonal()",
            f"{x}.diagonal({self.rng.choice((-1, 0, 1))})", f"{x}.flatten()", f"{x}.movedim({d}, {e})", f"{x}.view_as({x})",
            f"{x}.unbind({d})[0]", f"{x}.split(1, {d})[-1]", f"{x}.chunk(2, {d})[0]", f"{x}.T", f"{x}.mT", f"{x}.ravel()",
            f"{x}.unfold({d}, 2, 1)", f"{x}.unflatten({d}, (1, -1))", f"{x}.swapaxes({d}, {e})",
        ]  # fmt: skip
        if not self.smooth:
            choices.append(f"{x}.detach()")
        return self.new(self.rng.choice(choices))

    def basic_index(self, shape: Shape) -> str:
        """Whole numbers, slices, None and `...`."""
        parts = []
        for n in shape[: self.rng.randint(0, len(shape))]:
            low = self.rng.choice(("", self.rng.randint(-n, n)))
            high = self.rng.choice(("", self.rng.randint(-n, n)))
            step = self.rng.choice(("", "", ":2"))
            parts.append(f"{self.rng.randint(-n, n - 1)}" if n and self.rng.random() < 0.35 else f"{low}:{high}{step}")
        for extra in ("None", "..."):
            if self.rng.random() < 0.2:
                parts.insert(self.rng.randint(0, len(parts)), extra)
        return ", ".join(parts) or "..."

    def index(self, shape: Shape, repeat: bool = True) -> str:
        """Whatever may stand between brackets; with `repeat` the same place may come more than once."""
        kind = self.rng.choice(("basic", "basic", "mask", "mask of one", "list", "array", "two"))
        n = shape[0] if shape else 0
        pick = lambda m: self.rng.randrange(-m, m)
        if not repeat and kind in ("list", "array", "two"):  # which of several values stays is another matter
            places = self.rng.sample(range(n), min(n, self.rng.randint(1, 3)))
            return f"{places}" if kind == "list" and places else f"T.tensor({places}, dtype=T.int64)"
        if kind == "mask":
            return self.mask(shape)
        if kind == "mask of one" and n:
            return f"T.tensor({[self.rng.random() < 0.6 for _ in range(n)]})"
        if kind == "list" and n:
            return f"{[pick(n) for _ in range(self.rng.randint(1, 3))]}"
        if kind == "array" and n:
            rows = [[pick(n) for _ in range(2)] for _ in range(self.rng.randint(1, 2))]
            return f"T.tensor({rows})" + self.rng.choice(("", ", ..."))
        if kind == "two" and len(shape) >= 2 and all(shape):
            second = f"{[pick(shape[-1]) for _ in range(2)]}" if self.rng.random() < 0.7 else str(pick(shape[-1]))
            first = f"{[pick(n) for _ in range(2)]}"
            middle = ":, " * (len(shape) - 2) if self.rng.random() < 0.7 else "..., "
            return self.rng.choice(
                (f"{first}, {middle}{second}", f"..., {second}", f":, {second}" if len(shape) == 2 else first)
            )
        return self.basic_index(shape)

    def mask(self, shape: Shape) -> str:
        """A mask of a shape: a variable, or a comparison, or written out."""
        alike = [n for n, v in self.env.items() if tuple(v.shape) == shape and v.dtype == "bool"]
        if alike and self.rng.random() < 0.5:
            return self.rng.choice(alike)
        if 0 in shape or _product(shape) > 12:
            return "..."
        return f"T.tensor({self.values(shape, lambda: self.rng.random() < 0.5)})"

    def unary(self) -> str:
        return self.new(_filled(self.rng.choice(UNARY), x=self.real()) if not self.smooth else self._smooth(UNARY))

    def _smooth(self, table: list[str], **names: str) -> str:
        unfit = (
            "detach",
            "sign()",
            "trunc",
            "fmod",
            "heaviside",
            "item",
            "arg",
            "nonzero",
            "unique",
            "log1p",
            "asin",
            "pow(1",
        )
        return _filled(
            self.rng.choice([t for t in table if not any(u in t for u in unfit)]), **(names or {"x": self.real()})
        )

    def binary(self) -> str:
        x = self.real()
        y = self.partner(x)
        if self.smooth:
            return self.new(self._smooth(BINARY, x=x, y=y))
        return self.new(_filled(self.rng.choice(BINARY), x=x, y=y))

    def reduction(self) -> str:
        x = self.real()
        n = len(self.shape(x))
        if self.rng.random() < 0.4:
            return self.new(self._smooth(WHOLE, x=x) if self.smooth else _filled(self.rng.choice(WHOLE), x=x))
        name = self.rng.choice(
            [r for r in REDUCTIONS if not self.smooth or r not in ("argmax", "argsort", "all", "any", "count_nonzero")]
        )
        d, keep = self.dim(n), self.rng.choice(("", ", keepdim=True"))
        if name in ("max", "min", "cummax", "sort", "topk"):
            k = "1, " if name == "topk" else ""
            return self.new(
                f"{x}.{name}({k}{d}{keep if name not in ('cummax', 'sort', 'topk') else ''}){self.rng.choice(('.values', '[0]'))}"
            )
        if name == "argsort":
            return self.new(f"{x}.argsort(dim={d}, stable=True)")
        if name in ("cumsum", "cumprod", "softmax", "log_softmax", "flip"):
            return self.new(f"{x}.{name}({d})")
        if name == "softmin":
            return self.new(f"F.softmin({x}, {d})")
        if name == "norm":
            return self.new(f"{x}.norm({self.rng.choice((1, 2, 3))}, {d}{keep})")
        if name == "count_nonzero":
            return self.new(f"{x}.count_nonzero({d})")
        if n >= 2 and name in ("sum", "mean", "amax", "logsumexp", "var", "std") and self.rng.random() < 0.4:
            return self.new(f"{x}.{name}((0, -1){keep})")
        return self.new(f"{x}.{name}({d}{keep})")

    def get(self) -> str:
        x = self.one()
        return self.new(f"{x}[{self.index(self.shape(x))}]")

    def set(self) -> str:
        x = self.real()
        y = self.rng.choice(("0.5", "-1", self.one(), self.one(), f"{x} * 2", "T.tensor(0.25, dtype=T.float64)"))
        index = self.index(self.shape(x), repeat=False)
        kind = self.rng.choice(("set", "set", "set", "add", "mul", "masked"))
        if kind == "set":
            return f"{x}[{index}] = {y}"
        if kind == "masked":
            mask = self.mask(self.shape(x))
            return f"{x}.masked_fill_({mask if mask != '...' else f'{x} > 0.2'}, 0.25)"
        return f"{x}[{index}] {'+' if kind == 'add' else '*'}= {y}"

    def in_place(self) -> str:
        x = self.real()
        text = self.rng.choice(IN_PLACE)
        if self.smooth and ("detach" in text or "requires" in text or "floor" in text or "sqrt" in text):
            text = "mul_(y)"
        y = self.into(x)
        if self.rng.random() < 0.2:
            return f"{x} {self.rng.choice('+-*')}= {self.rng.choice((f'({y}*1)', '2', '0.5', x))}"
        if x != y and np.shares_memory(self.env[x].numpy(force=True), self.env[y].numpy(force=True)):
            y = f"({y}*1)"  # what is read while it is written is nobody's business
        return f"{x}.{_filled(text, x=x, y=y)}"

    def joined(self) -> str:
        x = self.real()
        y = self.one(lambda v: tuple(v.shape) == self.shape(x))
        d = self.dim(len(self.shape(x)))
        many = ", ".join(self.rng.choice((x, y)) for _ in range(self.rng.randint(1, 3)))
        reps = tuple(self.rng.choice((1, 2)) for _ in range(len(self.shape(x)) + self.rng.choice((0, 0, 1))))
        choices = (f"T.cat([{many}], {d})", f"T.stack([{many}], {d})", f"{x}.repeat({reps})", f"{x}.roll(1, {d})",
                   f"{x}.flip({d})", f"{x}.tril()", f"{x}.triu(1)", f"{x}.repeat_interleave(2, {d})", f"F.pad({x}, (1, 1))",
                   f"T.hstack([{many}])", f"{x}.tile({reps})", f"T.broadcast_tensors({x}, {y})[0]", f"{x}.diff()" if self.env[x].numel() else x)  # fmt: skip
        return self.new(self.rng.choice(choices))

    def product(self) -> str:
        x = self.one(lambda v: _is_real(v) and v.ndim >= 1)
        n = self.shape(x)[-1:]
        same = self.env[x].dtype
        y = self.one(lambda v: v.dtype == same and v.ndim >= 1 and tuple(v.shape)[-1 if v.ndim == 1 else -2 :][:1] == n)
        z = self.one(lambda v: v.dtype == same and v.ndim in (1, 2) and tuple(v.shape)[-1:] == n)
        choices = (f"{x} @ {y}", f"T.matmul({x}, {y})", f"F.linear({x}, {z})", f"T.einsum('...i,ji->...j', {x}, {z})",
                   f"T.outer({x}, {y})", f"T.dot({x}, {y})", f"{x}.mm({y})", f"{x} @ {x}.mT",
                   f"{x}.mm({x}.T)", f"F.cross_entropy({x}, T.zeros({self.shape(x)[:1]}, dtype=T.int64))",
                   f"F.layer_norm({x}, {x}.shape[-1:])")  # fmt: skip
        return self.new(self.rng.choice(choices))

    def gathered(self) -> str:
        x = self.one(lambda v: _is_real(v) and v.ndim >= 1 and v.numel())
        shape = self.shape(x)
        d = self.dim(len(shape))
        n = shape[d] if -len(shape) <= d < len(shape) else 1
        places = [self.rng.randrange(n) if n else 0 for _ in range(3)]
        index = self.values(shape, lambda: self.rng.randrange(n)) if n and 0 not in shape else []
        choices = (f"{x}.index_select({d}, T.tensor({places}))", f"{x}.gather({d}, T.tensor({index}, dtype=T.int64))",
                   f"{x}.take(T.tensor([0, 0]))", f"T.take_along_dim({x}, T.tensor({index}, dtype=T.int64), {d})",
                   f"{x}.masked_select({x} > 0.1)", f"F.embedding(T.tensor({places}), {x}.reshape({n}, -1))", f"{x}.masked_fill({x} > 0.4, 2.0)")  # fmt: skip
        return self.new(self.rng.choice(choices))

    def scattered(self) -> str:
        x = self.one(lambda v: _is_real(v) and v.ndim >= 1 and v.numel())
        shape = self.shape(x)
        d = self.dim(len(shape))
        n = shape[d] if -len(shape) <= d < len(shape) else 1
        places = [self.rng.randrange(n) for _ in range(n)] if n else []
        distinct = self.rng.sample(range(n), n)
        index = self.values(shape, lambda: self.rng.randrange(n)) if n and 0 not in shape else []
        y = self.one(lambda v: tuple(v.shape) == shape and v.dtype == self.env[x].dtype)
        target = self.rng.choice(("", "_"))
        choices = (f"index_add{target}({d}, T.tensor({places}, dtype=T.int64), {y})",
                   f"index_fill{target}({d}, T.tensor({places}, dtype=T.int64), 0.6)",
                   f"index_copy{target}({d}, T.tensor({distinct}, dtype=T.int64), {y})",
                   f"scatter_add{target}({d}, T.tensor({index}, dtype=T.int64), {y})",
                   f"scatter{target}({d}, T.tensor({index}, dtype=T.int64), 0.3)",
                   f"index_put{target}((T.tensor({places[:2]}, dtype=T.int64),), T.tensor(0.2, dtype={x}.dtype), accumulate=True)",
                   f"masked_scatter{target}({x} > 0.1, {y} * 1)")  # fmt: skip
        text = f"{x}.{self.rng.choice(choices)}"
        return text if target else self.new(text)

    def several(self) -> str:
        """Several results of one operation."""
        x = self.one(lambda v: _is_real(v) and v.ndim >= 1)
        d = self.dim(len(self.shape(x)))
        a, b = self.count, self.count + 1
        length = self.shape(x)[d] if self.shape(x) and d < len(self.shape(x)) else 0
        if length < 2:
            return self.view()
        self.count += 2
        kind = self.rng.choice(("split", "chunk", "tensor_split", "sort", "max"))
        if kind == "split":
            return f"v{a}, v{b} = {x}.split([1, {length - 1}], {d})"
        if kind in ("chunk", "tensor_split"):
            return f"v{a}, v{b} = {x}.{kind}(2, {d})"
        return f"v{a}, v{b} = {x}.{kind}({f'dim={d}, stable=True' if kind == 'sort' else d})"

    def custom(self) -> str:
        x = self.real()
        if self.rng.random() < 0.4:
            return self.new(f"Cube.apply({x})")
        if not IN_PLACE_FUNCTIONS or self.rng.random() < 0.5:
            y = self.one(lambda v: _is_real(v) and tuple(v.shape) == self.shape(x))
            self.count += 2
            return f"v{self.count - 2}, v{self.count - 1} = ProductAndSum.apply({x}, {y})"
        return self.new(f"Doubled.apply({x})")

    def hook(self) -> str:
        x = self.real()
        function = self.rng.choice(
            ("g * 2", "None", "seen.append(g.tolist())", "g.clone()", "-g", "seen.append(tuple(g.shape))")
        )
        return f"{x}.register_hook(lambda g: {function})"

    def retained(self) -> str:
        return f"{self.real()}.retain_grad()"

    def backward(self) -> str:
        x = self.real()
        options = [o for o in ("retain_graph=True", "create_graph=True") if self.rng.random() < 0.4]
        if self.rng.random() < 0.3:
            options.append(f"inputs=[{self.real()}]")
        if self.rng.random() < 0.3:
            return f"{x}.backward(T.ones_like({x}){''.join(', ' + o for o in options)})"
        return f"({x} * {x}).sum().backward({', '.join(options)})"

    def grad(self) -> str:
        x, y = self.one(lambda v: v.requires_grad), self.one(lambda v: v.requires_grad)
        root = self.rng.choice((f"{x}.sum()", f"({x} ** 2).sum()", f"({x} * {x}.detach()).sum()", f"{x}.sum()"))
        options = "".join(f", {o}" for o in ("create_graph=True", "allow_unused=True") if self.rng.random() < 0.7)
        if "create_graph" not in options and self.rng.random() < 0.5:
            options += ", retain_graph=True"
        self.count += 1
        # The copy, because PyTorch returns gradients that are expanded, and cannot be written in place.
        return f"v{self.count - 1} = T.autograd.grad({root}, [{y}]{options})[0].clone()"

    def converted(self) -> str:
        x = self.one()
        return self.new(
            f"{x}.{self.rng.choice(('double()', 'float()', 'long()', 'bool()', 'to(T.float64)', 'half()', 'type_as(v0)'))}"
        )

    def compared(self) -> str:
        x = self.one()
        text = self.rng.choice(
            ("x > 0.1", "x < y", "x == y", "x >= 0", "x != x", "~(x > 0)", "x.isnan()", "(x > 0) & (y > 0)")
        )
        return self.new(_filled(text, x=x, y=self.partner(x)))


def _filled(template: str, **names: str) -> str:
    """A template with the names of variables in the place of x and y, which stand alone there."""
    out, word = [], ""
    for c in template + "\0":
        if c.isalnum() or c == "_":
            word += c
            continue
        out.append(names.get(word, word) + c)
        word = ""
    return "".join(out)[:-1]


def _is_real(x: Any) -> bool:
    return bool(x.is_floating_point())


def _product(shape: Shape) -> int:
    size = 1
    for n in shape:
        size *= n
    return size


def _broadcasts(a: Shape, b: Shape) -> bool:
    return all(m == n or 1 in (m, n) for m, n in zip(a[::-1], b[::-1], strict=False))


def _fits_into(a: Shape, b: Shape) -> bool:
    return len(a) <= len(b) and all(m in (1, n) for m, n in zip(a[::-1], b[::-1], strict=False))
