from detectors.models.registry import MODELS, Models
from detectors.schema import ACTION_OUTCOMES, EVENTS, SCORES, SIGNALS
from detectors.signals.registry import REGISTRY, SUMS
from tests.detectors.build import contact


def test_every_score_and_signal_is_described() -> None:
    assert set(SCORES) == {model.name for model in MODELS}
    assert set(SIGNALS) == {*REGISTRY, *SUMS}


def test_names_are_filed_under_themselves_and_enums_are_closed() -> None:
    for table in (SCORES, SIGNALS, *EVENTS.values()):
        for key, name in table.items():
            assert name.name == key
            assert name.meaning
            if name.kind == "enum":
                assert name.values


def test_contact_events_carry_what_the_schema_says() -> None:
    for stage in ("started", "queued", "answered", "abandoned", "ended"):
        assert set(contact(stage, 0.0).data) == set(EVENTS[f"contact.{stage}"])


def test_models_score_only_events_of_the_schema() -> None:
    models = Models().watched()

    assert set(models) == set(SCORES)
    for model in models.values():
        assert set(model.model.event_types) <= set(EVENTS)


def test_durations_of_events_say_their_unit_in_their_name() -> None:
    for kind, table in EVENTS.items():
        for key, name in table.items():
            assert (name.kind == "duration") == key.endswith("_s"), (kind, key)
            assert name.kind != "duration" or name.unit == "s"


def test_what_becomes_of_an_action_can_be_followed() -> None:
    ends = {"cancelled", "expired", "refused", "failed", "accepted", "delivered"}
    waits = {"parked", "unknown"}
    customers = {"opened", "rejected", "opted_out"}

    assert set(ACTION_OUTCOMES) == ends | waits | customers
    assert {f"action.{outcome}" for outcome in ACTION_OUTCOMES} <= set(EVENTS)


def test_no_words_of_customers_are_carried() -> None:
    # Feedback and searches are kept by reference and by topic, never by their text.
    assert "text" not in EVENTS["feedback.received"]
    assert "query" not in EVENTS["search.done"]
