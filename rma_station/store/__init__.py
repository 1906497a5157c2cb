"""The station's disk: the journal, what follows from it, the hub's reference data, print jobs, photos.

::

    journal.py  opening.py               the hot path: one transaction, then the answer; how it is found at a start
    database.py  driver.py  migrations.py  schema/     the file, who may open it, its tables
    projection.py  bodies.py  book.py    what the events make of cases and units, and what a flow may look up
    chain.py  clock_state.py  fresh.py   is it what was committed, what time is it, new ids
    ballast.py  disk_budget.py           is there room, and for how long
    reader.py  intake.py  reference.py  snapshot.py    what the uplink reads and brings
    jobs.py  photos.py  photo_files.py   print jobs and pictures
    requests.py  label_requests.py  job_requests.py    what commands ask, of a running station or of the file
    export.py  backup.py                 copies for others
    pins_at_rest.py  upgrade_copies.py   what must not lie about in the clear
    swap.py  encryption.py  relog.py  upload_only.py     when the journal itself has to change
    salvage.py  wreck.py  rebuild.py     what is read of a damaged one, and the new one made of it

May import domain, ports and errors. Start in ``journal.py``.
"""
