"""What is on a label, in which printer language, and how printers take it.

May import ports, errors and domain. Start in ``label.py``, then ``zpl.py`` and ``printers/stream.py``; the states of
a print job are in ``rma_station/domain/print_jobs.py``, where services and store may use them.
"""
