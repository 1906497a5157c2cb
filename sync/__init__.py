"""The protocol between station and hub: its messages, which both sides use, and the station's end of the line.

::

    wire.py  review_wire.py  blobs.py    the messages of the sync, the review and photos
    versions.py                          what came with which protocol number
    bundle.py  bundle_proof.py  bundle_photos.py     a station's events as one file, for a day without a network
    enrolment.py  words.py               being let in: the calls, and what people compare
    signing.py  receipt.py               a station signs its calls, the hub what it has received
    client.py                            pure: what to do next; its parts: state.py turns.py parting.py photos.py
    uplink.py                            the thread that does it: journal_answers.py on one side, and on the other
                                         transport.py with what that needs: connections.py watch.py hub_reply.py
                                         address_and_token.py no_answer.py pinning.py http_library.py network.py
    review.py  enrolling.py              calls beside the client: the supervisors' desk, asking to be let in,
    comparing.py  lost_events.py         what a hub lacks of a stopped station's journal, and what it has of a lost one

May import ports, errors and domain; the hub may import the messages, never the client or what is below it. Start in
``wire.py``, then read the drawing at the top of ``client.py``.
"""
