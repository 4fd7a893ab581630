"""The scorecard of a rule: what customers did with its actions, and what these changed.

::

    first exposure        window (24 h unless the rule says otherwise)      72 h
    sent or ghost --------------------------------------------|-------------|
                  asks on the topic: called anyway, lead time  | echo contacts

The unit is the customer, from the first exposure on, as drawn: an action that did not arrive
counts as treated. A contact is on the topic unless it names another topic of the playbook.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rules.playbook.models import Playbook
from rules.proof.decided import Decided
from rules.proof.effect import Effect, Lead, pre_empted
from rules.proof.history import Contact, History
from rules.proof.intervals import Share
from rules.proof.outcomes import Outcomes
from rules.proof.ratio import MISMATCH, sample_ratio_p
from rules.proof.sequential import Interval, Sample, share_interval
from rules.reactions import ECHO_S

WINDOW_S: Final = 86400.0
"""Of a rule that the playbook does not know any more."""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What is known of a rule on a source whose customers react.

    Parameters
    ----------
    rule
        Its id.
    candidates
        Reason -> how many ended so, in the order of their names.
    answers
        Opened, accepted, rejected, opted out -> how many of the actions that arrived.
    treated, ghosts
        Customers in either arm, contaminated ones left out.
    contaminated
        Customers who were in both; they count in neither.
    open
        Customers of either arm whose window the log does not hold yet.
    ratio_p
        Of the sample-ratio test; ``None`` without an experiment.
    called, echo
        Who asked within the window; contacts within 72 h. ``None`` where the test blocks them, or
        nobody was held out.
    pre_empted
        Share of the asks made needless, with its interval.
    lead
        How far the actions are ahead of the ask.
    late
        Actions that went out while the customer was asking already.
    """

    rule: str
    candidates: Mapping[str, int]
    answers: Mapping[str, Share]
    treated: int
    ghosts: int
    contaminated: int
    open: int
    ratio_p: float | None
    called: Effect | None
    echo: Effect | None
    pre_empted: tuple[float, Interval] | None
    lead: Lead
    late: Share

    @property
    def is_blocked(self) -> bool:
        """Whether the arms are not as they were drawn, so that nothing may be compared."""
        return self.ratio_p is not None and self.ratio_p < MISMATCH

    @property
    def verdict(self) -> str:
        """What may be said about customers who ask, in words."""
        if self.is_blocked:
            return "blocked: the arms are not as drawn"
        return "no holdout" if self.called is None else self.called.verdict

    def as_json(self) -> dict[str, Any]:
        """Return the figures as plain values; ``None`` where there is nothing to say."""
        return {
            "candidates": dict(self.candidates),
            "treated": self.treated,
            "holdout": self.ghosts,
            "contaminated": self.contaminated,
            "open": self.open,
            "sample_ratio_p": self.ratio_p,
            "blocked": self.is_blocked,
            "verdict": self.verdict,
            "called_anyway": None if self.called is None else self.called.as_json(),
            "echo_contacts": None if self.echo is None else self.echo.as_json(),
            "pre_empted": None
            if self.pre_empted is None
            else {"share": self.pre_empted[0], "interval": self.pre_empted[1]},
            "lead_time": self.lead.as_json(),
            "late_fires": _share(self.late),
            "adoption": _share(self.answers["accepted"]),
            "answers": {answer: _share(share) for answer, share in self.answers.items()},
        }


def _share(share: Share) -> dict[str, Any]:
    interval = share_interval(share)
    return {"hits": share.hits, "n": share.n, "rate": share.rate, "interval": interval}


@dataclass(frozen=True, slots=True)
class _Unit:
    """A customer under observation, by the first decision that exposed them."""

    first: Decided
    is_contaminated: bool

    @property
    def is_held(self) -> bool:
        return self.first.arm == "holdout"


def scorecards(
    history: History, outcomes: Outcomes, decisions: Iterable[Decided], playbook: Playbook
) -> dict[str, Scorecard]:
    """Return the scorecard of every running rule, in the order of the playbook, then of others.

    Parameters
    ----------
    history, outcomes
        All that customers did.
    decisions
        Of any rules, in any order. Those on replayed history are left out: nobody could react.
    playbook
        Says the windows of the rules and which topics there are.
    """
    made: defaultdict[str, list[Decided]] = defaultdict(list)
    topics = {rule.topic for rule in playbook.rules}
    for decision in decisions:
        if decision.at > history.replayed_until:
            made[decision.rule].append(decision)
            topics.add(decision.topic)
    windows = {rule.id: rule.window_s for rule in playbook.rules}
    running = [rule.id for rule in playbook.rules if rule.mode not in {"draft", "retired"}]
    others = sorted(made.keys() - set(running))
    return {
        rule: _scorecard(
            rule, history, outcomes, made[rule], topics, windows.get(rule, WINDOW_S)
        )
        for rule in (*running, *others)
    }  # fmt: skip


def _scorecard(
    rule: str,
    history: History,
    outcomes: Outcomes,
    decisions: Sequence[Decided],
    topics: Collection[str],
    window_s: float,
) -> Scorecard:
    sent = [decision for decision in decisions if decision.fired]
    units = _units(decisions)
    clean = [unit for unit in units if not unit.is_contaminated]
    ratio_p = sample_ratio_p((unit.is_held, unit.first.holdout_share) for unit in units)
    may_compare = ratio_p is not None and ratio_p >= MISMATCH
    seen = {True: _Seen(), False: _Seen()}
    for unit in clean:
        seen[unit.is_held].add(unit.first, history, topics, window_s)
    treated, ghosts = seen[False], seen[True]
    called = Effect.of(treated.asked, ghosts.asked) if may_compare else None
    needless = pre_empted(_hits(treated.asked), _hits(ghosts.asked)) if may_compare else None
    return Scorecard(
        rule=rule,
        candidates=dict(sorted(Counter(each.reason for each in decisions).items())),
        answers=outcomes.answers(sent, window_s),
        treated=sum(not unit.is_held for unit in clean),
        ghosts=sum(unit.is_held for unit in clean),
        contaminated=len(units) - len(clean),
        open=treated.open + ghosts.open,
        ratio_p=ratio_p,
        called=called,
        echo=Effect.of(treated.contacts, ghosts.contacts) if may_compare else None,
        pre_empted=needless,
        lead=Lead.of(ghosts.leads),
        late=Share(sum(_was_asking(history, each) for each in sent), len(sent)),
    )


def _units(decisions: Iterable[Decided]) -> list[_Unit]:
    exposed: defaultdict[str, list[Decided]] = defaultdict(list)
    for decision in decisions:
        if decision.arm:
            exposed[decision.customer].append(decision)
    return [
        _Unit(
            min(own, key=lambda decision: (decision.at, decision.trigger_id)),
            len({decision.arm for decision in own}) > 1,
        )
        for own in exposed.values()
    ]


class _Seen:
    """What the customers of one arm did, as far as the log holds the time after."""

    def __init__(self) -> None:
        self.open = 0
        self.leads: list[float] = []
        self._judged = 0
        self._contacts: list[int] = []

    def add(
        self, first: Decided, history: History, topics: Collection[str], window_s: float
    ) -> None:
        own, at = _own(history, first), first.at
        past = history.past(first.customer)
        others = {topic for topic in topics if topic != first.topic}
        if at + ECHO_S <= history.end:
            self._contacts.append(past.asks_within(at, at + ECHO_S, own, others))
        if at + window_s > history.end:
            self.open += 1
            return
        self._judged += 1
        asked_at = past.next_ask(at, own, others)
        if asked_at <= at + window_s:
            self.leads.append(asked_at - at)

    @property
    def asked(self) -> Sample:
        return Sample.of_share(Share(len(self.leads), self._judged))

    @property
    def contacts(self) -> Sample:
        return Sample.of(self._contacts)


def _own(history: History, decision: Decided) -> Contact | None:
    moment = history.past(decision.customer).moments.get(decision.trigger_id)
    return None if moment is None else moment.contact


def _was_asking(history: History, decision: Decided) -> bool:
    past = history.past(decision.customer)
    return past.is_asking(decision.at, _own(history, decision))


def _hits(sample: Sample) -> Share:
    return Share(sample.positives, sample.n)
