"""What the station does with its ports: handle inputs, run devices, print, answer the control socket.

May use domain, ports, store and errors; never drivers, labels, sync or screens. Start in ``station.py``.
"""
