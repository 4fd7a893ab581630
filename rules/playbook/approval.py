"""Four eyes: what may act was approved, exactly as it is, by someone other than its author."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from rules.gates.gate import Candidate
from rules.reason import Reason

Policy = Literal["required", "off"]


@dataclass(frozen=True, slots=True)
class Approval:
    """Who wrote a playbook and who approved it, as the log says it where the playbook takes over.

    What decides stands in the log, so that every replay of it decides alike.

    Parameters
    ----------
    policy
        ``required``: without an approval by someone else live rules end as ``unapproved``;
        ``off``: they act without.
    author
        Who published it.
    content
        Hash of the playbook that was approved; empty where none was.
    by, at
        Who approved it and when, wall clock, Unix seconds.
    """

    policy: Policy = "off"
    author: str = ""
    content: str = ""
    by: str = ""
    at: float = 0.0

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """Return what a ``control.playbook`` says; one that says nothing asks for none."""
        at = data.get("approved_at")
        return cls(
            policy="required" if data.get("approval") == "required" else "off",
            author=_text(data.get("author")),
            content=_text(data.get("approved_hash")),
            by=_text(data.get("approved_by")),
            at=float(at) if isinstance(at, int | float) else 0.0,
        )

    def fields(self) -> dict[str, Any]:
        """Return what a ``control.playbook`` must say, so that `read` gives the same."""
        return {
            "approval": self.policy,
            "author": self.author or None,
            "approved_hash": self.content or None,
            "approved_by": self.by or None,
            "approved_at": self.at if self.by else None,
        }

    def flaw(self, playbook: str) -> str:
        """Return why a playbook, told by its hash, is not approved; empty when it is.

        >>> Approval("required", "ann", "5f1c", "bob", 0.0).flaw("5f1c")
        ''
        >>> Approval("required", "ann", "5f1c", " Ann", 0.0).flaw("5f1c")
        'ann wrote it and approved it: someone else must'
        """
        if not self.by:
            return "nobody has approved it"
        if self.content != playbook:
            return f"{self.by} approved another content, {self.content[:12]}"
        if same_person(self.by, self.author):
            return f"{self.author} wrote it and approved it: someone else must"
        return ""


class Approved:
    """Holds back live rules of a playbook that nobody but its author has approved.

    Attributes
    ----------
    approval
        Of the playbook in force.
    told
        What its decisions say of it: who approved it and when; ``None`` where nobody did.
    """

    name = "approval"
    reason: Reason = "unapproved"

    def __init__(self) -> None:
        self.approval = Approval()
        self.told: dict[str, Any] | None = None
        self._verdict = _NOT_ASKED

    def adopt(self, approval: Approval, playbook: str) -> None:
        """Take the approval of the playbook, told by its hash, that is in force from here on."""
        flaw = approval.flaw(playbook)
        self.approval = approval
        self.told = None if flaw else {"by": approval.by, "at": approval.at}
        if approval.policy == "off":
            self._verdict = _NOT_ASKED
        else:
            self._verdict = not flaw, flaw or f"approved by {approval.by}"

    def check(self, candidate: Candidate) -> tuple[bool, str]:
        """Return whether the rule may act; one that only runs along needs no approval."""
        return _RUNS_ALONG if candidate.shadow else self._verdict


_NOT_ASKED = (True, "no approval is asked for")
_RUNS_ALONG = (True, "runs along, needs none")


def same_person(one: str, other: str) -> bool:
    """Return whether two names are one person's: spaces around them and capitals do not count."""
    return one.strip().casefold() == other.strip().casefold()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
