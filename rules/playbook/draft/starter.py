"""The files of a playbook that begins: everything that a first rule needs around it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

GOAL: Final = "fewer-asks"
OWNER: Final = "cx-team"
DESK: Final = "service-desk"
CHANNELS: Final = MappingProxyType({"task": "task-desk", "offer": "in-app", "message": "messages"})
"""What a step does -> the channel that it goes over."""

STARTER: Final[Mapping[str, str]] = MappingProxyType(
    {
        "playbook.yaml": """\
# What this playbook is. Rules stand in files of their own beside it.
name: first-playbook
description: Proactive service, begun small.
time_zone: UTC                 # of the customers, such as Europe/Berlin
""",
        "goals.yaml": """\
# What the company wants to reach. A rule serves one goal that has no goals below it.
goals:
  - id: effortless-service
    name: Customers get what they need without effort
    goals:
      - {id: fewer-asks, name: Customers need not ask}
""",
        "actions.yaml": """\
# Who acts, and by which way.
teams:
  - {id: cx-team, name: The team that owns the rules}
  - {id: service-desk, name: Agents who help customers}

channels:
  - task-desk    # a task in the agents' work list
  - in-app       # an offer in the app
  - messages     # a message to the customer
""",
        "gates.yaml": """\
# What every action must pass before it goes out.
gates:
  caps:
    - {id: two-a-week, max: 2, window: 7d}     # per customer, all rules together

  quiet_hours:                                 # nobody is called or written to at night
    - {start: "21:00", end: "08:00"}

  capacity:                                    # tasks that the team can take on in a day
    - {team: service-desk, max: 50}
""",
    }
)
"""File name -> its text."""
