"""How long a call may take, and when people are told that nothing moves in it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sync.watch import LIMITS, Patience, Watch, moved


def over(patience: Patience, *times: float, taken: int = 0, came: int = 0) -> list[bool]:
    """Whether the call is over at each of these times, with a byte that moves before each."""
    told = []
    for number, now in enumerate(times):
        patience.look(now, taken + number + 1, came)
        told.append(patience.over(now) != "")
    return told


def test_people_are_told_after_four_seconds_in_which_nothing_moves() -> None:
    """And no longer when a byte has moved, whichever way. The call has twenty."""
    patience = Patience(100.0, 0, LIMITS)
    said = []
    for now, taken, came in ((103.9, 0, 0), (104.0, 0, 0), (105.0, 1, 0), (108.9, 1, 0), (109.1, 1, 0), (110.0, 1, 1)):
        patience.look(now, taken, came)
        said.append(patience.silent(now))

    assert said == [False, True, False, False, True, False]
    assert (patience.over(129.9), patience.over(130.0)) == ("", "nothing came for 20 s")


def test_sending_has_time_for_every_byte() -> None:
    """A piece of a photo, 256 KiB, over the slowest line there is: nine minutes."""
    patience = Patience(0.0, 256 * 1024, LIMITS)
    patience.sending(0.0)

    assert over(patience, 500.0, 584.0, 585.0) == [False, False, True]


def test_a_head_has_its_time_however_its_bytes_come() -> None:
    """From the last byte that was taken, which over a slow line is long after it was sent."""
    patience = Patience(0.0, 10, LIMITS)
    patience.sent(50.0)
    patience.look(80.0, 10, 0)
    for now in range(81, 120):
        patience.look(float(now), 10, now)
        assert patience.over(float(now)) == ""
    patience.look(120.0, 10, 120)

    assert patience.over(120.0) == "no head of the answer within 40 s"


def test_an_answer_earns_time_by_its_bytes() -> None:
    """A photo of 800 kB at 5 kB a second is taken; one byte a second is not."""
    for rate, taken in ((5000, True), (1, False)):
        patience = Patience(0.0, 0, LIMITS)
        patience.sent(0.0)
        patience.answering(0.0)
        ended = []
        for now in range(1, 161):
            patience.look(float(now), 0, rate * now)
            ended.append(patience.over(float(now)))
        assert (set(ended) == {""}) is taken


def test_a_second_connection_begins_anew() -> None:
    """One that was kept and had died costs nothing of the next one's time."""
    patience = Patience(0.0, 0, LIMITS)
    patience.sending(20.0)
    patience.connecting(21.0)

    assert over(patience, 50.0, 51.0) == [False, True]


@contextmanager
def connected() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a connection."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as here:
        there, _ = server.accept()
        with there:
            yield here, there


def test_what_a_kept_connection_brought_before_earns_no_time() -> None:
    """A large page of the feed came over it; a peer that then sends a byte now and then is not waited for longer."""
    patience = Patience(0.0, 0, LIMITS)
    with connected() as (here, there):
        there.sendall(bytes(100_000))
        while moved(here)[1] < 100_000:
            here.recv(100_000)
        watch = Watch(patience, here, lambda silent: None, lambda: 0.0, 1.0)
        watch.heard("http11.receive_response_headers.complete", {})
        taken, came = moved(here)
    patience.look(59.0, taken, came + 1)

    assert patience.over(61.0) == "no end of the answer within 61 s"


def test_a_name_that_takes_long_is_not_held_against_the_connection_before() -> None:
    """A kept connection had died; looking the hub up anew takes half a minute, and its answer counts all the same."""
    now, told = [0.0], threading.Event()
    kept = socket.socket()
    kept.close()

    with Watch(Patience(0.0, 0, LIMITS), kept, lambda silent: told.set(), lambda: now[0], 0.001) as watch:
        watch.heard("connection.connect_tcp.started", {})
        now[0] = 25.0
        assert told.wait(10.0)

    assert watch.cut == ""
