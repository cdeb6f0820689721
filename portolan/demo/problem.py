"""The failure of a load of the demo company."""


class DemoProblem(Exception):
    """A command was refused, a service does not answer, or what should follow did not; the text says which."""
