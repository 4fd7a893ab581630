"""What the owners of a role tell metrics and health."""

from collections.abc import Callable, Sequence

from streams.clock import monotonic
from streams.dispatch.ledger import Ledger
from streams.engine.contract import Outgoing
from streams.engine.mind import Mind
from streams.engine.processor import Processor
from streams.health import Health
from streams.metrics import Metrics


class Observer:
    """Counts what a role commits; before the commit nothing counts, since it may happen again."""

    def __init__(self, role: str, metrics: Metrics, health: Health) -> None:
        self._name = role
        self._metrics = metrics
        self._role = metrics.role(role)
        self._health = health
        self._counted: dict[int, tuple[int, int]] = {}

    def assigned(self, partitions: Sequence[int]) -> None:
        """The group gave these partitions, and no others, to this worker."""
        self._health.assigned(self._name, partitions)

    def lost(self, partition: int) -> None:
        """Another worker owns the partition from now on."""
        self._role.lost(partition)
        self._counted.pop(partition, None)
        self._health.note(f"{self._name} partition {partition}", "")

    def restoring(self, partition: int) -> Callable[[int, int], None]:
        """State is being read back; return what takes (offset reached, end offset)."""
        self._health.restoring(self._name, partition)
        return self._role.restoring(partition)

    def restored(self, partition: int, records: int, seconds: float) -> None:
        """State is there; records flow."""
        self._role.restored(partition, records, seconds)
        self._health.restored(self._name, partition)

    def processed(self, records: int, seconds: float) -> None:
        """A batch was applied."""
        self._role.processed(records, seconds)

    def failed(self, *, fenced: bool) -> None:
        """A transaction did not commit."""
        self._role.failed("fenced" if fenced else "aborted")

    def committed(
        self,
        partition: int,
        outgoing: Sequence[Outgoing],
        applied: int,
        written: int,
        seconds: float,
    ) -> None:
        """A transaction committed."""
        self._role.committed(partition, outgoing, applied, written, seconds)

    def lag(self, partition: int, applied: int, lag: int, waiting: int) -> None:
        """How far the partition is, as committed.

        Parameters
        ----------
        lag
            Records that are not processed and committed yet. While there are some, the applied
            offset must move, or the worker is not alive.
        waiting
            Actions due at a channel; one that does not answer is no reason to restart.
        """
        self._role.lag(partition, lag + waiting)
        self._health.observe(self._name, partition, lag, applied, monotonic())

    def state(self, partition: int, processor: object) -> None:
        """What the processor of a partition holds."""
        if isinstance(processor, Processor):
            self._metrics.state(partition).show(processor.watermark.at, len(processor.customers))
            for name, model in processor.mind.models.watched().items():
                self._metrics.state(partition).model(name, model)
            self._approval(partition, processor.mind)
            self._metrics.braked(partition, processor.mind.brake.braked)
            for (what, rule, label), count in processor.mind.tally.take().items():
                self._metrics.play(what, rule, label, count)
            # The first call after a restore sets where counting begins.
            late, duplicates = self._counted.get(partition, (processor.late, processor.duplicates))
            self._metrics.late(max(0, processor.late - late))
            self._metrics.duplicates(max(0, processor.duplicates - duplicates))
            self._counted[partition] = processor.late, processor.duplicates
        elif isinstance(processor, Ledger):
            self._metrics.dispatch_states(partition, processor.counts())

    def _approval(self, partition: int, mind: Mind) -> None:
        if not mind.playbook_hash:
            return
        approval = mind.approved.approval
        is_required = approval.policy == "required"
        self._metrics.state(partition).approval(is_required=is_required)
        flaw = approval.flaw(mind.playbook_hash)
        if not is_required:
            told = "approval is switched off: live rules act without a second person's word"
        else:
            told = flaw and f"live rules send nothing, {flaw}; use `precede playbook approve`"
        self._health.note(f"{self._name} partition {partition}", told)
