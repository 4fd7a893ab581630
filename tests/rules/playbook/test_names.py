from detectors.customer import Customer
from detectors.event import Event
from rules.language.vocabulary import VOCABULARY
from rules.playbook.names import LOOK_EVERY, SYNONYMS, Seen, known_names, names_as_json


def event(number: int, kind: str, **data: object) -> Event:
    return Event(str(number), "centre", kind, float(number), "c-1", data)


def test_every_name_of_every_event_is_known() -> None:
    known = {(each.event_type, each.name) for each in known_names()}

    for kind in VOCABULARY.triggers():
        for name in VOCABULARY.scope(kind):
            assert (kind if name.startswith("event.") else "", name) in known
    assert all(each.described.meaning for each in known_names())


def test_a_count_that_is_zero_for_want_of_events_is_no_data() -> None:
    seen = Seen()
    seen.add(event(1, "contact.started", call="a", direction="inbound"))
    seen.finish()

    assert seen.of("customer.contacts_24h").count == 1
    assert seen.of("customer.abandoned_24h").count == 0
    assert seen.of("customer.contacts_24h").last == 1.0


def test_a_field_that_is_null_is_not_there() -> None:
    seen = Seen()
    seen.add(event(1, "contact.abandoned", wait_s=None))
    seen.add(event(2, "contact.abandoned", wait_s=0.0, priority="high"))

    assert seen.of("event.wait_s", "contact.abandoned").count == 1
    assert seen.of("event.priority", "contact.abandoned").last == 2.0
    assert seen.types["contact.abandoned"].count == 2


def test_what_concerns_nobody_is_not_looked_at() -> None:
    seen = Seen()
    seen.add(Event("1", "centre", "queue.state", 1.0, "", {"length": 3}))
    seen.add(Event("2", "shop", "cart.filled", 2.0, "c-1", {"items": 3}))

    assert seen.events == 2
    assert seen.types == {}


def test_what_is_true_only_in_between_is_seen_too() -> None:
    # At the end of the log nobody waits, but now and then somebody did.
    seen = Seen()
    seen.add(event(0, "contact.started", call="a", direction="inbound"))
    seen.add(event(1, "contact.queued", call="a", direction="inbound"))
    for number in range(2, LOOK_EVERY):
        seen.add(event(number, "page.view", path="/help"))
    seen.add(event(1000, "contact.ended", call="a", direction="inbound", outcome="answered"))
    seen.finish()

    assert VOCABULARY.customer["waiting"].get(Customer("x"), 0.0) == 0.0
    assert seen.of("customer.waiting").count == 1


def test_a_log_that_lacks_them_says_so() -> None:
    chosen = [each for each in known_names() if each.says(["payment.failed", "amount"])]
    [field] = names_as_json(chosen, Seen())["events"]["payment.failed"]["fields"]

    assert (field["name"], field["count"], field["last"]) == ("event.amount", 0, None)


def test_words_that_people_say_find_something() -> None:
    for word in SYNONYMS:
        assert any(each.says([word]) for each in known_names()), word
