"""A failure to load a whole file, told to the user in sentences."""


class ImportProblem(Exception):
    """`what` is wrong and `what_to_do` about it, each one or more full sentences."""

    def __init__(self, what: str, what_to_do: str) -> None:
        super().__init__(f"{what} {what_to_do}")
        self.what = what
        self.what_to_do = what_to_do
