"""The pure core: standard library and biip only, no I/O, no logging, time is an argument.

::

    scan.py  meaning.py  codes.py  gs1.py  tracking.py   from a raw scan to what it means
    flows/                                               what the bench does with it
    events.py  envelope.py  fold.py  rma.py              what happened, its bytes, and the case it adds up to
    grading.py  weight.py  money.py  pins.py  print_jobs.py  routing.py    rules of one subject each
    matching.py  second_look.py                          an orphan finds its RMA; two benches had the same piece
    unit_gradings.py                                     which grading is in force, where bench and review said one
    book.py  command.py                                  what a flow may look up, and what a worker can command
    outcome.py  effects.py  review.py  alerts.py         what people are told, and what is asked of the shells
    checks.py  identifiers.py  local_time.py             check digits, ids, times as people read them
    clean.py  codec.py  record.py  changed.py            outside text, JSON and dataclasses, for everybody
    device_sheet.py                                      the codes of the sheet that proves a scanner

Start in ``flows/receive.py``, then ``events.py`` and ``fold.py``.
"""
