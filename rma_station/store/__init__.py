"""The station's disk: the journal, what follows from it, the hub's reference data, print jobs, photos.

::

    journal.py                           the hot path: one transaction, then the answer
    database.py  driver.py  migrations.py  schema/     the file, who may open it, its tables
    projection.py  bodies.py  book.py    what the events make of cases and units, and what a flow may look up
    chain.py  clock_state.py  ballast.py is it what was committed, what time is it, is there room
    reader.py  intake.py  reference.py  snapshot.py    what the uplink reads and brings
    jobs.py  photos.py  photo_files.py   print jobs and pictures
    export.py  backup.py                 copies for others
    swap.py  encryption.py  relog.py  salvage.py  wreck.py  upload_only.py     when the journal itself has to change

May import domain, ports and errors. Start in ``journal.py``.
"""
