"""The central system: takes the stations' events, keeps the cases, decides under a policy, refunds once.

May import sync.wire, sync.blobs, labels and rma_station.domain. Start in ``ingest.py``, then ``refunds.py``.
"""
