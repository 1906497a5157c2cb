"""What ``doctor`` looks at: pure checks over a ``Machine``; each finding has its remedy in Polish and English.

::

    machine.py  finding.py        all a check may see of this computer, and what it may say
    storage.py  clock.py          the disk with the journal; the wall clock
    access.py  rules.py           may this user open the devices; are the udev rules there
    rivals.py  cameras.py         programs that take devices away; how photos are taken
    console.py  trust.py          the terminal and its font; what station and hub prove themselves with

May import drivers, store and configuration; changes nothing on the machine. Start in ``finding.py``.
"""
