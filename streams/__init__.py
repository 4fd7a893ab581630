"""Everything that touches the outside: Faust, Kafka, HTTP, clock, settings, metrics, CLI."""

import zoneinfo

# Time zones come from the pinned tzdata package, not from the machine: the same log must give the
# same decisions everywhere.
zoneinfo.reset_tzpath(to=[])
