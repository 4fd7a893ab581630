"""Examples in the help of a command."""

from collections.abc import Callable
from inspect import cleandoc
from typing import Any, TypeVar

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


def examples(*lines: str) -> Callable[[CommandT], CommandT]:
    """Show command lines at the end of a command's help, each as a paragraph of its own.

    >>> @examples("precede stop --list")
    ... def stop() -> None:
    ...     '''Stop everything.'''
    >>> print(stop.__doc__)
    Stop everything.
    <BLANKLINE>
    Examples:
    <BLANKLINE>
      precede stop --list
    """

    def add(command: CommandT) -> CommandT:
        shown = [cleandoc(command.__doc__ or ""), "Examples:", *(f"  {line}" for line in lines)]
        command.__doc__ = "\n\n".join(shown)
        return command

    return add
