"""What is wrong with an expression, and where in it."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing to put right in an expression.

    Parameters
    ----------
    at, end
        Characters it concerns, counted from 0; `end` is exclusive.
    """

    at: int
    end: int
    message: str
    help: str = ""
    severity: Literal["error", "warning"] = "error"


class ExpressionError(ValueError):
    """An expression cannot be used."""

    def __init__(self, at: int, end: int, message: str, help_: str = "") -> None:
        super().__init__(f"{message}; {help_}" if help_ else message)
        self.flaw = Flaw(at, max(end, at + 1), message, help_)
