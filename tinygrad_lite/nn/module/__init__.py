"""The machinery of modules: parameters, state, hooks, containers and conversion."""
