import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from streams.settings import Settings

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((Path(__file__).parent / "compose-spec.json").read_text())
PORT = Settings.model_fields["http_port"].default


def read_yaml(path: str) -> Any:
    return YAML(typ="safe").load(ROOT / path)


COMPOSE = read_yaml("docker-compose.yml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_the_compose_file_follows_the_compose_specification() -> None:
    validator = jsonschema.validators.validator_for(SCHEMA)
    validator.check_schema(SCHEMA)

    assert not [error.message for error in validator(SCHEMA).iter_errors(COMPOSE)]


def test_the_schema_refuses_what_is_no_compose_file() -> None:
    broken = {"services": {"worker": {"image": "precede", "prots": ["9464:9464"]}}}

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, SCHEMA)


def test_the_services_are_kafka_worker_prometheus_grafana() -> None:
    assert sorted(SERVICES) == ["grafana", "kafka", "prometheus", "worker"]


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned_to_a_full_version(name: str) -> None:
    assert re.fullmatch(r"[a-z/]+:v?\d+\.\d+\.\d+", SERVICES[name]["image"])


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_checked_and_restarted(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_loopback_only(name: str) -> None:
    assert SERVICES[name]["ports"]
    for port in SERVICES[name]["ports"]:
        assert port.startswith("127.0.0.1:")


@pytest.mark.parametrize("name", SERVICES)
def test_volumes_are_declared_or_files_of_the_project(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        source = volume.split(":")[0]
        if source.startswith("."):
            assert (ROOT / source).exists(), source
            assert volume.endswith(":ro")
        else:
            assert source in COMPOSE["volumes"]


def test_services_wait_for_services_that_exist() -> None:
    for service in SERVICES.values():
        for other, how in service.get("depends_on", {}).items():
            assert "healthcheck" in SERVICES[other]
            assert how == {"condition": "service_healthy"}


def test_what_must_survive_a_restart_is_on_a_named_volume() -> None:
    kafka = SERVICES["kafka"]

    assert f"kafka-data:{kafka['environment']['KAFKA_LOG_DIRS']}" in kafka["volumes"]
    assert any(
        argument.removeprefix("--storage.tsdb.path=") == "/prometheus"
        for argument in SERVICES["prometheus"]["command"]
    )
    assert "prometheus-data:/prometheus" in SERVICES["prometheus"]["volumes"]


def test_the_worker_is_given_settings_that_exist() -> None:
    known = {f"PRECEDE_{name}".upper() for name in Settings.model_fields}

    assert SERVICES["worker"]["environment"].keys() <= known
    assert SERVICES["worker"]["build"]["dockerfile"] == "deploy/Dockerfile"
    assert SERVICES["worker"]["env_file"][0]["path"] == "deploy/.env"


def test_the_worker_finds_the_listener_that_kafka_advertises_inside() -> None:
    kafka = SERVICES["kafka"]["environment"]
    inside, host = kafka["KAFKA_ADVERTISED_LISTENERS"].split(",")

    assert SERVICES["worker"]["environment"]["PRECEDE_BOOTSTRAP_SERVERS"] == inside.split("//")[1]
    published = host.split("//")[1]
    assert f"{published}:{published.split(':')[1]}" in SERVICES["kafka"]["ports"]
    listeners = {each.split("://")[0] for each in kafka["KAFKA_LISTENERS"].split(",")}
    mapped = kafka["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")
    assert listeners == {each.split(":")[0] for each in mapped}


def test_prometheus_scrapes_every_worker_on_the_port_of_the_settings() -> None:
    (job,) = read_yaml("deploy/prometheus/prometheus.yml")["scrape_configs"]
    (found_by,) = job["dns_sd_configs"]

    assert found_by["port"] == PORT
    assert SERVICES["worker"]["environment"]["PRECEDE_HTTP_PORT"] == PORT
    assert all(port.endswith(f":{PORT}") for port in SERVICES["worker"]["ports"])
    assert found_by["names"] == ["worker"]
    assert job["metrics_path"] == "/metrics"


def test_grafana_reads_the_dashboard_and_prometheus_that_compose_starts() -> None:
    (provider,) = read_yaml("deploy/grafana/provisioning/dashboards/precede.yaml")["providers"]
    (source,) = read_yaml("deploy/grafana/provisioning/datasources/prometheus.yaml")["datasources"]
    grafana = SERVICES["grafana"]
    folder = provider["options"]["path"]

    assert f"./deploy/grafana/dashboards:{folder}:ro" in grafana["volumes"]
    home = grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert (ROOT / "deploy/grafana/dashboards" / home.removeprefix(f"{folder}/")).is_file()
    assert (source["uid"], source["type"]) == ("prometheus", "prometheus")
    host, port = source["url"].removeprefix("http://").split(":")
    assert any(published.endswith(f":{port}") for published in SERVICES[host]["ports"])


def test_grafana_derives_rates_from_the_interval_at_which_prometheus_scrapes() -> None:
    (source,) = read_yaml("deploy/grafana/provisioning/datasources/prometheus.yaml")["datasources"]
    scraping = read_yaml("deploy/prometheus/prometheus.yml")["global"]

    assert source["jsonData"]["timeInterval"] == scraping["scrape_interval"]
