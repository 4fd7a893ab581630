"""A playbook of as many rules as wanted, as text: what checking and compiling is measured on."""

HEAD = """\
name: generated
description: Rules of a generator, each with a case that fires and one that stays silent
time_zone: Asia/Jerusalem
goals:
  - {id: service, name: Service, goals: [{id: fewer-calls, name: Fewer calls}]}
teams: [{id: desk, name: Desk}]
channels: [task-desk]
templates: [{id: call-back, text: "They waited {event.wait_s}"}]
gates: {}
"""
RULES_PER_FILE = 125  # a file holds at most 256 KiB


def generated(count: int) -> dict[str, str]:
    """Return the files of a playbook with `count` rules, two tests each."""
    files = {"playbook.yaml": HEAD}
    for first in range(0, count, RULES_PER_FILE):
        rules = [_rule(index) for index in range(first, min(count, first + RULES_PER_FILE))]
        files[f"rules-{first:04d}.yaml"] = "rules:\n" + "\n".join(rules)
    return files


def _rule(index: int) -> str:
    event = ("contact.abandoned", "contact.ended", "contact.answered")[index % 3]
    wait = 10 + index % 50
    fact = f"    facts:\n      calls: {{count: {event}, within: {1 + index % 48}h}}\n"
    more = "calls >= 1" if index % 2 else "customer.identified or score.repeat > 0.5"
    unless = "    unless: customer.contacts_7d > 40\n" if index % 4 == 0 else ""
    given = "        given: {customer.contacts_7d: 3}\n" if index % 4 == 0 else ""
    return f"""\
  - id: rule-{index:04d}
    owner: desk
    description: >
      Whoever waited longer than {wait} seconds about topic {index % 40} is called back, so that
      nobody has to ask twice.
    pyramid_level: 2               # an ask that failed is made good
    force: control
    goal: fewer-calls
    when: {event}
{fact if index % 2 else ""}    if: >
      event.direction == "inbound" and event.topic == "topic-{index % 40}"
      and event.wait_s > {wait}s and ({more})
{unless}    priority: {index % 100}
    topic: calls
    cooldown: 24h
    mode: live
    then: [{{do: task, to: desk, channel: task-desk, template: call-back, due: 30m}}]
    explain: "waited {{event.wait_s}} about {{event.topic}}"
    tests:
      - name: waited longer than {wait} seconds
{given}        events:
          - {{at: 0s, event: {event}, call: c1, direction: inbound, topic: topic-{index % 40}, \
wait_s: {wait + 1}s}}
        expect: [{{at: 0s, fires: rule-{index:04d}}}]
      - name: was answered at once
{given}        events:
          - {{at: 0s, event: {event}, call: c1, direction: inbound, topic: topic-{index % 40}, \
wait_s: {wait}s}}
        expect: []
"""
