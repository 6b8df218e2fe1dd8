"""Fast forms of functions of the table, and fused operations. Each has a reference that defines it."""
