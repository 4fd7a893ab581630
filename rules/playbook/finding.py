"""Something wrong in a playbook, by where it is in the content; the loader knows the file."""

from dataclasses import dataclass

from rules.language.errors import Flaw
from rules.playbook.tree import Path


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at a path of the playbook, such as ``("rules", 0, "owner")``.

    Parameters
    ----------
    flaw
        What is wrong and at which characters of the text there.
    is_key
        Whether the key is to blame, not its value.
    """

    path: Path
    flaw: Flaw
    is_key: bool = False
