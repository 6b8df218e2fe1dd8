"""Loaders, datasets, samplers and collation in their corners: the same script under both libraries."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.same_script import check


def show(x: Any) -> Any:
    return x


def batches(loader: Any) -> Any:
    return list(loader)


def DL(T: Any, dataset: Any = None, **options: Any) -> Any:
    return T.utils.data.DataLoader(range(10) if dataset is None else dataset, **options)


def IT(T: Any, count: int = 5, ln: bool = True) -> Any:
    """A stream that divides itself among the workers."""

    class Stream(T.utils.data.IterableDataset):  # type: ignore[misc]  # either library's
        def __iter__(self) -> Any:
            info = T.utils.data.get_worker_info()
            return iter(range(count) if info is None else range(info.id, count, info.num_workers))

    if ln:
        Stream.__len__ = lambda self: count  # type: ignore[attr-defined]  # only some streams have one
    return Stream()


ITEMS = [
    "[1, 2]",
    "[1.0, 2.0]",
    "[True, False]",
    "[1, 2.0]",
    "[1.0, 2]",
    "['a', 'b']",
    "[b'a', b'b']",
    "[None, None]",
    "[T.ones(2), T.zeros(2)]",
    "[T.tensor(1), T.tensor(2)]",
    "[T.ones(2), T.ones(2, dtype=T.float64)]",
    "[T.ones(2), T.ones(3)]",
    "[T.tensor([1]), T.tensor([1.0])]",
    "[np.ones(2), np.zeros(2)]",
    "[np.ones(2, np.float32)] * 2",
    "[np.float64(1), np.float64(2)]",
    "[np.float32(1), np.float32(2)]",
    "[np.int32(1), np.int32(2)]",
    "[np.bool_(True)] * 2",
    "[np.array(1.5)] * 2",
    "[np.array(['a'])] * 2",
    "[np.array([None])] * 2",
    "[np.ones(2), np.ones(3)]",
    "[np.ones(2, np.uint8)] * 2",
    "[np.float16(1)] * 2",
    "[(1, 2.0), (3, 4.0)]",
    "[[1, 2.0], [3, 4.0]]",
    "[Item(1, 2.0), Item(3, 4.0)]",
    "[{'a': 1, 'b': 2.0}, {'a': 3, 'b': 4.0}]",
    "[{'a': 1, 'b': 2.0}, {'a': 3}]",
    "[{'a': 1}, {'a': 3, 'b': 1}]",
    "[OrderedDict(a=1), OrderedDict(a=2)]",
    "[defaultdict(int, a=1)] * 2",
    "[UserDict(a=1)] * 2",
    "[MyDict(a=1)] * 2",
    "[MyList([1])] * 2",
    "[UserList([1, 2])] * 2",
    "[deque([1])] * 2",
    "[{1}, {2}]",
    "[(1, 2), (3,)]",
    "[Item(1, 2), (3,)]",
    "[(), ()]",
    "[{}, {}]",
    "[]",
    "[{'a': (1, [2.0, 's'])}, {'a': (3, [4.0, 't'])}]",
    "[1j]",
    "[range(2), range(2)]",
    "[('a', 'b'), ('c', 'd')]",
    "[2 ** 40, 1]",
    "[2 ** 70, 1]",
    "[5]",
    "(1, 2)",
    "[slice(1), slice(1)]",
    "[np.int64(1), np.float32(2)]",
    "['a', 1]",
    "[(1, None), (2, None)]",
    "[True, 2]",
    "[T.ones(1, requires_grad=True)] * 2",
]

OPTIONS = [
    "",
    "batch_size=3",
    "batch_size=3, drop_last=True",
    "batch_size=None",
    "batch_size=0",
    "batch_size=-1",
    "batch_size=2.5",
    "batch_size=True",
    "batch_size=4, shuffle=True",
    "shuffle=True, sampler=[1]",
    "sampler=[3, 1, 2]",
    "shuffle=False, sampler=[1, 2]",
    "batch_sampler=[[1, 2], [3]]",
    "batch_sampler=[[1]], batch_size=2",
    "batch_sampler=[[1]], shuffle=True",
    "batch_sampler=[[1]], drop_last=True",
    "batch_size=None, drop_last=True",
    "batch_size=None, sampler=[2, 1]",
    "batch_size=None, sampler=[[2, 1]]",
    "batch_size=3, num_workers=2",
    "num_workers=-1",
    "timeout=-1",
    "timeout=1",
    "prefetch_factor=2",
    "persistent_workers=True",
    "num_workers=1, persistent_workers=True",
    "pin_memory=True",
    "batch_size=3, collate_fn=lambda b: b",
    "batch_size=None, collate_fn=lambda b: [b]",
    "multiprocessing_context='fork'",
    "num_workers=1, multiprocessing_context='zzz'",
    "generator=3",
    "in_order=False",
    "shuffle='yes'",
    "num_workers=1, prefetch_factor=-1",
    "num_workers=2, worker_init_fn=lambda i: None",
]

EXPRESSIONS = [
    "setattr(DL(T), 'batch_size', 3)",
    "setattr(DL(T), 'dataset', 3)",
    "setattr(DL(T), 'num_workers', 0)",
    "(lambda l: [l.batch_size, l.drop_last, type(l.sampler).__name__, type(l.batch_sampler).__name__, l.num_workers, l.prefetch_factor, l.pin_memory, l.timeout, l.persistent_workers, l.collate_fn.__name__])(DL(T))",
    "len(DL(T, IT(T, ln=False)))",
    "batches(DL(T, (i for i in range(3))))",
    "[batches(DL(T, [])), len(DL(T, []))]",
    "DL(T, [], shuffle=True)",
    "batches(DL(T, {0: 1.0, 1: 2.0}))",
    "batches(DL(T, {'a': 1}))",
    "(T.manual_seed(1), (lambda l: [batches(l), batches(l)])(DL(T, shuffle=True, batch_size=5)))[1]",
    "(lambda l: [batches(l), batches(l)])(DL(T, shuffle=True, batch_size=5, generator=T.Generator().manual_seed(3)))",
    "(lambda i: [len(i), show(next(i)), len(i)])(iter(DL(T, batch_size=4)))",
    "next(DL(T))",
    "(lambda l: [show(next(a)) for a in (iter(l), iter(l))])(DL(T))",
    "(lambda c: [len(c), c[0], c[-1], c[3], c.cumulative_sizes, list(c)])(T.utils.data.ConcatDataset([range(2), 'abc']))",
    "T.utils.data.ConcatDataset([range(2)])[9]",
    "T.utils.data.ConcatDataset([range(2)])[-9]",
    "T.utils.data.ConcatDataset([])",
    "T.utils.data.ConcatDataset([IT(T)])",
    "len(T.utils.data.ConcatDataset([[], [1], []]))",
    "T.utils.data.ConcatDataset([range(4)])[0:2]",
    "[list(T.utils.data.ChainDataset([IT(T), IT(T)])), len(T.utils.data.ChainDataset([IT(T)]))]",
    "list(T.utils.data.ChainDataset([range(2)]))",
    "type(IT(T) + IT(T)).__name__",
    "type(T.utils.data.TensorDataset(T.ones(2)) + [1]).__name__",
    "(lambda s: [s[0], len(s), list(s), s[[0, 1]] if 0 else 1])(T.utils.data.Subset('abcd', [3, 1]))",
    "T.utils.data.Subset('abcd', [3, 1])[5]",
    "show(T.utils.data.Subset(T.arange(5), [3, 1])[[0, 1]])",
    "T.utils.data.Subset('abcd', [3, 1])[0:1]",
    "T.utils.data.Subset('abcd', [9])[0]",
    "T.utils.data.Subset('abcd', [3, 1]).__getitems__([0, 1])",
    "T.utils.data.Subset('abcd', T.tensor([1, 2]))[0]",
    "(lambda s: [s[1], len(s)])(T.utils.data.StackDataset([1, 2], 'ab'))",
    "T.utils.data.StackDataset(a=[1, 2], b='ab')[0]",
    "T.utils.data.StackDataset()",
    "T.utils.data.StackDataset([1], b=[1])",
    "T.utils.data.StackDataset([1], [1, 2])",
    "T.utils.data.StackDataset([1, 2], 'ab').__getitems__([0, 1])",
    "T.utils.data.StackDataset(a=[1, 2], b='ab').__getitems__([1, 0])",
    "T.utils.data.StackDataset([1, 2], 'ab')[-1]",
    "(lambda s: [show(s[1]), len(s), show(s[0:2]), show(s[T.tensor([0, 1])])])(T.utils.data.TensorDataset(T.arange(3), T.ones(3, 2)))",
    "T.utils.data.TensorDataset(T.ones(2), T.ones(3))",
    "T.utils.data.TensorDataset(T.tensor(1.0))",
    "T.utils.data.TensorDataset(T.ones(2))[5]",
    "show(T.utils.data.TensorDataset(T.arange(3))[-1])",
    "(T.manual_seed(0), [list(s) for s in T.utils.data.random_split(range(10), [3, 7])])[1]",
    "(T.manual_seed(0), [list(s) for s in T.utils.data.random_split(range(10), [0.33, 0.33, 0.34])])[1]",
    "T.utils.data.random_split(range(10), [3, 3])",
    "T.utils.data.random_split(range(10), [0.5, 0.6])",
    "T.utils.data.random_split(range(10), [1.5, -0.5])",
    "[len(s) for s in T.utils.data.random_split(range(2), [0.1, 0.9])]",
    "[len(s) for s in T.utils.data.random_split(range(3), [0, 3])]",
    "[list(s) for s in T.utils.data.random_split(range(10), [3, 7], generator=T.Generator().manual_seed(4))]",
    "T.utils.data.random_split([], [])",
    "[len(s) for s in T.utils.data.random_split(range(3), [1.0])]",
    "[len(s) for s in T.utils.data.random_split(range(1), [1])]",
    "[len(s) for s in T.utils.data.random_split(range(4), [T.tensor(1), T.tensor(3)])]",
    "T.utils.data.random_split(IT(T, ln=False), [1])",
    "T.utils.data.Dataset()[0]",
    "len(T.utils.data.Dataset())",
    "iter(T.utils.data.IterableDataset())",
    "IT(T)[0]",
    "list(T.utils.data.SequentialSampler(range(3)))",
    "T.utils.data.RandomSampler([])",
    "T.utils.data.RandomSampler([1], num_samples=0)",
    "T.utils.data.RandomSampler([1], replacement=3)",
    "T.utils.data.RandomSampler([1], num_samples=1.5)",
    "T.utils.data.WeightedRandomSampler([1.0], 0)",
    "T.utils.data.WeightedRandomSampler([1.0], 2, replacement=1)",
    "T.utils.data.WeightedRandomSampler([[1.0]], 2)",
    "list(T.utils.data.WeightedRandomSampler([1.0], 2, False))",
    "list(T.utils.data.WeightedRandomSampler([-1.0], 2))",
    "T.utils.data.BatchSampler([1], 0, False)",
    "T.utils.data.BatchSampler([1], 1, 3)",
    "[list(T.utils.data.BatchSampler(range(5), 2, True)), len(T.utils.data.BatchSampler(range(5), 2, True)), len(T.utils.data.BatchSampler(range(5), 2, False))]",
    "T.utils.data.BatchSampler([1], True, False)",
    "(T.manual_seed(0), list(T.utils.data.SubsetRandomSampler([5, 6, 7])))[1]",
    "len(T.utils.data.SubsetRandomSampler([5, 6]))",
    "list(T.utils.data.Sampler())",
    "T.utils.data.Sampler([1, 2])",
    "len(T.utils.data.Sampler())",
    "list(T.utils.data.RandomSampler(5))",
    "list(T.utils.data.BatchSampler(iter([1, 2, 3]), 2, False))",
    "len(T.utils.data.BatchSampler(iter([1]), 2, False))",
    "list(T.utils.data.WeightedRandomSampler(T.tensor([1.0, 2.0]), 0))",
]

SCRIPTS = {
    "getitems": r"""
        class S(T.utils.data.Dataset):

            def __len__(s):
                return 4

            def __getitem__(s, i):
                return i

            def __getitems__(s, ix):
                return [i * 10 for i in ix]
        return batches(DL(T, S(), batch_size=2))
    """,
    "getitems none": r"""
        class S(T.utils.data.Dataset):

            def __len__(s):
                return 4

            def __getitem__(s, i):
                return i
            __getitems__ = None
        return batches(DL(T, S(), batch_size=2))
    """,
    "raises in": r"""
        class S(T.utils.data.Dataset):

            def __len__(s):
                return 4

            def __getitem__(s, i):
                raise KeyError('x')
        return batches(DL(T, S(), batch_size=2))
    """,
    "raises index": r"""
        class S(T.utils.data.Dataset):

            def __getitem__(s, i):
                if i > 2:
                    raise IndexError
                return i

            def __len__(s):
                return 5
        return batches(DL(T, S()))
    """,
    "raises stop": r"""
        class S(T.utils.data.Dataset):

            def __getitem__(s, i):
                if i > 2:
                    raise StopIteration
                return i

            def __len__(s):
                return 5
        return batches(DL(T, S()))
    """,
    "sub override": r"""
        class S(T.utils.data.Subset):

            def __getitem__(s, i):
                return 1
        return S([1, 2], [0])
    """,
    "generic": r"""
        return [T.utils.data.Dataset[int] is not None, T.utils.data.DataLoader[int] is not None, T.utils.data.Sampler[int] is not None]
    """,
    "winfo": r"""
        return T.utils.data.get_worker_info()
    """,
}


@pytest.mark.parametrize("items", ITEMS)
@pytest.mark.parametrize("function", ["collate", "convert"])
def test_items_become_tensors(items: str, function: str) -> None:
    check(f"T.utils.data.default_{function}({items})")


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("dataset", ["range(10)", "IT(T)"])
def test_loaders(options: str, dataset: str) -> None:
    check(f"l = DL(T, {dataset}, {options})\nreturn [list(l), len(l)]", DL=DL, IT=IT)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expressions(expression: str) -> None:
    check(expression, DL=DL, IT=IT, show=show, batches=batches)


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts(name: str) -> None:
    check(SCRIPTS[name], DL=DL, IT=IT, show=show, batches=batches)
