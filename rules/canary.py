"""A rule that is live for a part of the customers, always the same ones."""

from hashlib import sha256

from rules.playbook.models import Rule

BUCKETS = 10_000
"""A percentage is exact to a hundredth."""


def is_live(rule: Rule, customer: str) -> bool:
    """Return whether a rule acts for a customer; if not, it may run along as ``shadow``.

    A rule in mode ``canary`` acts for its percentage of the customers: by the hash of rule and
    customer, so the same customer stays in it, a higher percentage only adds customers, and
    another rule tries itself on others.
    """
    if rule.mode == "canary":
        return bucket(rule.id, customer) < (rule.percent or 0) * (BUCKETS // 100)
    return rule.mode == "live"


def bucket(rule_id: str, customer: str) -> int:
    """Return a customer's bucket for a rule, 0 to 9,999.

    The first eight bytes of the SHA-256 of both, joined by a line feed, modulo 10,000.

    >>> bucket("offer", "c-1"), bucket("offer", "c-2")
    (7339, 7711)
    """
    hashed = sha256(f"{rule_id}\n{customer}".encode()).digest()
    return int.from_bytes(hashed[:8], "big") % BUCKETS
