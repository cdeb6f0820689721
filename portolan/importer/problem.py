"""A failure to load a whole file, told to the user in sentences."""

from portolan.stack.errors import StackProblem


class ImportProblem(StackProblem):
    """A file that cannot be loaded, or a service that does not answer."""
