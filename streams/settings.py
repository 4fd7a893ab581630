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
        ``webhook`` posts a signed CloudEvent, ``task`` a JSON object of the receiver's own form,
        ``smtp`` sends an e-mail, ``apprise`` a text message, chat message or push note through one
        of the services that Apprise knows, ``topic`` writes to a Kafka topic.
    url
        Target of a webhook or task.
    secret
        Key of a webhook's signature, ``whsec_`` and base64 (Standard Webhooks); a task is signed
        where one is given.
    topic
        Full name of the Kafka topic.
    form
        Field of a task -> text with names of the action in braces, ``{text}``; a dot in the
        field's name leads into an object.
    headers
        Further headers of a task, such as its authorization.
    recognises_repeats
        Whether the receiver of a task acts once on two posts of the same ``Idempotency-Key``, or
        of the same values. If not, a post without an answer is not repeated.
    host, port, security
        The mail server; port 0 is the usual one: 587 for ``starttls``, 465 for ``tls``, 25 for
        ``none``, which is for this machine or with `allow_private`.
    ca_file
        Certificates (PEM) that a mail server's one must follow from; the system's by default.
    username, password
        Login at the mail server, where it wants one.
    sender, reply_to
        ``From`` and ``Reply-To`` of the e-mails: an address, or ``Name <address>``.
    service
        Apprise's URL of the service, with ``{contact_point}`` where the recipient stands:
        ``twilio://SID:TOKEN@FROM/{contact_point}``.
    timeout_s
        Seconds for one call.
    attempts
        Calls for one action before it is parked.
    rate_per_s
        Calls in a second, over all partitions.
    allow_private
        Whether the target may lie in a private network, and be reached without TLS.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["webhook", "topic", "smtp", "apprise", "task"]
    url: str = ""
    secret: SecretStr = SecretStr("")
    topic: str = ""
    form: dict[str, str] = {}
    headers: dict[str, SecretStr] = {}
    recognises_repeats: bool = False
    host: str = ""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: Path | None = None
    username: str = ""
    password: SecretStr = SecretStr("")
    sender: str = ""
    reply_to: str = ""
    service: SecretStr = SecretStr("")
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 5.0
    attempts: Annotated[int, Field(ge=1, le=50)] = 8
    rate_per_s: Annotated[float, Field(gt=0, le=10_000)] = 50.0
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

    approval: Literal["required", "off"] = "required"
    """Whether live rules of what is published need an approval by someone else than the author."""

    api_tokens: dict[str, SecretStr] = {}
    """System that may ask -> its bearer token, as JSON; without any `precede api` does not run."""
    api_host: str = "127.0.0.1"
    api_port: Annotated[int, Field(ge=0, le=65535)] = 9465
    api_timeout_s: Annotated[float, Field(gt=0, le=30)] = 2.0
    """How long an answer of the engine is waited for, seconds."""

    erase_within_days: Annotated[float, Field(gt=1, le=90)] = 30.0
    """By when the logs are free of a customer who was forgotten, if `precede customer purge` runs
    daily; the GDPR allows a month (Article 12(3))."""

    home: Path = Path(".precede")
    """Folder for Kafka's data and logs."""
    java: Path | None = None
    """A java executable to use instead of the packaged runtime."""
