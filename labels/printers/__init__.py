"""Printers by how they are reached: a line of bytes (TCP, USB), IPP, or a folder. Each is a ``ports.LabelPrinter``.

::

    opening.py  job.py                       a printer from its address; what is to be printed as its bytes
    stream.py  talk.py                       a label printer at a line of bytes, and how its language is asked
    channel.py  tcp.py  usb_lp.py            the line: what it must offer, over the network, on a USB cable
    ipp.py  ipp_client.py  folder.py         an office printer or a CUPS queue; PDF files
    discovery.py  usb_identity.py            what a printer is; which one is on which USB node

Start in ``opening.py``, then ``stream.py``: one procedure over a ``Channel`` (which cable) and a ``Talk`` (how a
language is asked).
"""
