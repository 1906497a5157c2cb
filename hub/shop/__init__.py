"""What a shop says of its products, orders and returns, and what it hears back. Start in ``document.py``: its shape.

``files.py`` reads it from JSON and CSV, ``orders.py`` takes it in, ``reference.py`` keeps it and tells the stations,
``integration.py`` is its HTTP, ``sample.py`` invents a shop.
"""
