"""Ways of paying back: each a module with a ``Provider`` in it; ``hub/rounds.py`` names those in use.

``bank_file.py`` writes transfers for a bank (accounts: ``iban.py``), ``bank_status.py`` reads what the bank says of
them, ``bank_sent.py`` reads our own files again after a restore. Start in ``provider.py``: what every way must offer,
and the few answers there are.
"""
