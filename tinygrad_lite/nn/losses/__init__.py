"""The losses as layers: one class for each loss function, which holds its options."""
