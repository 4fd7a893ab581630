"""Every metric of the service: its name, its labels, what it means and what to do about it."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

# A commit takes 7 to 9 ms when all is well, so the buckets are narrow there.
TRANSACTION_BUCKETS_S = (
    *(0.001, 0.002, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05),
    *(0.1, 0.2, 0.5, 1.0, 2.0, 5.0),
)
BATCH_BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
ACTION_BUCKETS_S = (
    *(0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075),
    *(0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
)
# The upper end is the longest timeout a channel may have.
DISPATCH_BUCKETS_S = (0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Catalogue:
    """One attribute per metric, on one registry.

    Parameters
    ----------
    registry
        Where the metrics register; each test makes its own.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry

        def counter(name: str, meaning: str, *labels: str) -> Counter:
            return Counter(f"precede_{name}", meaning, labels, registry=registry)

        def gauge(name: str, meaning: str, *labels: str) -> Gauge:
            return Gauge(f"precede_{name}", meaning, labels, registry=registry)

        def histogram(
            name: str, meaning: str, buckets: tuple[float, ...], *labels: str
        ) -> Histogram:
            return Histogram(f"precede_{name}", meaning, labels, registry=registry, buckets=buckets)

        self.records_processed_total = counter(
            "records_processed_total",
            "Records a role processed; those of an aborted transaction count again. Zero while "
            "lag_records grows: the role stands still; see /health/live.",
            "role",
        )
        self.dead_letters_total = counter(
            "dead_letters_total",
            "Records refused, by reason. Read the dead-letters topic: each record names its "
            "source position and what to correct.",
            "role",
            "reason",
        )
        self.lag_records = gauge(
            "lag_records",
            "Records in the partition that are not yet processed. Growing on all partitions: add "
            "workers; on one: look at that partition's owner.",
            "role",
            "partition",
        )
        self.batch_seconds = histogram(
            "batch_seconds",
            "Time to process one batch, without its commit. Rising at equal throughput: a rule or "
            "model became slow.",
            BATCH_BUCKETS_S,
            "role",
        )
        self.transaction_seconds = histogram(
            "transaction_seconds",
            "Time from begin to commit of one checkpoint. Above 0.1 s the brokers are slow or "
            "far away.",
            TRANSACTION_BUCKETS_S,
            "role",
        )
        self.transactions_total = counter(
            "transactions_total",
            "Checkpoints by result. `fenced`: another worker took the partition over, normal "
            "during a rebalance only; `aborted`: the partition was restored and repeats the work; "
            "see the broker's log.",
            "role",
            "result",
        )
        self.checkpoint_bytes_total = counter(
            "checkpoint_bytes_total",
            "Bytes written by checkpoints, output and state. Growing faster than records: "
            "customers' records grow; `precede rules check` sums up their byte budget.",
            "role",
        )
        self.restore_seconds = gauge(
            "restore_seconds",
            "Duration of the latest restore of the partition. Growing without more customers: the "
            "state topic is not compacted.",
            "role",
            "partition",
        )
        self.restore_progress_ratio = gauge(
            "restore_progress_ratio",
            "Share of the partition's state that is read back, 0 to 1; below 1 it does no work "
            "yet. Standing still: the broker does not deliver; see its log.",
            "role",
            "partition",
        )
        self.restored_records_total = counter(
            "restored_records_total",
            "Records of state read by restores. Far more than customers: the state topic is not "
            "compacted.",
            "role",
        )
        self.applied_offset = gauge(
            "applied_offset",
            "Next offset to process, as committed. Standing still while lag_records is above "
            "zero: the partition is stalled.",
            "role",
            "partition",
        )
        self.watermark_timestamp_seconds = gauge(
            "watermark_timestamp_seconds",
            "Event time up to which the partition is complete. One partition behind the others "
            "holds back timers and absences there: look for a source that stopped.",
            "partition",
        )
        self.customers = gauge(
            "customers",
            "Customers held in state. Very uneven partitions: the key of the events is skewed.",
            "partition",
        )
        self.candidates_total = counter(
            "candidates_total",
            "Candidates by the reason they ended with. Few `sent`: the other reasons say which "
            "gate holds them; `precede why-not` tells it for one customer.",
            "rule",
            "reason",
        )
        self.actions_total = counter(
            "actions_total",
            "Actions decided, by rule and level of the experience pyramid. A rule at zero for "
            "days: see its candidates by reason.",
            "rule",
            "level",
        )
        self.exposures_total = counter(
            "exposures_total",
            "Candidates of a rule with a holdout that passed every gate, by arm. A share of "
            "`holdout` that drifts from the one in the playbook: `precede scorecard` tests it.",
            "rule",
            "arm",
        )
        self.rule_braked = gauge(
            "rule_braked",
            "1 while a rule is out of service because customers resented it. Read the reason with "
            "`precede brake list`, mend the rule, then `precede brake release RULE`.",
            "rule",
            "partition",
        )
        self.play_started_total = counter(
            "play_started_total",
            "Plays begun: rules of several steps whose first action went out.",
            "rule",
        )
        self.play_finished_total = counter(
            "play_finished_total",
            "Plays that came to their last step. Far fewer than started: play_stopped_total says "
            "why.",
            "rule",
        )
        self.play_stopped_total = counter(
            "play_stopped_total",
            "Plays that ended early, by reason. Many `asked`: we are slower than the customer; "
            "`in_vain`: see play_steps_late_total; `overdue`: time stood still.",
            "rule",
            "reason",
        )
        self.play_steps_late_total = counter(
            "play_steps_late_total",
            "Waits of plays that were over before anything came, by step. One step above the "
            "others: its team needs people, or its system does not tell.",
            "rule",
            "step",
        )
        self.play_steps_skipped_total = counter(
            "play_steps_skipped_total",
            "Later steps of plays that a gate held back; candidates_total says which.",
            "rule",
            "step",
        )
        self.event_to_action_seconds = histogram(
            "event_to_action_seconds",
            "Wall time from the event's arrival in raw-events to its committed action: what a "
            "customer waits. High with high lag: catching up; high without lag: see "
            "transaction_seconds.",
            ACTION_BUCKETS_S,
        )
        self.late_events_total = counter(
            "late_events_total",
            "Events behind the watermark: counted in windows, ignored by sequences. A steady "
            "share: raise PRECEDE_LATENESS_S.",
        )
        self.duplicate_events_total = counter(
            "duplicate_events_total",
            "Events dropped because their id was seen within 24 h of event time. A steady share: "
            "a source sends twice.",
        )
        self.dispatch_actions = gauge(
            "dispatch_actions",
            "Actions in the dispatch ledger, by state. `parked` and `unknown` wait for a person; "
            "`failed` never reached the customer.",
            "partition",
            "state",
        )
        self.dispatch_attempts_total = counter(
            "dispatch_attempts_total",
            "Calls to a channel by outcome. `retry`, `unknown` and `failed` rising: the other "
            "side is down or refuses; see breaker_open.",
            "channel",
            "outcome",
        )
        self.dispatch_seconds = histogram(
            "dispatch_seconds",
            "Time one call to a channel took. Near the channel's timeout: the other side is "
            "overloaded.",
            DISPATCH_BUCKETS_S,
            "channel",
        )
        self.breaker_open = gauge(
            "breaker_open",
            "1 while a partition of this worker does not call the channel because it kept "
            "failing. Repair the other side; it closes by itself.",
            "channel",
        )
        self.model_auc = gauge(
            "model_auc",
            "Area under the ROC curve over the latest labels of all partitions, score before "
            "learning; newer_half leaves out what came before the model had learnt. Not above "
            "model_baseline_auc: the model adds nothing; take its rules to shadow.",
            "model",
            "population",
            "window",
        )
        self.model_baseline_auc = gauge(
            "model_baseline_auc",
            "The same for the naive baseline on the same labels: what the model must beat.",
            "model",
            "population",
            "window",
        )
        self.model_log_loss = gauge(
            "model_log_loss",
            "Mean logarithmic loss in nats over the latest labels. A jump without one in "
            "model_base_rate: an input changed its meaning.",
            "model",
            "window",
        )
        self.model_calibration_error = gauge(
            "model_calibration_error",
            "Expected calibration error in [0, 1]. Above 0.05, thresholds in rules no longer mean "
            "what they say.",
            "model",
            "window",
        )
        self.model_base_rate = gauge(
            "model_base_rate",
            "Share of positive labels in [0, 1]. A jump: customers behave differently, or the "
            "event that makes a label positive is missing.",
            "model",
            "window",
        )
        self.model_judged_labels = gauge(
            "model_judged_labels",
            "Labels behind the figures of a window. Below 1000 they are mostly noise.",
            "model",
            "window",
        )
        self.model_labels = gauge(
            "model_labels",
            "Labels the model has learnt from. Standing still: the events that settle them do "
            "not arrive.",
            "model",
        )
        self.model_newest_label_timestamp_seconds = gauge(
            "model_newest_label_timestamp_seconds",
            "Event time at which the newest learnt label was opened. Ever further behind the "
            "watermark than the label's horizon: learning stands still.",
            "model",
        )
        self._add_state_of_models(gauge)
        self.playbook_info = Info(
            "precede_playbook",
            "The playbook that decides. More than one hash for minutes: a worker cannot load the "
            "new one.",
            registry=registry,
        )
        self.playbook_refused_timestamp_seconds = gauge(
            "playbook_refused_timestamp_seconds",
            "When a playbook was last refused, by reason: it changed nothing, the one before still "
            "decides. Newer than its author knows of: `precede playbook list` says why.",
            "reason",
        )
        self.approval_required = gauge(
            "approval_required",
            "Whether live rules of the playbook in force need an approval by someone other than "
            "its author: 1, or 0 where PRECEDE_APPROVAL=off switched it off; publish it again with "
            "PRECEDE_APPROVAL=required.",
            "partition",
        )
        self.stops = gauge(
            "stopped",
            "Stops of operators that hold: everything, single rules or single channels. Nothing of "
            "it leaves; `precede stop --list` says who stopped it and why.",
            "scope",
        )
        self.may_contact_total = counter(
            "may_contact_total",
            "Answers to other systems that asked whether they may contact a customer, `allowed` or "
            "the reason why not. Mostly `error`: read the detail of an answer.",
            "reason",
        )
        self.partitions = gauge(
            "partitions",
            "Partitions this worker owns, by state. `restoring` for long: see the broker's log; "
            "`stopped`: /health/ready says why.",
            "role",
            "state",
        )
        self.stalled_partitions = gauge(
            "stalled_partitions",
            "Partitions with lag whose applied offset does not move. Above zero /health/live "
            "fails and the worker should be restarted.",
            "role",
        )

    def _add_state_of_models(self, gauge: Callable[..., Gauge]) -> None:
        self.model_usual_log_loss = gauge(
            "model_usual_log_loss",
            "The logarithmic loss of the usual shares, for models that choose one of many such as "
            "topic: what model_log_loss must beat.",
            "model",
            "window",
        )
        self.model_usual_right_ratio = gauge(
            "model_usual_right_ratio",
            "How often always choosing the usual one is right, for models that choose one of many: "
            "what model_base_rate must beat, there how often the model is right.",
            "model",
            "window",
        )
        self.model_withdrawn = gauge(
            "model_withdrawn",
            "Whether rules must do without the model: 1 while it says no more than its naive "
            "baseline or the base rate. Its rules end as missing_fact; `precede models show` says "
            "why.",
            "model",
            "partition",
        )
        self.model_label_coverage_ratio = gauge(
            "model_label_coverage_ratio",
            "Share of opened labels that were closed. Falling: the events that settle labels do "
            "not arrive, or most customers are acted for.",
            "model",
            "partition",
        )
        self.model_label_lag_seconds = gauge(
            "model_label_lag_seconds",
            "Mean time from a score to its label, over the latest labels: how old what the model "
            "learns is.",
            "model",
            "partition",
        )
        self.model_swaps = gauge(
            "model_swaps",
            "How often the loss of a model rose so much that one took over which had learnt since. "
            "More than one a month: an input keeps changing its meaning.",
            "model",
            "partition",
        )
        self.model_shifts = gauge(
            "model_shifts",
            "How often the mean of a model's score or of a watched input moved; needs no labels. "
            "A jump: look at model_base_rate once the labels are there.",
            "model",
            "partition",
        )
