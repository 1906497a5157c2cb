"""The central system: takes the stations' events, keeps the cases, decides under a policy, refunds once.

::

    server.py api.py calls.py connections.py     the process and its HTTP shell; openapi.py languages.py
    central.py parts.py worker.py rounds.py      the running hub, what is plugged into it, what it does by itself
    metrics.py refund_metrics.py                 what monitoring reads

    hello.py ingest.py feed.py                   a station's connection; feed_order.py tolerant.py lost_lines.py
    refusals.py lines.py                         a batch refused as a whole, or read line by line
    projection.py slots.py hub_log.py            cases folded, places given and said; receipts.py signs for it
    forks.py letters.py quarantine.py            what cannot simply be taken; doubted.py surplus.py alerts.py
    matching.py on_the_way.py missing.py         orphans that find their return, pieces that do not come
    bundles.py bundle_proofs.py bundle_photos.py a station's events from a file
    photos.py blobs.py blob_files.py blob_api.py photos and their bytes; web/ is the page for telephones

    refunds.py                                   the one door for money. Behind it, in the order of a refund:
                                                 planning.py shares.py paid.py proposals.py caps.py queueing.py
                                                 sending.py asking.py booking.py moves.py breaker.py batches.py
                                                 delivery.py losses.py; connectors/ are the ways of paying back
    policy.py decisions.py desk.py review_api.py the rules, and the people who decide beyond them; gradings.py
    orders.py shop.py files.py reference.py      what the shop says; sample.py invents a shop
    cases.py integration.py                      what came of its returns

    people.py stations.py device_keys.py         who may call; nonces.py claims.py acts.py
    enrolments.py enrolment_api.py               how a station is let in
    authority.py tls.py names.py                 whom stations trust; private_files.py
    backup.py backups.py restore_test.py         copies, tried before they count
    put_back.py in_place.py restores.py          a past that was put back; sent_before.py
    store.py tables.py ledger.py past.py         the database; metadata.py migrate.py migrations/
    admin.py *_operations.py                     what people ask of a running hub; command_line.py commands/ are how

May import the messages of ``sync``, labels and ``rma_station.domain``; nothing on the station imports it. Start in
``ingest.py``, then ``refunds.py``.
"""
