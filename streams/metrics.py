"""The calls by which the service counts; what each metric means is in the catalogue."""

from collections import Counter as Counts
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from weakref import WeakSet

import orjson
from prometheus_client import CollectorRegistry, Counter

from rules.decision import DECISION
from rules.plays.tally import STOPPED, What
from rules.reservation import ANSWER
from streams.clock import now
from streams.dispatch.entry import STATES, State
from streams.engine.contract import Outgoing
from streams.engine.refusal import REASONS as REFUSAL_REASONS
from streams.metric_catalogue import Catalogue
from streams.metric_labels import (
    ANSWERS,
    ARMS,
    CANDIDATE_REASONS,
    DEAD_LETTER_REASONS,
    LEVELS,
    OTHER,
    PARTITION_STATES,
    PLAY_STEPS,
    ROLES,
    STOP_SCOPES,
    TRANSACTION_RESULTS,
    Names,
    hash_label,
    name_label,
    partition_label,
    require,
)
from streams.metric_views import ChannelMetrics, ModelMetrics, StateMetrics

COUNTED = frozenset({"decisions", "actions", "dead_letters"})  # topics whose records are counted


class Metrics(Catalogue):
    """Every metric of the service, with one call for each thing that is counted.

    Label children are bound once. Count after the commit: what an aborted transaction did is done
    again and would count twice.

    Parameters
    ----------
    registry
        Where the metrics register; each test makes its own.

    Examples
    --------
    >>> metrics = Metrics(CollectorRegistry())
    >>> metrics.playbook_loaded("bank", "0f3a9c21", {"call-back": 2})
    >>> metrics.role("engine").processed(500, 0.004)
    >>> metrics.candidate("call-back", "sent")
    >>> metrics.acted("call-back", 2)
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__(registry)
        self._rules, self._models, self._channels = Names(), Names(), Names()
        self._role_metrics: dict[str, RoleMetrics] = {}
        self._model_metrics: dict[str, ModelMetrics] = {}
        self._callers: dict[str, WeakSet[ChannelMetrics]] = {}
        self._candidates: dict[tuple[str, str], Counter] = {}
        self._actions: dict[tuple[str, int], Counter] = {}

    def playbook_loaded(
        self, name: str, digest: str, rules: Mapping[str, int], plays: Iterable[str] = ()
    ) -> None:
        """Name the playbook in force and open the series of its rules at zero.

        Parameters
        ----------
        rules
            Id of each rule -> its pyramid level, 1 to 5.
        plays
            Ids of those of several steps.
        """
        self.playbook_info.info(
            {
                "name": name_label(name),
                "hash": hash_label(digest),
            }
        )
        self._rules.declare(rules)
        for rule, level in rules.items():
            self.acted(rule, level, 0)
            for reason in CANDIDATE_REASONS:
                self.candidate(rule, reason, 0)
        for rule in plays:
            self.play("started", rule, count=0)
            self.play("finished", rule, count=0)
            for reason in STOPPED:
                self.play("stopped", rule, reason, 0)
            for step in PLAY_STEPS:
                self.play("late", rule, step, 0)
                self.play("skipped", rule, step, 0)

    def playbook_refused(self, reason: str, at: float) -> None:
        """Show when a playbook was last refused, Unix seconds, and for one of ``REASONS``."""
        require(reason, REFUSAL_REASONS, "reason")
        self.playbook_refused_timestamp_seconds.labels(reason).set(at)

    def models_declared(self, names: Iterable[str]) -> None:
        """Let these names be values of the label ``model``."""
        self._models.declare(names)

    def channels_declared(self, names: Iterable[str]) -> None:
        """Let these names be values of the label ``channel``."""
        self._channels.declare(names)

    def stopped(self, scopes: Iterable[str]) -> None:
        """Show the stops that hold, the scope of each; one of ``STOP_SCOPES``."""
        counted = Counts(scopes)
        for scope in STOP_SCOPES:
            self.stops.labels(scope).set(counted[scope])

    def role(self, role: str) -> "RoleMetrics":
        """Return what one role counts; the same object each time."""
        found = self._role_metrics.get(role)
        if found is None:
            require(role, ROLES, "role")
            found = self._role_metrics[role] = RoleMetrics(self, role)
        return found

    def state(self, partition: int) -> StateMetrics:
        """Return what the engine shows of one partition's state."""
        return StateMetrics(self, partition)

    def model(self, name: str) -> ModelMetrics:
        """Return what one declared model shows; the same object each time."""
        label = self._models.label(name)
        found = self._model_metrics.get(label)
        if found is None:
            found = self._model_metrics[label] = ModelMetrics(self, label)
        return found

    def channel(self, name: str) -> ChannelMetrics:
        """Return what one caller of a declared channel counts; a new object each time.

        A channel shows as held back while a caller that is still there holds it back.
        """
        label = self._channels.label(name)
        callers = self._callers.get(label)
        if callers is None:
            callers = self._callers[label] = WeakSet[ChannelMetrics]()
            self.breaker_open.labels(label).set_function(partial(_any_open, callers))
        caller = ChannelMetrics(self, label)
        callers.add(caller)
        return caller

    def candidate(self, rule: str, reason: str, count: int = 1) -> None:
        """Count candidates of a rule that ended with `reason`."""
        key = self._rules.label(rule), reason
        bound = self._candidates.get(key)
        if bound is None:
            key = key[0], reason if reason in CANDIDATE_REASONS else OTHER
            bound = self._candidates[key] = self.candidates_total.labels(*key)
        bound.inc(count)

    def acted(self, rule: str, level: int, count: int = 1) -> None:
        """Count actions of a rule; `level` is the rule's pyramid level, 1 to 5."""
        key = self._rules.label(rule), level
        bound = self._actions.get(key)
        if bound is None:
            require(str(level), LEVELS, "level")
            bound = self._actions[key] = self.actions_total.labels(key[0], str(level))
        bound.inc(count)

    def play(self, what: What, rule: str, label: str = "", count: int = 1) -> None:
        """Count plays of a rule, by what became of them or of a step.

        Parameters
        ----------
        label
            The step, 2 to 6, where it is late or skipped; one of ``STOPPED`` where the play is
            stopped; nothing for the others.
        """
        counters = {
            "started": self.play_started_total,
            "finished": self.play_finished_total,
            "stopped": self.play_stopped_total,
            "late": self.play_steps_late_total,
            "skipped": self.play_steps_skipped_total,
        }
        known = self._rules.label(rule)
        if what in {"started", "finished"}:
            counters[what].labels(known).inc(count)
            return
        require(label, STOPPED if what == "stopped" else PLAY_STEPS, "label")
        counters[what].labels(known, label).inc(count)

    def answered(self, reason: str, count: int = 1) -> None:
        """Count answers to other systems; a reason outside ``ANSWERS`` counts as ``other``."""
        known = reason if reason in ANSWERS else OTHER
        self.may_contact_total.labels(known).inc(count)

    def exposed(self, rule: str, arm: str) -> None:
        """Count a candidate that passed every gate, in one of ``ARMS``."""
        require(arm, ARMS, "arm")
        self.exposures_total.labels(self._rules.label(rule), arm).inc()

    def braked(self, partition: int, rules: Iterable[str]) -> None:
        """Show the rules that are braked where a partition stands; the others are absent."""
        label = partition_label(partition)
        self.rule_braked.remove_by_labels({"partition": label})
        for rule in rules:
            self.rule_braked.labels(self._rules.label(rule), label).set(1)

    def event_to_action(self, seconds: float) -> None:
        """Observe the time from an event's arrival to its committed action.

        The ends are read from two machines' clocks: where they disagree it counts as zero.
        """
        self.event_to_action_seconds.observe(max(0.0, seconds))

    def late(self, count: int) -> None:
        """Count events behind the watermark."""
        self.late_events_total.inc(count)

    def duplicates(self, count: int) -> None:
        """Count events dropped as duplicates."""
        self.duplicate_events_total.inc(count)

    def dispatch_states(self, partition: int, actions: Mapping[State, int]) -> None:
        """Show how many actions of a partition's ledger are in each state; absent means zero."""
        label = partition_label(partition)
        for state in STATES:
            self.dispatch_actions.labels(label, state).set(actions.get(state, 0))

    def forget(self, role: str, partition: int) -> None:
        """Remove what a role shows of a partition that it no longer owns; counters stay."""
        label = partition_label(partition)
        for gauge in (
            self.lag_records,
            self.applied_offset,
            self.restore_seconds,
            self.restore_progress_ratio,
        ):
            gauge.remove(role, label)
        if role == "engine":
            self.watermark_timestamp_seconds.remove(label)
            self.customers.remove(label)
            self.approval_required.remove(label)
            self.rule_braked.remove_by_labels({"partition": label})
            for gauge in (
                self.model_withdrawn,
                self.model_label_coverage_ratio,
                self.model_label_lag_seconds,
                self.model_swaps,
                self.model_shifts,
            ):
                gauge.remove_by_labels({"partition": label})
        elif role == "dispatch":
            self.dispatch_actions.remove_by_labels({"partition": label})


class RoleMetrics:
    """What one role of a worker counts.

    What happens per batch is bound once. What is shown of a partition is not: its series must not
    exist before the first value, since zero would be one.
    """

    def __init__(self, metrics: Metrics, role: str) -> None:
        self._metrics, self._role = metrics, role
        self._records = metrics.records_processed_total.labels(role)
        self._batch = metrics.batch_seconds.labels(role)
        self._dead_letters = {
            reason: metrics.dead_letters_total.labels(role, reason)
            for reason in DEAD_LETTER_REASONS
        }
        self._results = {
            result: metrics.transactions_total.labels(role, result)
            for result in TRANSACTION_RESULTS
        }
        self._transaction = metrics.transaction_seconds.labels(role)
        self._bytes = metrics.checkpoint_bytes_total.labels(role)
        self._restored = metrics.restored_records_total.labels(role)
        self._states = {state: metrics.partitions.labels(role, state) for state in PARTITION_STATES}
        self._stalled = metrics.stalled_partitions.labels(role)

    def processed(self, records: int, seconds: float) -> None:
        """Count one batch."""
        self._records.inc(records)
        self._batch.observe(seconds)

    def committed(
        self,
        partition: int,
        outgoing: Iterable[Outgoing],
        applied: int,
        written_bytes: int,
        seconds: float,
    ) -> None:
        """Count a committed transaction and what it says.

        Parameters
        ----------
        outgoing
            Its records; decisions, actions and dead letters among them are counted.
        applied
            Next offset to process.
        written_bytes
            Of all its records.
        seconds
            From begin to commit.
        """
        self._results["committed"].inc()
        self._transaction.observe(seconds)
        self._bytes.inc(written_bytes)
        self._metrics.applied_offset.labels(self._role, partition_label(partition)).set(applied)
        at = now()
        for record in outgoing:
            if record.topic in COUNTED and record.value is not None:
                self._count(record, at)

    def _count(self, record: Outgoing, at: float) -> None:
        event = orjson.loads(record.value or b"")
        data = event["data"]
        if event["type"] == ANSWER:
            self._metrics.answered(data["reason"])
        elif event["type"] == DECISION:
            self._metrics.candidate(data["rule"], data["reason"])
            if (drawn := data.get("holdout")) is not None:
                self._metrics.exposed(data["rule"], drawn["arm"])
        elif record.topic == "dead_letters":
            self.dead_letter(data.get("code", OTHER))
        elif event["type"] == "precede.action":  # a cancellation goes to the same topic
            self._metrics.acted(data["rule"], data["pyramid_level"])
            if record.since_ms:
                self._metrics.event_to_action(at - record.since_ms / 1000)

    def failed(self, result: str) -> None:
        """Count a transaction that was ``aborted``, or ``fenced`` by a newer owner."""
        require(result, TRANSACTION_RESULTS, "result")
        self._results[result].inc()

    def dead_letter(self, reason: str, count: int = 1) -> None:
        """Count refused records; a reason outside ``DEAD_LETTER_REASONS`` counts as ``other``."""
        (self._dead_letters.get(reason) or self._dead_letters[OTHER]).inc(count)

    def restoring(self, partition: int) -> Callable[[int, int], None]:
        """Return what shows how far a restore is, called with (offset reached, end offset)."""
        labels = self._role, partition_label(partition)
        progress = self._metrics.restore_progress_ratio.labels(*labels)
        return lambda reached, end: progress.set(reached / end if end > 0 else 1)

    def restored(self, partition: int, records: int, seconds: float) -> None:
        """Count the records of one restore and show how long it took."""
        labels = self._role, partition_label(partition)
        self._metrics.restore_progress_ratio.labels(*labels).set(1)
        self._metrics.restore_seconds.labels(*labels).set(seconds)
        self._restored.inc(records)

    def lag(self, partition: int, records: int) -> None:
        """Show the records of a partition that are not processed yet."""
        self._metrics.lag_records.labels(self._role, partition_label(partition)).set(records)

    def lost(self, partition: int) -> None:
        """Forget everything shown of a partition that this worker no longer owns."""
        self._metrics.forget(self._role, partition)

    def partitions(self, states: Iterable[str]) -> None:
        """Show in which states the partitions of this worker are, one state for each."""
        counted = Counts(states)
        for state, gauge in self._states.items():
            gauge.set(counted[state])

    def stalled(self, partitions: int) -> None:
        """Show how many partitions stand still."""
        self._stalled.set(partitions)


def _any_open(callers: WeakSet[ChannelMetrics]) -> float:
    return float(any(caller.is_open for caller in callers))
