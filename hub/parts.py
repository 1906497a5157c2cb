"""Where the other parts of the hub are plugged in: money, people, the supervisors' console.

``server.py`` takes everything from here; a new part adds its lines and nothing else changes.
"""

from __future__ import annotations

from collections.abc import Mapping

from hub import ingest
from hub.api import Mount
from hub.central import Operation
from hub.metrics import Source
from hub.worker import Periodic

PROPOSE: ingest.Propose = ingest.propose_nothing
"""What money follows from changed cases, in the transaction of ingest."""
MOUNTS: tuple[Mount, ...] = ()
"""``mount(app, hub)`` adds routes."""
PERIODIC: tuple[Periodic, ...] = ()
"""What the hub does by itself."""
OPERATIONS: Mapping[str, Operation] = {}
"""What ``hub`` commands may ask of a running hub, by name, besides ``admin.OPERATIONS``."""
METRICS: tuple[Source, ...] = ()
"""More figures for ``/metrics``."""
COMMANDS: Mapping[str, tuple[str, str]] = {}
"""``rma-station hub WORD``: word to module with ``execute(arguments) -> exit code``, and a line of help."""
