"""Weights of safetensors files, in shards and under other names, loaded into a model."""

from __future__ import annotations

import json
import runpy
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn

Array = Any
EXAMPLE = Path(__file__).parents[2] / "examples" / "networks" / "gpt.py"

HUGGING_FACE = {  # the names of GPT-2 in transformers, and those of the example's network
    r"(?:transformer\.)?wte\.weight": "letters.weight",
    r"(?:transformer\.)?wpe\.weight": "places.weight",
    r".*\.attn\.(?:masked_)?bias": None,  # masks, which are no weights
    r"(?:transformer\.)?h\.(\d+)\.ln_([12])\.(.*)": r"blocks.\1.norm\2.\3",
    r"(?:transformer\.)?h\.(\d+)\.attn\.c_attn\.(.*)": r"blocks.\1.qkv.\2",
    r"(?:transformer\.)?h\.(\d+)\.attn\.c_proj\.(.*)": r"blocks.\1.project.\2",
    r"(?:transformer\.)?h\.(\d+)\.mlp\.c_fc\.(.*)": r"blocks.\1.mlp.0.\2",
    r"(?:transformer\.)?h\.(\d+)\.mlp\.c_proj\.(.*)": r"blocks.\1.mlp.2.\2",
    r"(?:transformer\.)?ln_f\.(.*)": r"norm.\1",
}
LINEAR = r"blocks\.\d+\.(qkv|project|mlp\.\d)\.weight"  # GPT-2's Conv1D has the transposed matrix


@pytest.fixture
def safetensors() -> Any:
    return pytest.importorskip("safetensors.numpy")


def gpt2(letters: int, context: int, width: int, layers: int) -> dict[str, Array]:
    """Weights under Hugging Face's names."""
    rng = np.random.default_rng(0)

    def draw(*shape: int) -> Array:
        return (rng.standard_normal(shape) * 0.5).astype(np.float32)

    found = {"wte.weight": draw(letters, width), "wpe.weight": draw(context, width)}
    for i in range(layers):
        h = f"h.{i}."
        for name, rows, columns in (
            ("attn.c_attn", width, 3 * width), ("attn.c_proj", width, width),
            ("mlp.c_fc", width, 4 * width), ("mlp.c_proj", 4 * width, width),
        ):  # fmt: skip
            found[f"{h}{name}.weight"], found[f"{h}{name}.bias"] = draw(rows, columns), draw(columns)
        for name in ("ln_1", "ln_2"):
            found[f"{h}{name}.weight"], found[f"{h}{name}.bias"] = draw(width), draw(width)
        found[f"{h}attn.bias"] = np.tril(np.ones((1, 1, context, context), np.float32))
    return found | {"ln_f.weight": draw(width), "ln_f.bias": draw(width)}


def logits_of(w: dict[str, Array], x: Array, heads: int, layers: int) -> Array:
    """What GPT-2 computes, as its paper and its published code have it, in float64."""
    w = {name: a.astype(np.float64) for name, a in w.items()}

    def norm(h: Array, name: str) -> Array:
        centred = h - h.mean(-1, keepdims=True)
        return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * w[f"{name}.weight"] + w[f"{name}.bias"]

    def map_(h: Array, name: str) -> Array:
        return h @ w[f"{name}.weight"] + w[f"{name}.bias"]

    t = x.shape[1]
    h = w["wte.weight"][x] + w["wpe.weight"][:t]
    for i in range(layers):
        q, k, v = np.split(map_(norm(h, f"h.{i}.ln_1"), f"h.{i}.attn.c_attn"), 3, -1)
        q, k, v = (a.reshape(*a.shape[:2], heads, -1).transpose(0, 2, 1, 3) for a in (q, k, v))
        scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
        p = np.exp(np.where(np.tril(np.ones((t, t))) > 0, scores, -np.inf))
        mixed = (p / p.sum(-1, keepdims=True)) @ v
        h = h + map_(mixed.transpose(0, 2, 1, 3).reshape(h.shape), f"h.{i}.attn.c_proj")
        a = map_(norm(h, f"h.{i}.ln_2"), f"h.{i}.mlp.c_fc")
        h = h + map_(0.5 * a * (1 + np.tanh(np.sqrt(2 / np.pi) * (a + 0.044715 * a**3))), f"h.{i}.mlp.c_proj")
    return norm(h, "ln_f") @ w["wte.weight"].T


def network() -> Any:
    """The example's network, with the two details in which GPT-2 differs: its gelu, and the tied weights."""
    model = runpy.run_path(str(EXAMPLE))["GPT"](11, 8, 8, 2, 2)
    for block in model.blocks:
        block.mlp[1] = nn.GELU("tanh")
    model.out.weight = model.letters.weight
    return model


def in_shards(folder: Path, weights: dict[str, Array], save: Any, count: int = 3) -> Path:
    """Files as Hugging Face writes them, with their index."""
    folder.mkdir()
    names = list(weights)
    where = {name: f"model-{i % count + 1:05}-of-{count:05}.safetensors" for i, name in enumerate(names)}
    for file in {*where.values()}:
        save({name: weights[name] for name in names if where[name] == file}, folder / file, metadata={"format": "pt"})
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": where}))
    return index


def test_the_weights_of_a_gpt(tmp_path: Path, safetensors: Any) -> None:
    """In one file and in shards, by path, index and folder, with and without the prefix: the logits are GPT-2's."""
    weights = gpt2(11, 8, 8, 2)
    x = np.random.default_rng(1).integers(0, 11, (2, 8))
    expected = logits_of(weights, x, 2, 2)
    safetensors.save_file(weights, tmp_path / "one.safetensors")
    index = in_shards(
        tmp_path / "shards", {f"transformer.{name}": a for name, a in weights.items()}, safetensors.save_file
    )
    for path in (tmp_path / "one.safetensors", str(index), index.parent):
        model = network()
        keys = tl.load_weights(model, path, key_map=HUGGING_FACE, transposed=LINEAR)
        assert repr(keys) == "<All keys matched successfully>"
        np.testing.assert_allclose(model(tl.tensor(x)).detach().numpy(), expected, 1e-4, 1e-4)
        assert all(p.dtype == tl.float32 and p._data.flags.writeable for p in model.parameters())
        model(tl.tensor(x)).sum().backward()  # it can be trained, and the files stay as they are
        tl.optim.SGD(model.parameters(), 0.1).step()
    assert np.array_equal(safetensors.load_file(tmp_path / "one.safetensors")["wte.weight"], weights["wte.weight"])


def test_dtypes(tmp_path: Path, safetensors: Any) -> None:
    """bfloat16 and float16 become what the model has, transposed or not, square or not."""
    halves = np.array([[1.5, -2.0], [3.0, 0.15625]], np.float32)  # exact in all of them
    bits = (halves.view(np.uint32) >> 16).astype("<u2").tobytes()
    wide = np.arange(6, dtype=np.float32).reshape(2, 3)
    wide_bits = (wide.view(np.uint32) >> 16).astype("<u2").tobytes()
    path = tmp_path / "x.safetensors"
    parts = [  # the format: the length of a header, the header, and the values
        ("a.weight", "BF16", [2, 2], bits),
        ("b.weight", "BF16", [2, 3], wide_bits),
        ("c.weight", "F16", [2, 2], halves.astype("<f2").tobytes()),
        ("d", "I64", [], np.int64(7).tobytes()),
        ("e", "F32", [0, 3], b""),
    ]
    header, end = {}, 0
    for name, dtype, shape, data in parts:
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + len(data)]}
        end += len(data)
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(part[-1] for part in parts))
    for dtype in (tl.float16, tl.float32, tl.float64):
        model = nn.ModuleDict(
            {"a": nn.Linear(2, 2, bias=False), "b": nn.Linear(2, 3, bias=False), "c": nn.Linear(2, 2, bias=False)}
        )
        model.register_buffer("d", tl.tensor(0))
        model.register_buffer("e", tl.zeros(0, 3))
        model.to(dtype)
        tl.load_weights(model, path, transposed=r"[ab]\.weight")
        for name, expected in (("a", halves.T), ("b", wide.T), ("c", halves)):
            assert model[name].weight.dtype == dtype
            np.testing.assert_array_equal(model[name].weight.detach().numpy(), expected)
        assert model.d.item() == 7
    assert model.d.dtype == tl.int64


def test_nothing_is_changed_by_what_does_not_fit(tmp_path: Path, safetensors: Any) -> None:
    """PyTorch's messages, all of them at once; the keys where that is allowed; and what a file or an index can lack."""
    path = tmp_path / "x.safetensors"
    safetensors.save_file({"weight": np.ones((3, 2), np.float32), "more": np.ones(1, np.float32)}, path)
    model = nn.Linear(2, 4)
    before = {name: x.clone() for name, x in model.state_dict().items()}

    def refused(error: type[Exception], message: str, where: Any = path, **options: Any) -> None:
        with pytest.raises(error, match=message):
            tl.load_weights(model, where, **options)
        assert all(tl.equal(x, before[name]) for name, x in model.state_dict().items())

    refused(RuntimeError, r"Error\(s\) in loading state_dict for Linear:\n\tMissing key\(s\) in state_dict: \"bias\". \n\t"
            r"Unexpected key\(s\) in state_dict: \"more\". \n\tsize mismatch for weight: copying a param with shape "
            r"\[3, 2\] from checkpoint, the shape in current model is \[4, 2\]\.")  # fmt: skip
    refused(RuntimeError, r"size mismatch for weight: .* \[2, 3\] from", transposed="weight", strict=False)
    refused(ValueError, "'more' and 'weight' both become 'bias' by key_map", key_map=lambda name: "bias")
    refused(FileNotFoundError, "nowhere", tmp_path / "nowhere.safetensors")
    (tmp_path / "empty").mkdir()
    refused(
        FileNotFoundError,
        r"there should be one .safetensors file or one index.*and there is nothing",
        tmp_path / "empty",
    )
    (tmp_path / "damaged.safetensors").write_bytes(path.read_bytes()[:-1])
    refused(
        RuntimeError,
        r"damaged\.safetensors is corrupt or incomplete, and nothing was loaded",
        tmp_path / "damaged.safetensors",
    )
    tl.save({"weight": tl.ones(4, 2), "bias": tl.ones(4)}, tmp_path / "ours.safetensors")  # has a checksum
    content = bytearray((tmp_path / "ours.safetensors").read_bytes())
    content[-1] ^= 1
    (tmp_path / "ours.safetensors").write_bytes(content)
    refused(RuntimeError, "is corrupt, and nothing was loaded: its checksum", tmp_path / "ours.safetensors")
    index = in_shards(
        tmp_path / "shards",
        {"weight": np.ones((4, 2), np.float32), "bias": np.ones(4, np.float32)},
        safetensors.save_file,
    )
    listed = json.loads(index.read_text())
    for change, error, message in (
        ({"weight": "x-of-2.safetensors"}, FileNotFoundError, "shards that .* lists are missing: x-of-2.safetensors"),
        ({"weight": "../x.safetensors"}, RuntimeError, "lists '../x.safetensors', which is outside its folder"),
        ({"third": listed["weight_map"]["bias"]}, RuntimeError, r"lacks Tensors that .* says it has, .*: \['third'\]"),
    ):
        index.write_text(json.dumps({"weight_map": listed["weight_map"] | change}))
        refused(error, message, index.parent)
    index.write_text("{}")
    refused(RuntimeError, "is not an index of shards: it needs a weight_map", index)
    with pytest.raises(TypeError, match="model must be a Module, not dict"):
        tl.load_weights({}, path)  # type: ignore[arg-type]  # refused
    keys = tl.load_weights(model, path, strict=False, key_map={"weigh": "bias", "weight": None})  # whole names
    assert (keys.missing_keys, keys.unexpected_keys) == (["weight", "bias"], ["more"])


def test_memory(tmp_path: Path, safetensors: Any) -> None:
    """At most one Tensor of the files is in memory at a time, besides the copy with which an error is undone."""
    shapes = 8, (256, 128)  # of 128 KB each in float32
    weights = {f"{i}": np.full(shapes[1], i, np.float16) for i in range(shapes[0])}
    index = in_shards(tmp_path / "shards", weights, safetensors.save_file, count=4)
    model = nn.ParameterList([tl.zeros(*shapes[1]) for _ in range(shapes[0])])
    one = model[0].numel() * 4
    tl.load_weights(model, index)
    tracemalloc.start()
    try:
        tl.load_weights(model, index)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [p[0, 0].item() for p in model] == [*range(8)]
    assert peak < (len(model) + 1) * one
