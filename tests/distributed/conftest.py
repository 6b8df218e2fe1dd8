"""The programs are run by `mpiexec`, and are no tests themselves."""

collect_ignore = ["programs"]
