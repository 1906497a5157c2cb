"""What the station does with its ports: handle inputs, run devices, print, answer the control socket.

::

    station.py  handled.py  bench.py       one input in, one answer out; what screens may ask and are told
    loop.py  room.py  running.py           the station thread, what it has opened, and everything around it
    duplicates.py  weighings.py  resume.py      a scan twice, readings until one is a weight, the bench after a stop
    devices.py  all_devices.py  hub_contact.py       scanners, scales, cameras; how long the hub was not heard
    printing.py  job_marks.py  print_requests.py     the print queue, and what becomes of its jobs
    control.py  requests.py  questions.py  journal_facts.py     what other commands and the service screen ask
    pin_checks.py  phones.py  claims.py    what is slow or asks the hub, on threads of its own
    photographed.py  piece_in_hand.py      what is in hand, for phones and for other benches
    keys.py  texts.py  scannables.py       the sheets' key, the catalogue, what the bench panel can scan
    daily_scrub.py                         every event verified once a day

May use domain, ports, store and errors; never drivers, labels, sync or screens. Start in ``station.py`` (what happens
to an input), then ``running.py`` (the thread, devices, printers and the line to the hub around it).
"""
