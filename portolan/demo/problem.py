"""What keeps the demo company from being loaded."""


class DemoProblem(Exception):
    """A command was refused, a service does not answer, or what should follow did not; the text says which."""
