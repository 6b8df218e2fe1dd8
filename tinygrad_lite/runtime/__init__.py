"""What the library needs of the machine and of Python: files, optional packages, closures, older names of modules."""
