"""The register of erasures: who was forgotten and when, without saying who.

A customer stands there as a digest: scrypt [1]_ of the id with one random salt per installation.
Whoever knows an id can look whether it was forgotten; to list the ids, all that are thinkable have
to be tried, at half a second each. The register is pseudonymous, not anonymous: its topic
needs the same protection as every other.

References
----------
.. [1] RFC 7914; cost as in the OWASP Password Storage Cheat Sheet: N = 2^17, r = 8, p = 1.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any, Final, Self

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerFenced

from streams.kafka.error import KafkaSetupError
from streams.kafka.reading import newest_values
from streams.kafka.topics import Topics

SALT_KEY: Final = b"salt"
_N, _R, _P = 2**17, 8, 1
_MEMORY: Final = 256 * 2**20
_TIMEOUT_MS: Final = 10_000  # how long a dead command may hold up readers of raw events


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is known of one customer's erasure; times are wall clock, Unix seconds.

    Parameters
    ----------
    digest
        The customer.
    number
        The how-manieth erasure of this customer it is, from 1.
    reference
        What it was asked for with, such as the number of a ticket; must name nobody.
    asked_at
        When it was first asked for.
    purge_by
        Until when the logs must be free of the customer.
    applied_at
        When state and ledger were; ``None`` before.
    purged_at
        When the logs were; ``None`` before.
    """

    digest: str
    number: int
    reference: str
    asked_at: float
    purge_by: float
    applied_at: float | None = None
    purged_at: float | None = None

    @property
    def event_id(self) -> str:
        """Id of the event that erases; the same each time the same erasure is tried again."""
        return f"forgotten-{self.digest[:16]}-{self.number}"


async def registered(client_options: Mapping[str, Any], prefix: str) -> tuple[str, list[Erasure]]:
    """Return the salt and the newest erasure of each customer, in the order they were asked for.

    The salt is empty before the first erasure.
    """
    values = await newest_values(client_options, Topics(prefix).erasures, 0)
    salt = values.pop(SALT_KEY, b"").decode()
    found = [Erasure(**orjson.loads(value)) for value in values.values()]
    return salt, sorted(found, key=_asked_at)


def digest_of(customer: str, salt: str) -> str:
    """Return what stands for a customer; takes half a second, on purpose."""
    return hashlib.scrypt(
        customer.encode(), salt=salt.encode(), n=_N, r=_R, p=_P, maxmem=_MEMORY, dklen=32
    ).hex()


def find(erasures: Sequence[Erasure], digest: str) -> Erasure | None:
    """Return the newest erasure of a customer."""
    return next((each for each in erasures if each.digest == digest), None)


class Register:
    """The register as a command reads and writes it, one command at a time.

    Use as a context manager. A second command that opens it puts the first one out: what that has
    not committed never happened.

    Attributes
    ----------
    erasures
        The newest erasure of each customer, in the order in which they were asked for.
    """

    def __init__(self, client_options: Mapping[str, Any], prefix: str) -> None:
        self._options = client_options
        self._prefix = prefix
        self._topic = Topics(prefix).erasures
        self._producer = AIOKafkaProducer(
            **client_options,
            transactional_id=f"{prefix}erasure",
            transaction_timeout_ms=_TIMEOUT_MS,
            acks="all",
        )
        self.salt = ""
        self.erasures: list[Erasure] = []

    async def __aenter__(self) -> Self:
        """Open it; the very first time it gets its salt."""
        await self._producer.start()
        try:
            self.salt, self.erasures = await registered(self._options, self._prefix)
            if not self.salt:
                self.salt = secrets.token_hex(16)
                await self._commit([(self._topic, SALT_KEY, self.salt.encode(), 0)])
        except BaseException:
            await self._producer.stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        await self._producer.stop()

    async def write(
        self,
        erasures: Sequence[Erasure],
        others: Sequence[tuple[str, bytes, bytes, int]] = (),
    ) -> None:
        """Write erasures, and with them other records, all or nothing.

        Parameters
        ----------
        others
            Topic, key, value and partition of each.

        Raises
        ------
        KafkaSetupError
            When another command has the register now.
        """
        rows = [(self._topic, each.digest.encode(), _packed(each), 0) for each in erasures]
        await self._commit([*rows, *others])
        written = {each.digest: each for each in erasures}
        kept = [each for each in self.erasures if each.digest not in written]
        self.erasures = sorted([*kept, *written.values()], key=_asked_at)

    async def _commit(self, rows: Sequence[tuple[str, bytes, bytes, int]]) -> None:
        try:
            async with self._producer.transaction():
                for topic, key, value, partition in rows:
                    await self._producer.send_and_wait(topic, value, key, partition)
        except ProducerFenced as error:
            msg = "only one erasure or purge may run at a time; another has begun: run it again"
            raise KafkaSetupError(msg) from error
        except KafkaError as error:
            msg = f"Kafka must take the register's records; it refused ({error!r}): run it again"
            raise KafkaSetupError(msg) from error


def _asked_at(erasure: Erasure) -> float:
    return erasure.asked_at


def _packed(erasure: Erasure) -> bytes:
    return orjson.dumps(asdict(erasure))
