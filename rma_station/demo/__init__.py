"""The demo: the whole job unattended, over the virtual bench, with every byte going its real way.

Start in ``stage.py`` (which processes there are), then ``worker.py`` (a pair of hands), ``morning.py`` (what happens to
each return) and ``audit.py`` (does it add up). The demo stands outside the product: it knows what the shop announced,
what it did, what the printer printed and what the hub says; it looks into no process. It may import everything that an
administrator could do, the hub's sample among it; nothing imports it but its command.
"""
