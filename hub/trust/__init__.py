"""Who may call, and whom stations trust: enrolment, device keys, tokens, signed calls, the hub's own authority.

Start in ``enrolments.py`` (how a station is let in) and ``device_keys.py`` (how it is known from then on).
"""
