"""What can go wrong with an import.

PortingError
|- BadFile      nothing of the file can be read
|- BadRows      some rows are not acceptable: nothing was changed
`- Halfway      something changed while a long file was stored: its beginning is
"""

from csms.porting.report import Problem, Report


class PortingError(Exception):
    """Base of the errors of an import."""


class BadFile(PortingError):
    """The file as a whole is not what it should be; the message says what to do."""


class BadRows(PortingError):
    """Some rows are not acceptable, `report` has them all. Nothing was changed."""

    def __init__(self, report: Report) -> None:
        self.report = report
        count = len(report.problems) + report.more_problems
        first = report.problems[0]
        super().__init__(
            f"{count} {'row is' if count == 1 else 'rows are'} not acceptable, so nothing was imported; "
            f"the first is row {first.row}: {first.field}: {first.problem}"
        )


class Halfway(PortingError):
    """What was acceptable when it was checked no longer is; the rows before `row` are stored."""

    def __init__(self, row: int, problem: Problem) -> None:
        self.row, self.problem = row, problem
        super().__init__(
            f"row {problem.row} became unacceptable while the file was imported ({problem.field}: {problem.problem}); "
            f"what stands before row {row} is stored: correct it and import the file again, that changes nothing then"
        )
