"""What is wrong with a playbook, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to put right.

    Parameters
    ----------
    file
        Name of the file as it was given; empty where no file is to blame.
    line, column
        Place of the first character, counted from 1.
    message
        What must hold and what was found.
    help
        What to do; empty where the message says it.
    source
        The line of the file, for the caret to point at.
    width
        How many characters the carets underline.
    severity
        A ``warning`` lets the playbook load.
    """

    file: str
    line: int
    column: int
    message: str
    help: str = ""
    source: str = ""
    width: int = 1
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        """Return the place and the message, the line with carets, and the help."""
        place = f"{self.file}:{self.line}:{self.column}: {self.severity}: {self.message}"
        lines = [place]
        if self.source:
            number = f"{self.line:>6} | "
            # Tabs stay tabs, so that the caret stands under its character in any editor.
            before = "".join("\t" if c == "\t" else " " for c in self.source[: self.column - 1])
            width = max(1, min(self.width, len(self.source) - self.column + 1))
            lines += [number + self.source, " " * (len(number) - 2) + "| " + before + "^" * width]
        if self.help:
            lines.append(f"       = help: {self.help}")
        return "\n".join(lines)


class PlaybookError(ValueError):
    """A playbook cannot be used; `problems` has everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
