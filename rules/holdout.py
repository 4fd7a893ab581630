"""Customers whom a rule leaves alone on purpose: only beside them shows what actions change.

A customer of the control arm passes every gate as the others do, and gets a ghost: a decision
without an action, which uses up caps, cool-downs, topics and capacity as if it had gone out. So
both arms pass identical filters, and all that differs is whether the customer was told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Literal

from detectors.customer import Customer
from rules.playbook.models import Playbook, Rule
from rules.playbook.steps import Step

Arm = Literal["treated", "holdout"]

BUCKETS: Final = 10_000
MAX_EXPOSURES: Final = 32
"""Experiments per customer whose percentage at the first exposure is remembered."""
_PER_PERCENT: Final = BUCKETS // 100
_EXPOSED: Final = "exposed"


@dataclass(frozen=True, slots=True)
class Layer:
    """One drawing of lots.

    Parameters
    ----------
    salt
        The experiment's id, or the salt of the playbook's own holdout.
    bucket
        The customer's, 0 to 9,999; held out if below 100 times `percent`.
    percent
        Of the customers held out, as it was when this one was first exposed.
    """

    salt: str
    bucket: int
    percent: int

    @property
    def holds_out(self) -> bool:
        """Whether the customer is left alone by it."""
        return self.bucket < self.percent * _PER_PERCENT


@dataclass(frozen=True, slots=True)
class Assignment:
    """A customer's arm, and the lots behind it: those of the playbook first, then the rule's own.

    Parameters
    ----------
    experiment
        Whose arms they are.
    """

    experiment: str
    arm: Arm
    layers: tuple[Layer, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as the decision's record has it."""
        return {
            "experiment": self.experiment,
            "arm": self.arm,
            "layers": [[layer.salt, layer.bucket, layer.percent] for layer in self.layers],
        }


class Holdout:
    """Assigns customers to arms, last of all, when nothing else stands between rule and action.

    A customer keeps the percentage that held at the first exposure, so that a changed one flips
    nobody who is under observation already; it decides about those who come later. Without a
    percentage nothing is drawn and nothing is remembered.

    Parameters
    ----------
    playbook
        Its name is the tenant of the hash: another name deals anew.
    """

    def __init__(self, playbook: Playbook) -> None:
        self._tenant = playbook.name
        of_all = playbook.holdout
        shared = ((of_all.salt, of_all.percent),) if of_all is not None and of_all.percent else ()
        self._lots: Mapping[str, tuple[tuple[str, int], ...]] = {
            rule.id: (
                *shared,
                *(((rule.experiment_id, rule.holdout),) if rule.holdout else ()),
            )
            for rule in playbook.rules
        }

    def assign(self, rule: Rule, step: Step, customer: Customer) -> Assignment | None:
        """Return the customer's arm and remember the exposure; ``None`` where no lots are drawn."""
        lots = self._lots.get(rule.id)
        if not lots or is_exempt(rule, step):
            return None
        layers = tuple(
            Layer(salt, bucket(self._tenant, salt, customer.id), _exposed(customer, salt, percent))
            for salt, percent in lots
        )
        arm: Arm = "holdout" if any(layer.holds_out for layer in layers) else "treated"
        return Assignment(rule.experiment_id, arm, layers)


def bucket(tenant: str, salt: str, unit: str) -> int:
    """Return the bucket of a customer in a drawing of lots, 0 to 9,999.

    The first eight bytes of the SHA-256 of the three, joined by the unit separator, as a fraction
    of 2 ** 64. Other salts deal independently.

    >>> [bucket("acme", "global-2026Q4", unit) for unit in ("c-1", "c-2", "c-42")]
    [1782, 1582, 5840]
    """
    hashed = sha256(f"{tenant}\x1f{salt}\x1f{unit}".encode()).digest()
    return int.from_bytes(hashed[:8], "big") * BUCKETS >> 64


def is_exempt(rule: Rule, step: Step) -> bool:
    """Return whether nobody may be left without it: what is critical, and what is owed."""
    return step.class_ == "critical" or rule.force == "fair-treatment"


def _exposed(customer: Customer, salt: str, percent: int) -> int:
    exposed: dict[str, int] = customer.gates.setdefault(_EXPOSED, {})
    if salt not in exposed:
        if len(exposed) >= MAX_EXPOSURES:
            del exposed[next(iter(exposed))]  # the oldest experiment
        exposed[salt] = percent
    return exposed[salt]
