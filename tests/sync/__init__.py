"""The protocol: golden bytes (``golden/``), the pure client with every reply, and the uplink against a small real hub.

``messages.py`` has one example of every message, ``traffic.py`` recorded calls of each protocol, ``tiny_hub.py`` is a
server with a script of faults, ``histories.py`` has stations and hubs whose pasts are copied and put back.
"""
