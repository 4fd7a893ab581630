"""Where the systems run: a Kafka of their own, its topics, and one process per run."""

import asyncio
import logging
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from bench.peers import full, trivial
from bench.peers.catalogue import System
from bench.peers.measure import PARTITIONS, Cost, Job, Spec
from bench.peers.topics import Written, digest, read, write
from rules.playbook.models import Playbook
from streams.kafka import guard
from streams.kafka.launcher import KafkaServer
from streams.kafka.topics import (
    Topics,
    create_topic,
    create_topics,
    delete_topics,
    partition_count,
)
from streams.settings import Settings
from streams.sources.publish import publish, read_content

logging.getLogger("aiokafka").setLevel(logging.ERROR)  # it tells of each try for a new topic

ROOT = Path(__file__).parents[1]
WARMUP = 5  # one event in so many is processed before the measurement begins
PATIENCE_S = 900.0
END_S = 20.0  # for a program that is told to end
SHOWN = 1500  # characters of the log of a program that failed


class RunError(RuntimeError):
    """A run did not end, or ended badly."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One run: its cost, and what came out.

    Parameters
    ----------
    results
        Records of output.
    same
        Whether they are those of the reference, byte for byte up to their order.
    """

    cost: Cost
    results: int
    same: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """What comes out when the job is done right.

    Parameters
    ----------
    results
        Number of results.
    digest
        Of all of them.
    """

    results: int
    digest: str


class Stand:
    """A Kafka of its own in a temporary folder, which goes with all it holds at the end."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="precede-bench-"))
        self._server = KafkaServer(self._folder)
        self._inputs: dict[tuple[Job, int], Reference] = {}
        self._recorded: list[Written] = []
        self._playbook: Playbook | None = None
        self._runs = 0

    def __enter__(self) -> Self:
        try:
            self._server.start()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._server.stop()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def prepare(self, job: Job, events: int) -> int:
        """Write an input of so many events and know its results; return how many there are.

        The recorded month may have fewer events than asked for.
        """
        if job == "full":
            if len(self._recorded) < events:
                self._recorded = list(islice(full.interactions(), events))
            events = min(events, len(self._recorded))
        if (job, events) not in self._inputs:
            name = Topics(_prefix(job, events)).interactions
            asyncio.run(self._write_input(name, job, events))
            said = full.expected(self._recorded[:events]) if job == "full" else None
            results = _comparable(job, trivial.expected(events) if said is None else said)
            self._inputs[job, events] = Reference(len(results), digest(results))
        return events

    @property
    def folder(self) -> Path:
        """Temporary folder of it all."""
        return self._folder

    def run(self, system: System, events: int, profile: Path | None = None) -> Measurement:
        """Run a system once over a prepared input.

        Parameters
        ----------
        profile
            File that samples of where its time goes are written to.

        Raises
        ------
        RunError
            When it fails; the message ends with its last words.
        """
        self._runs += 1
        own = system.module == "precede"
        run = f"run{self._runs}-{system.name.replace('_', '-')}"
        folder = self._folder / run
        folder.mkdir()
        settings = self._settings(f"{run}." if own else _prefix(system.job, events))
        assert self._server.pid is not None
        spec = Spec(
            run=run,
            job=system.job,
            variant=system.variant,
            bootstrap=self._server.bootstrap,
            prefix=settings.topic_prefix,
            output=f"{run}-results",
            events=events,
            warmup=events // WARMUP,
            broker=self._server.pid,
            folder=str(folder),
            profile="" if profile is None else str(profile),
        )
        asyncio.run(self._ready(spec, settings, own=own))
        try:
            self._start([*system.command(self._folder), str(spec.write())], folder, system)
            cost = Cost(**orjson.loads(spec.result.read_bytes()))
            said = _comparable(system.job, asyncio.run(self._said(spec, settings, own=own)))
        finally:
            if own:
                asyncio.run(delete_topics(settings))
            shutil.rmtree(folder, ignore_errors=True)
        reference = self._inputs[system.job, events]
        return Measurement(cost, len(said), digest(said) == reference.digest)

    def results(self, job: Job, events: int) -> int:
        """Return how many results a prepared input leads to."""
        return self._inputs[job, events].results

    def _settings(self, prefix: str) -> Settings:
        own = {"bootstrap_servers": self._server.bootstrap, "topic_prefix": prefix}
        return Settings.model_validate({**own, "partitions": PARTITIONS})

    async def _write_input(self, topic: str, job: Job, events: int) -> None:
        settings = self._settings("")
        await create_topic(settings, topic)
        if job == "full":
            await write(topic, self._recorded[:events], settings)
        else:
            made = ((key, value, None) for key, value in trivial.events(events))
            await write(topic, made, settings)

    async def _ready(self, spec: Spec, settings: Settings, *, own: bool) -> None:
        # Precede names its groups and its state by the prefix of the topics: each run of it has
        # a copy of the input. All others read the same one.
        await create_topic(settings, spec.output)
        if not own:
            return
        await create_topics(settings)
        if spec.job == "full":
            self._playbook = self._playbook or full.playbook()
            await publish(self._playbook, read_content(full.PLAYBOOK), settings)
        topic = Topics(settings.topic_prefix).interactions
        if spec.job == "full":
            await write(topic, self._recorded[: spec.events], settings)
        else:
            made = ((key, value, None) for key, value in trivial.events(spec.events))
            await write(topic, made, settings)

    async def _said(self, spec: Spec, settings: Settings, *, own: bool) -> list[bytes]:
        if spec.said.exists():
            return spec.said.read_bytes().splitlines()
        if not own or spec.job == "trivial":
            return await read([(spec.output, PARTITIONS)], settings)
        topics = Topics(settings.topic_prefix)
        return await read(
            [
                (str(getattr(topics, logical)), partition_count(logical, settings))
                for logical in full.RESULTS
            ],
            settings,
        )

    def _start(self, command: list[str], folder: Path, system: System) -> None:
        # The guard ends the program when this one ends, however that happens.
        log = folder / "log.txt"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", guard.__file__, "hold", *command],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=file,
                cwd=ROOT, start_new_session=True,
            )  # fmt: skip
        assert process.stdin is not None
        try:
            status = process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            process.stdin.close()
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if status != 0:
            how = f"within {PATIENCE_S:.0f} s" if status is None else "well"
            words = log.read_text(errors="replace")[-SHOWN:].strip()
            msg = f"{system.name} must end {how}; got status {status}: {words}"
            raise RunError(msg)


def _prefix(job: Job, events: int) -> str:
    return f"{job}-{events}."


def _comparable(job: Job, results: list[bytes]) -> list[bytes]:
    # Java writes some numbers otherwise than Python; read back they are equal.
    return results if job == "full" else [orjson.dumps(orjson.loads(each)) for each in results]
