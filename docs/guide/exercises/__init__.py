"""Five functions with a wrong derivative each, and what they should be: see the page wrong_derivative."""
