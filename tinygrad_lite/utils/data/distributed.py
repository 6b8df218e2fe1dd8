"""The sampler by which several processes share a dataset."""

from __future__ import annotations

from collections.abc import Iterator, Sized

from ...creation import randperm
from ...distributed.process_groups import get_rank, get_world_size
from ...random.generator import Generator
from .sampler import Sampler, _length


class DistributedSampler(Sampler[int]):
    """The indices that one of several processes visits; those of all processes together are the whole dataset.

    They are PyTorch's: of a permutation that is the same in all processes, the process of rank r takes every n-th index
    from the r-th. So that all have the same number of indices, the first ones are repeated at the end, or, with
    `drop_last`, the last ones left out. Call `set_epoch` before each epoch, for another permutation.

    Args:
        dataset: the dataset, which has a length.
        num_replicas: the number of processes; by default the world size.
        rank: the number of this process; by default its rank.
        shuffle: whether the indices are permuted.
        seed: of the permutation, the same in all processes.
        drop_last: whether to leave indices out rather than to repeat some.

    Raises:
        ValueError: for a rank that does not exist; before `init_process_group`, if number or rank are not given.
        TypeError: if the dataset has no length.

    >>> [list(DistributedSampler(range(5), num_replicas=2, rank=rank, shuffle=False)) for rank in range(2)]
    [[0, 2, 4], [1, 3, 0]]
    """

    def __init__(
        self,
        dataset: Sized,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        self.num_replicas = get_world_size() if num_replicas is None else num_replicas
        self.rank = get_rank() if rank is None else rank
        if not 0 <= self.rank < self.num_replicas:
            raise ValueError(f"Invalid rank {self.rank}, rank should be in the interval [0, {self.num_replicas - 1}]")
        self.dataset = dataset
        self.epoch = 0
        self.drop_last = drop_last
        self.shuffle = shuffle
        self.seed = seed
        count = _length(dataset)
        left_out = self.num_replicas if drop_last and count % self.num_replicas else 0
        self.num_samples = -((left_out - count) // self.num_replicas)
        self.total_size = self.num_samples * self.num_replicas

    def __iter__(self) -> Iterator[int]:
        count = _length(self.dataset)
        indices = list(range(count))
        if self.shuffle:
            indices = randperm(count, generator=Generator().manual_seed(self.seed + self.epoch)).tolist()
        if not self.drop_last and count:
            indices *= -(-self.total_size // count)
        return iter(indices[self.rank : self.total_size : self.num_replicas])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Set the number of the epoch, which is added to the seed: each epoch so has another order.

        >>> from tinygrad_lite.utils.data import DistributedSampler
        >>> sampler = DistributedSampler(range(4), num_replicas=2, rank=0)
        >>> list(sampler)
        [0, 3]
        >>> sampler.set_epoch(1)
        >>> list(sampler)
        [1, 2]
        """
        self.epoch = epoch
