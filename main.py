"""RMA Station from a checkout: ``python main.py run``.

The way in, ten minutes: ``rma_station/__main__.py`` (commands) -> ``rma_station/commands/run.py`` (configuration,
wiring, start) -> ``rma_station/services/station.py`` (one function handles every input) ->
``rma_station/domain/flows/receive.py`` (the receive flow, step by step).
"""

import sys

from rma_station.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
