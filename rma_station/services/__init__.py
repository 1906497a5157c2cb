"""What the station does with its ports: handle inputs, run devices, print, answer the control socket.

May use domain, ports, store and errors; never drivers, labels, sync or screens. Start in ``station.py`` (what happens
to an input), then ``running.py`` (the thread, devices, printers and the line to the hub around it).
"""
