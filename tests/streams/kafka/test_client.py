import ssl
from pathlib import Path

import pytest

from streams.kafka.client import client_options
from streams.kafka.error import KafkaSetupError
from streams.kafka.state import ServerState, write_state
from streams.settings import Settings
from tests.streams.kafka.process import lookalike

CA = Path(__file__).with_name("ca.pem")
SASL = {"sasl_username": "precede", "sasl_password": "s3cret"}


def _settings(**values: object) -> Settings:
    return Settings.model_validate({"bootstrap_servers": "a:9092,b:9092", **values})


def test_plain_text_needs_addresses_alone() -> None:
    assert client_options(_settings()) == {
        "bootstrap_servers": "a:9092,b:9092",
        "security_protocol": "PLAINTEXT",
    }


def test_launched_kafka_is_used_where_none_is_set(tmp_path: Path) -> None:
    (tmp_path / "kafka").mkdir()
    with lookalike("cluster-1") as pid:
        write_state(tmp_path, ServerState(pid, "127.0.0.1:20001", 0.0, "cluster-1"))
        options = client_options(_settings(bootstrap_servers="", home=tmp_path))

    assert options["bootstrap_servers"] == "127.0.0.1:20001"


def test_no_kafka_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(KafkaSetupError, match="set PRECEDE_BOOTSTRAP_SERVERS or run `precede kaf"):
        client_options(_settings(bootstrap_servers="", home=tmp_path))


def test_security_without_addresses_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KafkaSetupError, match="PRECEDE_SECURITY_PROTOCOL=SSL is for; got none"):
        client_options(_settings(bootstrap_servers="", home=tmp_path, security_protocol="SSL"))


def test_tls_trusts_the_given_authority_and_checks_the_name() -> None:
    options = client_options(_settings(security_protocol="SSL", ssl_cafile=CA))

    context = options["ssl_context"]
    assert isinstance(context, ssl.SSLContext)
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    subjects = [certificate["subject"] for certificate in context.get_ca_certs()]
    assert subjects == [((("commonName", "Precede test authority"),),)]
    assert "sasl_mechanism" not in options


@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_sasl_gives_name_and_password(protocol: str, mechanism: str) -> None:
    options = client_options(
        _settings(security_protocol=protocol, sasl_mechanism=mechanism, **SASL)
    )

    assert options["security_protocol"] == protocol
    assert options["sasl_mechanism"] == mechanism
    assert options["sasl_plain_username"] == "precede"
    assert options["sasl_plain_password"] == "s3cret"
    assert ("ssl_context" in options) is (protocol == "SASL_SSL")


@pytest.mark.parametrize("missing", ["sasl_username", "sasl_password"])
def test_sasl_without_name_or_password_is_refused(missing: str) -> None:
    with pytest.raises(KafkaSetupError, match="PRECEDE_SASL_USERNAME") as caught:
        client_options(_settings(security_protocol="SASL_SSL", **{**SASL, missing: ""}))

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"ssl_cafile": "/nowhere/ca.pem"}, "PRECEDE_SSL_CAFILE .* '/nowhere/ca.pem'"),
        ({"ssl_cafile": __file__}, "PRECEDE_SSL_CAFILE must hold PEM"),
        ({"ssl_certfile": "/nowhere/c.pem"}, "PRECEDE_SSL_CERTFILE .* '/nowhere/c.pem' and none"),
        ({"ssl_certfile": CA}, "PRECEDE_SSL_CERTFILE and PRECEDE_SSL_KEYFILE"),  # has no key
        ({"ssl_keyfile": CA}, "PRECEDE_SSL_KEYFILE needs PRECEDE_SSL_CERTFILE"),
    ],
)
def test_a_wrong_file_is_named(files: dict[str, object], named: str) -> None:
    with pytest.raises(KafkaSetupError, match=named):
        client_options(_settings(security_protocol="SSL", **files))
