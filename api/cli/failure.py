"""How a subcommand says that it failed: a message for the person at the terminal and an exit code."""

FAILED = 1
USAGE = 2


class Failure(Exception):
    """Ends the command with `code`: FAILED, or USAGE when it was called wrongly."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code
