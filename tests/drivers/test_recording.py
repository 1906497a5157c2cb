"""What devices sent and were sent is in the recording, and played back it comes out of the same drivers."""

from __future__ import annotations

import json
import os
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.address import parse_url
from drivers.catalogue import open_scale, open_scanner, scale_protocol
from drivers.evdev_scanner import EvdevScanner
from drivers.keymaps import US
from drivers.keystrokes import typed
from drivers.recording import Recorder, Through
from drivers.replay import ENDS, Entry, Player, ReplayClock, read
from drivers.serial_scale import SerialScale
from drivers.serial_scanner import SerialScanner
from drivers.transport import Stream, open_address
from rma_station.domain.outcome import Kind
from rma_station.errors import DeviceLost, Malformed, Refused, StorageFailed
from rma_station.ports import DeviceState, RawScan, Scanner
from rma_station.system import SystemClock
from tests.drivers.scales.test_usb_hid import USUAL
from tests.drivers.support import Inbox, Line
from tests.drivers.test_evdev_scanner import Desk

LEFT = {"kind": "scanner", "name": "left", "url": "serial:/dev/x?beep=zebra", "suffix": "auto"}


class Loop:
    """A stream that says what it was given to say."""

    detail = "/dev/x"

    def __init__(self, *said: bytes) -> None:
        self.said = list(said)
        self.written = b""
        self.descriptor = b"\x05\x8c"

    def read(self, timeout: float) -> bytes:
        if not self.said:
            raise DeviceLost("/dev/x: unplugged")
        return self.said.pop(0)

    def write(self, data: bytes) -> None:
        self.written += data

    def wake(self) -> None:
        pass

    def close(self) -> None:
        pass


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def replayed(file: Path, make: Any) -> Inbox:
    """Everything the driver says, from the first byte to the last."""
    recording = read(file)
    (name,) = recording.entries
    clock = ReplayClock()
    player = Player(recording.entries[name], clock, answers=recording.devices[0]["kind"] == "scale")
    inbox = Inbox()
    device = make(name, clock, player.through)
    device.start(inbox)
    assert player.ended.wait(8.0)
    device.stop()
    return inbox


# --- recording -------------------------------------------------------------------------------------------


def test_every_byte_is_written_with_its_time_and_direction(tmp_path: Path) -> None:
    """Silence is not; what was opened and why it was lost is."""
    file = tmp_path / "left.rec"
    recorder = Recorder(file, [LEFT], SystemClock())
    stream = recorder.through("left", lambda: Loop(b"59", b"", b"0\r"))()
    for _ in range(3):
        stream.read(0.1)
    stream.write(b"\x06")
    with pytest.raises(DeviceLost):
        stream.read(0.1)
    recorder.close()

    head, *entries = lines(file)
    assert (head["recording"], head["devices"]) == (1, [LEFT])
    assert [{key: value for key, value in entry.items() if key != "at"} for entry in entries] == [
        {"device": "left", "opened": "/dev/x", "descriptor": "058c"},
        {"device": "left", "in": "3539"},
        {"device": "left", "in": "300d"},
        {"device": "left", "out": "06"},
        {"device": "left", "lost": "/dev/x: unplugged"},
    ]
    assert entries == sorted(entries, key=lambda entry: entry["at"])


def test_only_its_owner_can_read_a_recording(tmp_path: Path) -> None:
    """Scans may be names and addresses; the umask does not matter."""
    before = os.umask(0)
    try:
        Recorder(tmp_path / "a.rec", [], SystemClock()).close()
    finally:
        os.umask(before)

    assert (tmp_path / "a.rec").stat().st_mode & 0o777 == 0o600


def test_a_recording_never_overwrites_a_file(tmp_path: Path) -> None:
    """And says so; a folder that cannot be written to is another reason."""
    (tmp_path / "a.rec").write_text("precious")

    with pytest.raises(Refused, match=r"a\.rec exists"):
        Recorder(tmp_path / "a.rec", [], SystemClock())
    with pytest.raises(StorageFailed, match=r"no/a\.rec"):
        Recorder(tmp_path / "no" / "a.rec", [], SystemClock())
    assert (tmp_path / "a.rec").read_text() == "precious"


def test_a_recording_stops_growing_and_says_that_it_is_full(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The device goes on; one line in the log."""
    recorder = Recorder(tmp_path / "a.rec", [LEFT], SystemClock(), largest=400)
    stream = recorder.through("left", lambda: Loop(*[b"x" * 50] * 20))()

    assert [stream.read(0.1) for _ in range(20)] == [b"x" * 50] * 20
    recorder.close()

    assert (tmp_path / "a.rec").stat().st_size < 500
    assert (lines(tmp_path / "a.rec")[-1], read(tmp_path / "a.rec").whole) == ({"full": True}, False)
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_printers_line_is_recorded_too(tmp_path: Path) -> None:
    """What was taken of what was sent, and what it said; everything else is the line's own."""

    class PrinterLine:
        def send(self, data: bytes, seconds: float) -> int:
            return 3

        def receive(self, seconds: float) -> bytes:
            return b"030" if seconds else b""

        def problems(self) -> tuple[str, ...]:
            return ("media_out",)

    recorder = Recorder(tmp_path / "a.rec", [], SystemClock())
    line = recorder.way("labels", PrinterLine)()

    assert (line.send(b"~HS^XA", 1.0), line.receive(1.0), line.receive(0.0), line.problems()) == (
        3,
        b"030",
        b"",
        ("media_out",),
    )
    recorder.close()
    said = [{key: value for key, value in each.items() if key != "at"} for each in lines(tmp_path / "a.rec")[1:]]
    assert said == [
        {"device": "labels", "opened": ""},
        {"device": "labels", "out": b"~HS".hex()},
        {"device": "labels", "in": b"030".hex()},
    ]


def test_a_driver_sees_the_stream_as_it_is(tmp_path: Path) -> None:
    """What only some streams have is handed through."""
    stream: Any = Recorder(tmp_path / "a.rec", [LEFT], SystemClock()).through("left", Loop)()

    assert (stream.descriptor, stream.detail) == (b"\x05\x8c", "/dev/x")


# --- replay ----------------------------------------------------------------------------------------------


def test_scans_of_a_real_line_come_out_of_the_replay_again(tmp_path: Path, inbox: Inbox) -> None:
    """Whole ones, one with a GS, one that stayed incomplete, one after replugging; beeps are not waited for."""
    line = Line(tmp_path)
    address = parse_url(line.url, also=("beep",))
    recorder = Recorder(tmp_path / "a.rec", [LEFT], SystemClock())
    scanner = SerialScanner(
        "left", recorder.through("left", lambda: open_address(address)), SystemClock(), beep="zebra"
    )
    scanner.start(inbox)
    inbox.until_state(DeviceState.OPENING, DeviceState.READY)
    line.send(b"]C1010590\x1d21X\r")
    inbox.until(lambda: len(inbox.scans) == 1)
    scanner.signal(Kind.OK)
    line.receive(1)
    line.send(b"half")
    inbox.until(lambda: len(inbox.scans) == 2)
    line.unplug()
    inbox.until(lambda: DeviceState.ERROR in inbox.states)
    line.plug()
    scanner.retry()
    inbox.until(lambda: inbox.states[-1] is DeviceState.READY)
    line.send(b"again\r\n")
    inbox.until(lambda: len(inbox.scans) == 3)
    scanner.stop()
    line.unplug()
    recorder.close()

    def make(name: str, clock: ReplayClock, through: Through) -> Scanner:
        return open_scanner(name, LEFT["url"], "auto", clock, through=through)

    def shown(scans: list[RawScan]) -> list[Any]:
        return [(scan.aim, scan.data, scan.damaged) for scan in scans]

    played = replayed(tmp_path / "a.rec", make)

    expected = [("]C1", b"010590\x1d21X", None), (None, b"half", "incomplete"), (None, b"again", None)]
    assert (shown(inbox.scans), shown(played.scans)) == (expected, expected)


def test_a_scale_is_asked_again_and_answers_as_it_did(tmp_path: Path) -> None:
    """Zero set by a worker in between is passed over; the weights are the same, and nothing waits for real time."""
    said = [
        *(Entry(0.0, "opened", text="/dev/x"), Entry(0.1, "out", b"I4\r\n"), Entry(0.2, "in", b'I4 A "B1"\r\n')),
        *(Entry(0.3, "out", b"SI\r\n"), Entry(0.4, "in", b"S D      0.500 kg\r\n")),
        *(Entry(0.5, "out", b"Z\r\n"), Entry(0.6, "in", b"Z A\r\n")),
        *(Entry(3000.1, "out", b"SI\r\n"), Entry(3000.2, "in", b"S S      1.250 kg\r\n")),
        *(Entry(3000.3, "out", b"SI\r\n"), Entry(3000.4, "in", b"S S      1.250 kg\r\n")),
        *(Entry(3000.7, "out", b"SI\r\n"), Entry(3000.8, "in", b"S S   "), Entry(3000.9, "in", b"   1.250 kg\r\n")),
    ]
    clock = ReplayClock()
    player = Player(said, clock, answers=True)
    scale = SerialScale("scale", player.connect, clock, scale_protocol("mt-sics"))
    inbox = Inbox()
    scale.start(inbox)
    assert player.ended.wait(8.0)
    scale.stop()

    weights = [item.reading for item in inbox.weighings if item.reading.value is not None]
    assert [(each.value, each.unit, each.stable) for each in weights] == [
        (Decimal("0.500"), "kg", False),
        (Decimal("1.250"), "kg", True),
    ]
    assert weights[1].at == pytest.approx(3000.9)


def test_a_driver_that_asks_otherwise_today_comes_to_an_end() -> None:
    """It does not wait for ever for a question it does not know."""
    said = [Entry(0.0, "opened", text="/dev/x"), *(Entry(n, "out", b"?\r") for n in range(1, 20))]
    clock = ReplayClock()
    player = Player(said, clock, answers=True)
    scale = open_scale("scale", "serial:/dev/x", "mt-sics", clock, through=player.through)
    inbox = Inbox()
    scale.start(inbox)
    assert player.ended.wait(8.0)
    scale.stop()

    assert [item.reading.value for item in inbox.weighings if item.reading.value is not None] == []


def test_a_usb_scale_is_played_with_its_own_descriptor() -> None:
    """Which says where the weight stands; the first report after opening may be stale and is left out."""
    report = bytes.fromhex("030402006e03")
    said = [Entry(0.0, "opened", text="DYMO", descriptor=USUAL), *(Entry(n / 2, "in", report) for n in range(1, 4))]
    clock = ReplayClock()
    player = Player(said, clock, answers=True)
    scale = open_scale("scale", "hid-scale:0922:8003", "mt-sics", clock, through=player.through)
    inbox = Inbox()
    scale.start(inbox)
    assert player.ended.wait(8.0)
    scale.stop()

    weights = [item.reading for item in inbox.weighings if item.reading.value is not None]
    assert {(each.value, each.unit, each.stable) for each in weights} == {(Decimal(878), "g", True)}


def test_a_replay_can_go_as_fast_as_it_went() -> None:
    """Speed 100: a recorded second in a hundredth."""
    clock = ReplayClock(speed=100.0)
    event = threading.Event()

    assert (clock.wait(event, 1.0), clock.monotonic()) == (False, 1.0)


def test_keys_of_a_scanner_that_types_are_recorded_as_the_kernel_gave_them(tmp_path: Path, inbox: Inbox) -> None:
    """With Caps Lock and the times they were pressed; the replay decodes them with today's layouts."""
    desk = Desk()
    recorder = Recorder(tmp_path / "a.rec", [LEFT], SystemClock())
    scanner = EvdevScanner("left", recorder.through("left", desk.connect), SystemClock())
    scanner.start(inbox)
    inbox.until(lambda: inbox.states[-1] is DeviceState.READY)
    desk.plugged.send(typed("RMA-2026\x1d21X", US))
    inbox.until(lambda: len(inbox.scans) == 1)
    scanner.stop()
    recorder.close()

    def make(name: str, clock: ReplayClock, through: Through) -> Scanner:
        return EvdevScanner(name, through(name, desk.connect), clock)

    played = replayed(tmp_path / "a.rec", make)

    assert [(scan.data, scan.damaged) for scan in played.scans] == [(b"RMA-2026\x1d21X", None)]


@given(st.lists(st.binary(min_size=1, max_size=30), min_size=1, max_size=20), st.floats(0.01, 3.0))
def test_a_stream_gives_back_every_byte_in_order(chunks: list[bytes], timeout: float) -> None:
    """Whatever the driver's time-out, and then the end."""
    entries = [Entry(0.0, "opened"), *(Entry(number * 0.7, "in", data) for number, data in enumerate(chunks))]
    stream: Stream = Player(entries, ReplayClock(), answers=False).connect()
    got = b""
    while not isinstance(part := _read(stream, timeout), str):
        got += part

    assert (got, part) == (b"".join(chunks), ENDS)


def _read(stream: Stream, timeout: float) -> bytes | str:
    try:
        return stream.read(timeout)
    except DeviceLost as error:
        return str(error)


HEAD = '{"recording":1,"made":"","devices":[]}\n'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}\n",
        "no json\n",
        '{"recording":2,"made":"","devices":[]}\n',
        '{"recording":1,"made":"","devices":[{}]}\n',
        HEAD + "[]\n",
        HEAD + '{"at":1}\n',
        HEAD + '{"at":"x","device":"a","in":""}\n',
        HEAD + '{"at":1,"device":"a","in":"zz"}\n',
        HEAD + '{"at":Infinity,"device":"a","in":""}\n',
        HEAD + '{"at":NaN,"device":"a","in":""}\n',
    ],
)
def test_a_file_that_is_no_recording_is_named(tmp_path: Path, text: str) -> None:
    """With the line, and no trace-back."""
    (tmp_path / "a.rec").write_text(text)

    with pytest.raises(Malformed, match=r"a\.rec"):
        read(tmp_path / "a.rec")


def test_bytes_that_are_no_text_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The message says which of the two it is."""
    (tmp_path / "a.rec").write_bytes(b"\xff\xfe")
    with pytest.raises(Malformed, match=r"a\.rec"):
        read(tmp_path / "a.rec")
    with pytest.raises(StorageFailed, match=r"b\.rec"):
        read(tmp_path / "b.rec")


def test_a_last_line_cut_off_by_a_crash_is_left_out(tmp_path: Path) -> None:
    """What is whole is played; that something is missing is known."""
    (tmp_path / "a.rec").write_text(HEAD + '{"at":1,"device":"a","in":"35"}\n{"at":2,"dev')

    recording = read(tmp_path / "a.rec")

    assert ([entry.data for entry in recording.entries["a"]], recording.whole) == ([b"5"], False)
