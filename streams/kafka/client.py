"""How clients reach Kafka: addresses, TLS and SASL."""

import ssl
from typing import Any

from streams.kafka.error import KafkaSetupError
from streams.kafka.state import running
from streams.settings import Settings


def bootstrap_servers(settings: Settings) -> str:
    """Return host:port, separated by commas: what is set, else the Kafka of `precede kafka up`.

    Raises
    ------
    KafkaSetupError
        When there is neither.
    """
    if settings.bootstrap_servers:
        return settings.bootstrap_servers
    if settings.security_protocol != "PLAINTEXT":
        msg = (
            "PRECEDE_BOOTSTRAP_SERVERS must name the Kafka that PRECEDE_SECURITY_PROTOCOL="
            f"{settings.security_protocol} is for; got none; set the one or unset the other"
        )
        raise KafkaSetupError(msg)
    state = running(settings.home)
    if state is None:
        msg = (
            f"no Kafka: none is set and none runs in {str(settings.home)!r}; "
            "set PRECEDE_BOOTSTRAP_SERVERS or run `precede kafka up`"
        )
        raise KafkaSetupError(msg)
    return state.bootstrap


def client_options(settings: Settings) -> dict[str, Any]:
    """Return the arguments that every aiokafka client needs to connect.

    Raises
    ------
    KafkaSetupError
        When there is no Kafka, or its security settings do not fit together.
    """
    options: dict[str, Any] = {
        "bootstrap_servers": bootstrap_servers(settings),
        "security_protocol": settings.security_protocol,
    }
    if context := _ssl_context(settings):
        options["ssl_context"] = context
    if _uses_sasl(settings):
        options["sasl_mechanism"] = settings.sasl_mechanism
        options["sasl_plain_username"] = settings.sasl_username
        options["sasl_plain_password"] = settings.sasl_password.get_secret_value()
    return options


def _uses_sasl(settings: Settings) -> bool:
    if not settings.security_protocol.startswith("SASL"):
        return False
    if not (settings.sasl_username and settings.sasl_password.get_secret_value()):
        msg = (
            f"{settings.security_protocol} needs PRECEDE_SASL_USERNAME and PRECEDE_SASL_PASSWORD; "
            "got at least one empty; set both"
        )
        raise KafkaSetupError(msg)
    return True


def _ssl_context(settings: Settings) -> ssl.SSLContext | None:
    if not settings.security_protocol.endswith("SSL"):
        return None
    try:
        # Without a file the system's authorities; the broker's name is always checked.
        context = ssl.create_default_context(cafile=settings.ssl_cafile)
    except OSError as error:  # SSLError is one
        got = f"{error} for {_shown(settings.ssl_cafile)}"
        msg = f"PRECEDE_SSL_CAFILE must hold PEM certificates; got {got}; correct the path"
        raise KafkaSetupError(msg) from error
    if settings.ssl_certfile:
        try:
            context.load_cert_chain(settings.ssl_certfile, settings.ssl_keyfile)
        except OSError as error:
            msg = (
                "PRECEDE_SSL_CERTFILE and PRECEDE_SSL_KEYFILE must hold a PEM certificate and its "
                f"key, not encrypted; got {error} for {_shown(settings.ssl_certfile)} and "
                f"{_shown(settings.ssl_keyfile)}; correct them"
            )
            raise KafkaSetupError(msg) from error
    elif settings.ssl_keyfile:
        got = _shown(settings.ssl_keyfile)
        msg = f"PRECEDE_SSL_KEYFILE needs PRECEDE_SSL_CERTFILE; got {got} alone; set both"
        raise KafkaSetupError(msg)
    return context


def _shown(path: object) -> str:
    return repr(str(path)) if path else "none"
