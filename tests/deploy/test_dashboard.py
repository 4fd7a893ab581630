import re
from itertools import combinations
from typing import Any

import pytest

from tests.deploy.exposition import busy_metrics, busy_samples
from tests.deploy.panels import (
    LEGEND_LABEL,
    dashboards,
    panel_metrics,
    panel_uses,
    panels,
    uses,
)

# Of prometheus_client's ProcessCollector, which the worker registers; it is silent where there is
# no /proc.
PROCESS = {"process_cpu_seconds_total", "process_resident_memory_bytes"}
AGGREGATION = re.compile(r"\b(sum|min|max|avg|count|topk|bottomk|quantile)\b")

DASHBOARDS = dashboards()
PANELS = [panel for dashboard in DASHBOARDS for panel in panels(dashboard)]


def panel_id(panel: dict[str, Any]) -> str:
    return str(panel["title"])


def test_there_is_a_dashboard() -> None:
    assert [dashboard["uid"] for dashboard in DASHBOARDS] == ["precede-service"]


def test_every_metric_and_label_of_a_panel_is_exposed() -> None:
    exposed = busy_samples()

    missing = {
        name: sorted(labels - exposed.get(name, {}).keys())
        for name, labels in panel_metrics().items()
        if name not in PROCESS and (name not in exposed or labels - exposed[name].keys())
    }
    assert not missing


def test_every_label_value_a_panel_asks_for_can_occur() -> None:
    exposed = busy_samples()

    for use in panel_uses():
        for label, values in use.values.items():
            assert values <= exposed[use.name][label], f"{use.name}{{{label}}}"


def test_every_metric_has_a_panel() -> None:
    shown = panel_metrics().keys()

    unseen = []
    for family in busy_metrics().registry.collect():
        names = {sample.name for sample in family.samples if not sample.name.endswith("_created")}
        if not names & shown:
            unseen.append(family.name)
    assert not unseen


def test_every_attribute_of_metrics_is_exposed_when_all_was_counted() -> None:
    metrics = busy_metrics()

    declared = {
        collector._name
        for collector in vars(metrics).values()
        if hasattr(collector, "collect") and hasattr(collector, "_name")
    }
    exposed = {family.name for family in metrics.registry.collect() if family.samples}
    assert declared == exposed
    assert len(declared) > 30


@pytest.mark.parametrize("panel", PANELS, ids=panel_id)
def test_a_panel_says_what_it_means_and_in_which_unit(panel: dict[str, Any]) -> None:
    defaults = panel["fieldConfig"]["defaults"]

    assert len(panel["description"].split()) >= 5
    assert defaults["unit"]
    assert defaults["thresholds"]["steps"][0]["value"] is None
    assert panel["targets"]


@pytest.mark.parametrize("panel", PANELS, ids=panel_id)
def test_a_panel_reads_the_data_source_of_the_variable(panel: dict[str, Any]) -> None:
    for holder in (panel, *panel["targets"]):
        assert holder["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


@pytest.mark.parametrize("panel", PANELS, ids=panel_id)
def test_legends_name_labels_that_the_aggregation_keeps(panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        legend = set(LEGEND_LABEL.findall(target.get("legendFormat", "")))
        if AGGREGATION.search(target["expr"]):
            kept = set().union(*(use.labels for use in uses(target["expr"])))
            assert legend <= kept, target["expr"]


@pytest.mark.parametrize("panel", PANELS, ids=panel_id)
def test_counters_are_read_as_rates_and_never_raw(panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        for name in re.findall(r"\w+_(?:total|bucket)\b", target["expr"]):
            assert re.search(rf"(rate|increase)\({name}(\{{[^}}]*\}})?\[", target["expr"])


@pytest.mark.parametrize("panel", PANELS, ids=panel_id)
def test_the_panel_that_a_description_sends_to_exists(panel: dict[str, Any]) -> None:
    titles = {title for other in PANELS for title in [other["title"]]}

    for sent_to in re.findall(r"see `([^`]+)`|`([^`]+)` (?:says|shows)", panel["description"]):
        title = "".join(sent_to)
        assert title in titles or title.startswith("docker compose"), title


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard["uid"])
def test_panels_have_ids_of_their_own_and_do_not_overlap(dashboard: dict[str, Any]) -> None:
    everything = dashboard["panels"]

    ids = [panel["id"] for panel in everything]
    assert len(set(ids)) == len(ids)
    for panel in everything:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
    for one, other in combinations(everything, 2):
        a, b = one["gridPos"], other["gridPos"]
        apart = (
            a["x"] + a["w"] <= b["x"]
            or b["x"] + b["w"] <= a["x"]
            or a["y"] + a["h"] <= b["y"]
            or b["y"] + b["h"] <= a["y"]
        )
        assert apart, f"{one['title']} and {other['title']}"


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard["uid"])
def test_the_first_row_is_what_is_wrong_and_fits_one_screen(dashboard: dict[str, Any]) -> None:
    first, *rest = dashboard["panels"]
    tiles = [panel for panel in rest if panel["type"] == "stat"]

    assert first["type"] == "row"
    assert rest[: len(tiles)] == tiles
    assert max(tile["gridPos"]["y"] + tile["gridPos"]["h"] for tile in tiles) <= 10
    for tile in tiles:
        steps = tile["fieldConfig"]["defaults"]["thresholds"]["steps"]
        assert {"red", "orange"} & {step["color"] for step in steps}, tile["title"]


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard["uid"])
def test_the_data_source_is_the_provisioned_one(dashboard: dict[str, Any]) -> None:
    variable = dashboard["templating"]["list"][0]

    assert (variable["name"], variable["type"], variable["query"]) == (
        "datasource",
        "datasource",
        "prometheus",
    )
    assert dashboard["schemaVersion"] == 41
    assert dashboard["editable"] is False


def test_no_metric_of_the_service_lacks_help_that_says_what_to_do() -> None:
    for family in busy_metrics().registry.collect():
        assert len(family.documentation.split()) >= 8, family.name
        assert family.documentation.endswith("."), family.name
