"""The demo: the whole job unattended, over the virtual bench, with every byte going its real way.

::

    run.py  stage.py  cable.py  station.py  answers.py     one run; the processes, and what the station's says
    worker.py  sheet.py  paper.py  ledger.py       a pair of hands, what they scan and read, what they note
    shop.py  stories.py  morning.py  afternoon.py  faults.py     what was announced, and what happens to each return
    expected.py  desk.py  audit.py  doubt.py       what must come of it, a supervisor's part, does it add up
    transcript.py  table.py                        what is written while it runs, and at its end

Start in ``stage.py`` (which processes there are), then ``worker.py`` (a pair of hands), ``morning.py`` (what happens to
each return) and ``audit.py`` (does it add up). The demo stands outside the product: it knows what the shop announced,
what it did, what the printer printed and what the hub says; it looks into no process. It may import everything that an
administrator could do, the hub's sample among it; nothing imports it but its command.
"""
