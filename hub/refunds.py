"""Refunds: the one door through which money goes back. Start reading here.

::

    propose      (ingest)  facts of a case -> intents: proposed | held | declined      hub/planning.py, hub/proposals.py
    queue_due    (worker)  settle delay over, within the caps -> queued, frozen        hub/queueing.py, hub/caps.py

What is asked for is derived from the facts (key = uuid5 of tenant, subject, slot, payment, purpose), so that asking
twice is asking once, whoever asks and however often.
"""

from __future__ import annotations

from hub.paid import TENANT
from hub.proposals import Proposed, propose
from hub.queueing import queue_due, settle

__all__ = ["TENANT", "Proposed", "propose", "queue_due", "settle"]
