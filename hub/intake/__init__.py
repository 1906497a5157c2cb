"""A station's events on their way in, by the network or as a file. The door is ``hub/ingest.py``: start there.

::

    hello.py refusals.py lines.py tolerant.py      the first call; a batch refused whole, or read line by line
    projection.py slots.py hub_log.py receipts.py  cases folded, places given, what the hub says itself and signs for
    forks.py letters.py quarantine.py doubted.py   what cannot simply be taken
    matching.py on_the_way.py                      orphans that find their RMA
    missing.py surplus.py                          pieces that do not come, and pieces too many
    bundles.py bundle_proofs.py bundle_photos.py   a station's events from a file
    feed_order.py lost_lines.py                    the way back: the order of the feed, and what a damaged journal lost
"""
