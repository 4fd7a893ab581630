"""Judge every firing like a ghost: what the customer did shows what the action was ahead of."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from zoneinfo import ZoneInfo

from rules.playbook.models import Playbook
from rules.proof.aftermath import Aftermath, aftermath
from rules.proof.comparable import BANDS, asked_anyway, band_of, like
from rules.proof.decided import Decided
from rules.proof.history import History, Kind
from rules.proof.intervals import Share
from rules.proof.opening import is_open
from rules.proof.result import Comparison, RuleResult


@dataclass(frozen=True, slots=True)
class _Judged:
    after: Aftermath
    band: str
    kind: Kind | None  # None: the trigger was no contact, so nobody is comparable


def went_out(decision: Decided) -> bool:
    """Return whether an action went out: what counts as a firing where things were sent."""
    return decision.fired


def judge(
    history: History,
    decisions: Iterable[Decided],
    playbook: Playbook,
    is_firing: Callable[[Decided], bool] = went_out,
) -> dict[str, RuleResult]:
    """Return the figures of every running rule, in the order of the playbook, then of others.

    Parameters
    ----------
    history
        All interactions that the decisions were made on.
    decisions
        Of any rules, in any order.
    playbook
        Says who acts and when they are there. A rule that it does not know keeps the centre's
        hours.
    is_firing
        Which decisions are judged; the others show only where the rule was not silent.
    """
    made: defaultdict[str, list[Decided]] = defaultdict(list)
    for decision in decisions:
        made[decision.rule].append(decision)
    running = [rule.id for rule in playbook.rules if rule.mode not in {"draft", "retired"}]
    others = sorted(made.keys() - set(running))
    return {
        rule: _judge(rule, history, made[rule], playbook, is_firing) for rule in (*running, *others)
    }


def _judge(
    rule: str,
    history: History,
    decisions: Sequence[Decided],
    playbook: Playbook,
    is_firing: Callable[[Decided], bool],
) -> RuleResult:
    firings = [decision for decision in decisions if is_firing(decision)]
    judged = [_judged(history, firing) for firing in firings]
    delay_s = _delay_s(firings)
    matched = {history.past(each.customer).moments.get(each.trigger_id) for each in decisions}
    comparable = asked_anyway(
        history,
        sorted({each.kind for each in judged if each.kind is not None}),
        delay_s,
        {moment.contact for moment in matched if moment is not None},
    )
    leads = [
        each.after.asked_after_s
        for each in judged
        if each.after.is_known and each.after.asked_after_s is not None
    ]
    per_customer = Counter(firing.customer for firing in firings)
    return RuleResult(
        rule=rule,
        candidates=dict(sorted(Counter(each.reason for each in decisions).items())),
        total=_compare(judged, comparable),
        censored=sum(not each.after.is_known for each in judged),
        bands={
            band.name: _compare(
                [each for each in judged if each.band == band.name],
                {key: share for key, share in comparable.items() if key[1] == band.name},
            )
            for band in BANDS
        },
        delay_s=delay_s,
        lead_time_s=median(leads) if leads else None,
        late=sum(each.after.was_asking for each in judged),
        most_per_customer=max(per_customer.values(), default=0),
        outside_hours=_outside_hours(rule, firings, playbook),
    )


def _judged(history: History, firing: Decided) -> _Judged:
    past = history.past(firing.customer)
    moment = past.moments.get(firing.trigger_id)
    earlier = past.asks_before(firing.trigger_at) if moment is None else moment.earlier
    return _Judged(
        aftermath(history, firing), band_of(earlier), None if moment is None else like(moment.kind)
    )


def _delay_s(firings: Sequence[Decided]) -> float:
    # A rule has one; what matched a late event or was decided late is the exception.
    delays = Counter(firing.delay_s for firing in firings)
    return min(delays, key=lambda delay_s: (-delays[delay_s], delay_s), default=0.0)


def _compare(judged: Sequence[_Judged], comparable: Mapping[tuple[Kind, str], Share]) -> Comparison:
    known = [each for each in judged if each.after.is_known]
    weights: Counter[tuple[Kind | None, str]] = Counter((each.kind, each.band) for each in known)
    rates = {key: share.rate for key, share in comparable.items() if share.rate is not None}
    expected = sum(weights[key] * rate for key, rate in rates.items())
    covered = sum(weights[key] for key in rates)
    called = sum((each.kind, each.band) in rates for each in known if _called(each))
    return Comparison(
        fired=len(judged),
        called=Share(sum(map(_called, known)), len(known)),
        comparable=Share(
            sum(share.hits for share in comparable.values()),
            sum(share.n for share in comparable.values()),
        ),
        rate=expected / covered if covered else None,
        ratio=called / expected if expected else None,
    )


def _called(judged: _Judged) -> bool:
    return judged.after.asked_after_s is not None


def _outside_hours(rule_id: str, firings: Sequence[Decided], playbook: Playbook) -> int:
    zone = ZoneInfo(playbook.time_zone)
    team = next((rule.first.to for rule in playbook.rules if rule.id == rule_id), None)
    return sum(not is_open(playbook.gates, team, zone, firing.at) for firing in firings)
