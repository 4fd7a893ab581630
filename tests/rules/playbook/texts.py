"""A small playbook as text, to be broken in one place."""

from rules.playbook.loader import load
from rules.playbook.models import Playbook

MARK = "^"
PLAYBOOK = """\
name: small
description: A small playbook
time_zone: Asia/Jerusalem
goals:
  - {id: service, name: Service, goals: [{id: fewer-calls, name: Fewer calls}]}
teams: [{id: desk, name: Desk}]
channels: [task-desk]
templates: [{id: call-back, text: "They waited {event.wait_s}"}]
gates: {}
"""
RULE = """\
rules:
  - id: call-back-soon
    owner: desk
    description: Call back who hung up
    pyramid_level: 2
    goal: fewer-calls
    when: contact.abandoned
    if: >
      event.direction == "inbound"
      and event.wait_s > 10s
    topic: calls
    cooldown: 24h
    mode: live
    then: [{do: task, to: desk, channel: task-desk, template: call-back, due: 30m}]
    explain: "waited {event.wait_s}"
    tests:
      - name: waited long
        events: [{at: 0s, event: contact.abandoned, direction: inbound, wait_s: 11s}]
        expect: [{at: 0s, fires: call-back-soon}]
      - name: hung up at once
        events: [{at: 0s, event: contact.abandoned, direction: inbound, wait_s: 10s}]
        expect: []
"""


def texts(rule: str = RULE, playbook: str = PLAYBOOK) -> dict[str, str]:
    return {"playbook.yaml": playbook, "rules.yaml": rule}


def replaced(old: str, new: str) -> dict[str, str]:
    """The small playbook with one place of either file changed."""
    assert (RULE + PLAYBOOK).count(old) == 1, old
    return texts(RULE.replace(old, new), PLAYBOOK.replace(old, new))


def broken(old: str, new: str) -> tuple[dict[str, str], tuple[str, int, int]]:
    """The same, and the place that a ``^`` before it marks in the new text."""
    marked = replaced(old, new)
    [(file, text)] = [(file, text) for file, text in marked.items() if MARK in text]
    before, _, after = text.partition(MARK)
    place = (file, before.count("\n") + 1, len(before) - before.rfind("\n"))
    return marked | {file: before + after}, place


def small() -> Playbook:
    return load(texts())
