"""Who gives a command."""

import getpass
import socket


def this_person() -> str:
    """Return who runs this command, as ``user@host``; what cannot be found out is ``unknown``."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container may run without a name for its user
        user = "unknown"
    return f"{user}@{socket.gethostname()}"
