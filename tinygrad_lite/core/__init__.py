"""The engine: NumPy functions with derivatives, the graph of what was computed, and the walk that differentiates it.

Read these five files first, in this order:

    primitive.py   a NumPy function and the derivative of each of its arguments
    edge.py        the few primitives that the engine itself needs
    modes.py       whether operations are recorded, in this thread
    graph.py       what was computed, and the walk back through it
    tensor.py      an array with a place in the graph; what it means to apply a primitive to it; `backward`

and these when a question leads to them:

    versions.py         which memory was written, so that a derivative never reads what has changed
    public_node.py      what users read of a node: its class, its name, what it leads to
    nesting.py          backward passes inside each other, to any depth
    inference.py        Tensors that are made inside `inference_mode`
    higher_order.py     the backward pass on Tensors, for derivatives of derivatives
    storage.py          the memory that arrays share, for copies and files that keep sharing it
    views.py            Tensors that share memory, and writing to them
    promotion.py        the dtype in which different values meet
    signatures.py       keyword arguments and defaults of primitives
    array_functions.py  functions of arrays that have no derivative
    tracing.py          what the compiler must be told
    handles.py          how hooks are removed
    node_hooks.py       hooks on nodes and leaves
    argument_types.py   which argument of a failed call is of a wrong type
    errors.py           the messages of all other errors

Nothing here imports anything but NumPy, the standard library and these files.
"""
