"""How a subcommand says that it failed: a message for the person at the terminal and an exit code."""


class Failure(Exception):
    """`code` 1 = it failed, 2 = it was called wrongly."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code
