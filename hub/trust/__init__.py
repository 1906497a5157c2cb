"""Who may call, and whom stations trust: enrolment, device keys, tokens, signed calls, the hub's own authority.

::

    enrolments.py  enrolment_api.py       how a station is let in
    device_keys.py  stations.py           how it is known from then on: by its key, or by a token
    nonces.py                             a copy of a signed call is no call
    pin_tries.py                          wrong PINs lock where they are typed
    authority.py  tls.py  names.py        the certificate a hub is served with, and what this machine is called
    reached.py                            where stations find it

Start in ``enrolments.py``, then ``device_keys.py``.
"""
