"""What operators set, in the environment; the only reader of it."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Channel(BaseModel):
    """Where a channel named by the playbook leads to.

    Parameters
    ----------
    kind
        ``webhook`` posts a signed CloudEvent, ``topic`` writes to a Kafka topic.
    url
        Target of a webhook.
    secret
        Key of the webhook's signature, ``whsec_`` and base64 (Standard Webhooks).
    topic
        Full name of the Kafka topic.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["webhook", "topic"]
    url: str = ""
    secret: SecretStr = SecretStr("")
    topic: str = ""
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 5.0
    attempts: Annotated[int, Field(ge=1, le=50)] = 8
    allow_private: bool = False


class SettingsError(ValueError):
    """A setting cannot be used: what must hold, what was got, what to do."""


class Settings(BaseSettings):
    """Every setting with its default; environment variables start with ``PRECEDE_``."""

    model_config = SettingsConfigDict(env_prefix="PRECEDE_", extra="ignore", frozen=True)

    bootstrap_servers: str = ""
    """Kafka brokers, host:port separated by commas; empty: the one of `precede kafka up`."""
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    ssl_cafile: Path | None = None
    ssl_certfile: Path | None = None
    ssl_keyfile: Path | None = None
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    sasl_username: str = ""
    sasl_password: SecretStr = SecretStr("")

    topic_prefix: str = "precede."
    """Put before every topic and consumer group."""
    partitions: Annotated[int, Field(ge=1, le=1024)] = 4
    """Partitions of interactions; fixed at installation, because models are per partition."""
    replication: Annotated[int, Field(ge=1, le=9)] = 1
    clock: Literal["live", "log"] = "live"
    """`log` for replays of history: time comes from the events alone."""
    lateness_s: Annotated[float, Field(ge=0)] = 30.0
    """How long events of a live source may arrive out of order, seconds."""

    checkpoint_interval_s: Annotated[float, Field(gt=0)] = 2.0
    checkpoint_records: Annotated[int, Field(ge=1)] = 50_000
    session_timeout_s: Annotated[float, Field(gt=1)] = 10.0
    transaction_timeout_s: Annotated[float, Field(gt=1)] = 15.0

    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65535)] = 9464
    """Metrics and health; 0 takes a free port."""

    channels: dict[str, Channel] = {}
    """Channel of the playbook -> where it leads, as JSON."""

    home: Path = Path(".precede")
    """Folder for Kafka's data and logs."""
    java: Path | None = None
    """A java executable to use instead of the packaged runtime."""
