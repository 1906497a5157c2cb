"""The station: everything that runs at a bench but its devices, printers and the line to the hub.

::

    __main__.py  commands/       the command line; the parts of three commands: doctor/  devices/  wizard/
    config.py                    the configuration, each setting with its explanation
    config_file.py  config_values.py     its file read with care, and its tables as those settings
    wiring/                      the configuration turned into a running station
    screens/                     what is seen
    services/                    what happens: one input handled, the station's thread, printing
    store/                       the journal and all else on the disk
    domain/                      the pure core: what a scan means, the flows, the case
    ports.py  errors.py          what the rooms expect of each other, and how they fail
    system.py  version.py        the real clock and randomness; which version this is
    derivation.py  device_secrets.py     PINs made slow to guess; secrets of this machine
    demo/  embedded.py           the unattended demonstration, and sample mode's own hub

Start in ``__main__.py``, then ``services/station.py``: one function handles every input. Import contracts in
``pyproject.toml`` say which room may know which.
"""
