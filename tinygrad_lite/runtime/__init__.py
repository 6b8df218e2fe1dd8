"""Files, optional packages, closures and older names of modules: everything about the machine and about Python."""
