"""What is on a label, in which printer language, and how printers take it.

::

    kinds.py  content.py  label.py           what there is, what stands on it, and the neutral label in millimetres
    template.py  template_folders.py  layout.py     from content to a label: words into places, barcodes onto dots
    rendering.py                             the one door to the printer languages: zpl.py tspl.py epl.py pdf.py png.py
    printers/                                how a printer is reached and asked; what it answered: status*.py
    sheets.py                                A4 sheets of codes to scan
    check.py  geometry.py  examples.py       whether a template does what a scanner needs

May import ports, errors and domain. Start in ``label.py``, then ``zpl.py`` and ``printers/stream.py``; the states of a
print job are in ``rma_station/domain/print_jobs.py``, where services and store may use them.
"""
