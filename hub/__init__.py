"""The central system: takes the stations' events, keeps the cases, decides under a policy, refunds once.

::

    api.py  calls.py  server.py          the HTTP shell; parts.py plugs in the routes, tasks and commands of the rest
    hello.py  ingest.py  feed.py         a station's connection: what is here, its events, what it should know
    refusals.py  lines.py                why a batch is refused as a whole, and one line of it read
    slots.py  projection.py              places given, cases folded
    forks.py  letters.py  quarantine.py  what cannot simply be taken
    refunds.py                           the one door for money: planning.py proposals.py queueing.py sending.py caps.py
    policy.py  decisions.py  desk.py     the rules, and the people who decide beyond them
    cases.py  orders.py  shop.py  files.py  integration.py     what the shop says, and what came of its returns
    stations.py  device_keys.py  enrolments.py  authority.py  tls.py     who may call, and whom they trust
    backup.py  restores.py               copies, and a past that was put back
    store.py  tables.py  ledger.py  past.py  migrations/       the database
    connectors/  web/  commands/         ways of paying back; the page for telephones; the command line

May import the messages of ``sync``, labels and ``rma_station.domain``; nothing on the station imports it. Start in
``ingest.py``, then ``refunds.py``.
"""
