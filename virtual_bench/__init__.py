"""A bench without hardware, its own process: scanner, scale and printer as real byte streams, with fault switches.

May import the domain and errors; the station imports only ``client`` from here, and only its wiring and commands do.
Start in ``process.py`` (what the process is), then ``scale.py`` and ``printer.py`` (what the devices answer, pure).
"""
