"""The pure core: standard library and biip only, no I/O, no logging, time is an argument.

::

    scan.py  meaning.py  codes.py  gs1.py  tracking.py     from a raw scan to what it means
    flows/                               what the bench does with it
    events.py  envelope.py  fold.py  rma.py      what happened, its bytes, and the case it adds up to (hub and station)
    grading.py  weight.py  money.py  pins.py  print_jobs.py  routing.py      rules of one subject each
    matching.py  second_look.py          an orphan finds its return; two benches had the same piece
    outcome.py  effects.py  review.py    what people are told, and what is asked of the shells
    clean.py  codec.py  record.py        outside text, JSON and dataclasses, for everybody

Start in ``flows/receive.py``, then ``events.py`` and ``fold.py``.
"""
