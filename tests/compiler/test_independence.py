"""How little the rest of the package knows of the compiler."""

from __future__ import annotations

import re
from pathlib import Path

import tinygrad_lite

PACKAGE = Path(tinygrad_lite.__file__).parent
TRACES = re.compile(r"\b(graph_break|allow_in_graph|changed)\(|@allow_in_graph|\.tracer\b|core\.tracing import")

# What cannot be seen in the calls themselves.
KNOWING = {
    "nn/module/module.py": "attributes are set; zero_grad() is called as it is",
    "nn/module/registration.py": "modules and parameters are registered",
    "nn/module/containers.py": "modules of a container are replaced",
    "nn/utils/clip_grad.py": "gradients are clipped as they are",
    "optim/base/optimizer.py": "step() and zero_grad() are called as they are",
    "optim/lr_scheduler/base.py": "options of optimizers are set",
    "random/generator.py": "the state of a generator is read",
    "autograd/custom_nodes.py": "gradients of tuples are added part by part",
    "nn/module/state_dict.py": "a state is loaded",
    "nn/module/global_hooks.py": "hooks of all modules are called",
    "nn/utils/parametrize.py": "parametrizations are cached",
    "optim/base/by_name.py": "a step of the book's interface on dictionaries",
    "tensors/hooked_walk.py": "hooks of nodes are called",
    "autograd/by_hand.py": "derivatives by differences read values",
    "autograd/function_context.py": "only a function of the same name, for what was changed in place",
    "nn/module/parameter.py": "gradients that are filled with zeros are filled by operations in a program",
    "nn/functional/distance.py": "a bound that no length reaches is left out, which a program cannot know",
    "nn/functional/pooling.py": "the largest elements alone are found without their places where nothing is recorded",
    "sparse/gradients.py": "a sparse gradient has as many rows as the values of the indices say",
    "func/no_backward.py": "backward() is refused inside vmap, which reads calls",
    "optim/base/flat_groups.py": "an update that a program cannot follow runs as it is written",
    "utils/checkpoint.py": "a part of the forward is run again",
    "tensors/relayout.py": "the memory or the shape of a Tensor is exchanged",
    "functions/out_argument.py": "out= gives a Tensor another shape",
    "functions/arguments.py": "what reads values is called for one sample after the other by vmap",
    "func/batching.py": "vmap reads calls as a tracer does, and hands them on to the tracer around it",
    "tensors/batched_data.py": "primitives on the arrays of all samples are applied by vmap",
    "autograd/function.py": "a Function inside vmap has a rule of its own",
    "distributed/collectives.py": "what other processes compute is not in the program",
    "distributed/messages.py": "what other processes send is not in the program",
    "nn/parallel/distributed.py": "the exchange of gradients is called as it is",
    "nn/parallel/gradient_buckets.py": "the exchange of gradients is called as it is",
}


def test_the_files_that_know_of_the_tracer() -> None:
    rooms = [
        path for path in PACKAGE.iterdir() if path.is_dir() and path.name not in ("core", "compiler", "onnx")
    ]  # onnx is a tracer itself
    found = {
        path.relative_to(PACKAGE).as_posix(): len(TRACES.findall(path.read_text(encoding="utf-8")))
        for room in rooms
        for path in room.rglob("*.py")
    }
    assert {name for name, count in found.items() if count} == set(KNOWING)
    assert sum(found.values()) <= 72
