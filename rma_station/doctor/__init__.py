"""What ``doctor`` looks at: pure checks over a ``Machine``; each finding has its remedy in Polish and English.

``machine.py`` is all a check may see of this computer, ``finding.py`` what it may say; every other module is a subject.
May import drivers, store and configuration; changes nothing on the machine. Start in ``finding.py``.
"""
