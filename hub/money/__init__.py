"""How money goes back, step by step. ``hub/refunds.py`` is the one door: start there.

::

    planning.py shares.py paid.py        which refunds a case asks for, and which part of what was paid (pure)
    proposals.py delivery.py             intents kept in step with their case; the delivery cost of an order
    adjustments.py                       differences a supervisor has said, held again when their slot is in doubt
    caps.py queueing.py                  never more than was paid; frozen under the key after the settle delay
    asking.py sending.py booking.py      a provider asked, sent to, believed; batches.py for a bank's files
    moves.py breaker.py losses.py        a step of one intent, the switch over all, what was paid too much
    operations.py refund_metrics.py      what people and monitoring ask of it

``connectors`` are the ways of paying back, and ``hub/ledger.py`` has the tables.
"""
