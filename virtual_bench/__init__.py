"""A bench without hardware, its own process: scanner, scale and printer as real byte streams, with fault switches.

::

    client.py  control.py                 how others start and drive it; the channel that goes over
    process.py  line.py  printers.py      the process, its pseudo-terminals, its printers at a port
    scale.py  printer.py                  what the devices answer (pure); printer_zpl.py  printer_lines.py by language

May import the domain and errors; the station imports only ``client`` from here, and only its wiring and commands do.
Start in ``process.py`` (what the process is), then ``scale.py`` and ``printer.py`` (what the devices answer, pure).
"""
