"""The central system: takes the stations' events, keeps the cases, decides under a policy, refunds once.

::

    ingest.py   a station's events come in      behind it intake/    chain, dedupe, fold, slots, letters, bundles
    feed.py     what every station should know
    refunds.py  the one door for money          behind it money/     planned, frozen, sent, booked; connectors/ pay
    policy.py   may it go back by itself?       read by policy_file.py; where not, review/ and its people decide
    cases.py    what came of each return        known from shop/     orders, RMAs, products; files and API

    evidence/   photos and their bytes; web/ is the page for telephones
    trust/      who may call, and whom stations trust; people.py has roles, PINs and badges; claims.py acts.py alerts.py
    recovery/   backups, and a past that was put back

    server.py api.py calls.py connections.py    the process and its HTTP shell; turns.py openapi.py languages.py
    central.py parts.py worker.py rounds.py     the running hub, what is plugged into it, what it does by itself
    store.py tables.py ledger.py past.py        the database, hub_identity.py whose; metadata.py migrate.py migrations/
    admin.py command_line.py commands/          what people ask of a running hub, and how; currencies.py ISO 4217
    metrics.py private_files.py                 what monitoring reads; files for this user only

May import the messages of ``sync``, labels and ``rma_station.domain``; nothing on the station imports it. Start in
``ingest.py``, then ``refunds.py``.
"""
