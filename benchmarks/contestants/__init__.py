"""The contestants: each module builds the step of a workload."""
