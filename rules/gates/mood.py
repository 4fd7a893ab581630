"""What weighs on a customer, as far as the company knows."""

from detectors.customer import Customer
from rules.language.text import format_seconds


def flags(customer: Customer) -> list[str]:
    """Return what was noted and is not over: complaint, incident, bereavement, fraud."""
    return [] if customer.reach is None else customer.reach.flags()


def open_trouble(customer: Customer, at: float) -> str:
    """Return what is not over for a customer at `at`, the gravest first; empty for nothing."""
    noted = flags(customer)
    if noted:
        return f"{noted[0]} open"
    standing = customer.standing
    if standing is not None:
        for family in ("incident", "hold"):
            if standing.open_items(family, at):
                return f"{family} open"
    return ""


def bad_feedback(customer: Customer, at: float, within_s: float) -> str:
    """Return how long ago the customer complained or gave a bad answer; empty if not lately."""
    standing = customer.standing
    if standing is None or not at < standing.bad_at + within_s:  # NaN for never
        return ""
    return f"complaint or bad answer {format_seconds(max(0.0, at - standing.bad_at))} ago"
