"""What is on a label, in which printer language, and how printers take it.

::

    kinds.py  content.py  label.py           what there is, what stands on it, and the neutral label in millimetres
    media.py  carrier.py                     label stocks and resolutions; what a carrier sent as it is
    template.py  template_folders.py  layout.py     from content to a label: words into places, barcodes onto dots
    words.py  metrics.py  symbology.py  code128.py  gs1.py     texts and their widths; barcodes, their content and size
    rendering.py                             the one door to the printer languages: zpl.py tspl.py epl.py pdf.py png.py
    dialect.py  resident.py                  what TSPL and EPL share: commands line by line, the printers' own fonts
    dots.py  raster.py  bitmap.py            what is drawn: rectangles, a picture, its bytes for a printer
    printers/                                how a printer is reached and asked; what it answered: status*.py
    sheets.py  terminal.py                   A4 sheets of codes to scan; a label shown in a terminal
    check.py  geometry.py  examples.py       whether a template does what a scanner needs

May import ports, errors and domain. Start in ``label.py``, then ``zpl.py`` and ``printers/stream.py``; the states of a
print job are in ``rma_station/domain/print_jobs.py``, where services and store may use them.
"""
