"""Station and hub with a network between them that fails (failure row 9).

A cable between two machines (two network namespaces and a veth pair, with netem where the kernel has it) where that is
allowed, and everywhere a line through ``relay.py``: lossy, slow, one-way, dead, cut, intercepted, or leading elsewhere.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
import random
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.faults.processes import ROUNDS, Hub, adds_up, finished, lead, station
from tests.faults.relay import Relay, Weather
from tests.faults.test_stopped import SILENCE, shown
from tests.sync.tiny_hub import wait_for

HUB, STATION = "10.213.77.1", "10.213.77.2"


def ip(*words: str, check: bool = True) -> bool:
    """``ip ...``; whether it did it."""
    done = subprocess.run(["ip", *words], check=False, capture_output=True, text=True)
    assert not check or done.returncode == 0, done.stderr
    return done.returncode == 0


@dataclass(frozen=True)
class Cable:
    """Two machines and what is between them."""

    station: str
    hub: str

    def within(self, machine: str, *environment: str) -> list[str]:
        """What a command begins with to run on a machine."""
        return ["ip", "netns", "exec", machine, "env", *environment]

    def pull(self) -> None:
        """Out of the station."""
        ip("-n", self.station, "link", "set", "cable", "down")

    def plug(self) -> None:
        """In again; the way out comes with it."""
        ip("-n", self.station, "link", "set", "cable", "up")
        ip("-n", self.station, "route", "replace", "default", "via", HUB)

    def shake(self, *how: str) -> bool:
        """What both ends do to every packet, such as ``loss 30%``; whether this kernel can."""
        return all(
            subprocess.run(
                ["tc", "-n", end, "qdisc", "replace", "dev", "cable", "root", "netem", *how],
                check=False,
                capture_output=True,
            ).returncode
            == 0
            for end in (self.station, self.hub)
        )

    def lose_replies(self) -> None:
        """What the hub sends goes nowhere; what it is sent arrives."""
        ip("-n", self.hub, "route", "add", "blackhole", f"{STATION}/32")

    def bring_replies(self) -> None:
        """Again."""
        ip("-n", self.hub, "route", "del", "blackhole", f"{STATION}/32")


@pytest.fixture
def cable() -> Iterator[Cable]:
    """Laid and plugged in."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("network namespaces need root and the command ip")
    names = [f"rma-{end}-{os.getpid()}" for end in ("station", "hub")]
    if not ip("netns", "add", names[0], check=False):
        pytest.skip("this machine allows no network namespaces")
    try:
        ip("netns", "add", names[1])
        pair = ("link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", names[1])
        if not ip("-n", names[0], *pair, check=False):
            pytest.skip("this kernel has no virtual cables (veth)")
        for name, address in zip(names, (STATION, HUB), strict=True):
            ip("-n", name, "address", "add", f"{address}/24", "dev", "cable")
            ip("-n", name, "link", "set", "lo", "up")
            ip("-n", name, "link", "set", "cable", "up")
        laid = Cable(*names)
        if shutil.which("tc"):  # where the kernel has netem, packets are late and lost all the time as well
            laid.shake("delay", "20ms", "loss", "5%")
        laid.plug()
        yield laid
    finally:
        for name in names:
            ip("netns", "delete", name, check=False)


def certificate(folder: Path, name: str = "hub", address: str = HUB) -> tuple[Path, Path]:
    """A certificate of an address that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return files


@pytest.mark.failure(9, 10)
@pytest.mark.timeout(120 + 20 * ROUNDS)
def test_a_cable_pulled_amid_batches_loses_and_doubles_nothing(cable: Cable, tmp_path: Path) -> None:
    """Over TLS, at random moments: the cable is pulled, or only replies are lost. Work goes on, all arrives."""
    trusted, key = certificate(tmp_path)
    options = ("--host", HUB, "--certificate", str(trusted), "--key", str(key))
    hub = Hub(tmp_path, "hub", *options, within=cable.within(cable.hub))
    try:
        dice, told = random.Random(3), []
        bench = station(tmp_path, str(SILENCE), within=cable.within(cable.station, f"SSL_CERT_FILE={trusted}"))
        for turn in range(max(2, ROUNDS // 2)):
            told += [bench.line() for _ in range(dice.randint(5, 20))]
            before = len(shown(tmp_path, 0))
            (cable.lose_replies if turn % 2 else cable.pull)()
            told += [bench.line() for _ in range(10)]
            wait_for(lambda seen=before: any(one["state"] == "offline" for one in shown(tmp_path, seen)), 30)
            told += [bench.line() for _ in range(dice.randint(5, 30))]
            (cable.bring_replies if turn % 2 else cable.plug)()
            wait_for(lambda: shown(tmp_path, 0)[-1]["state"] == "online", 60)
        told += finished(bench)
    finally:
        hub.kill()

    adds_up(tmp_path, hub.data, told)


@pytest.mark.failure(9)
@pytest.mark.timeout(240)
@pytest.mark.parametrize("how", ["loss 30%", "delay 1000ms"])
def test_packets_that_are_lost_or_late_lose_and_double_nothing(cable: Cable, tmp_path: Path, how: str) -> None:
    """As the kernel does it to packets, over TLS; the relay below does the like to streams where there is no netem."""
    if shutil.which("tc") is None or not cable.shake(*how.split()):
        pytest.skip("this kernel has no netem; the tests of the relay in this file show the same on streams")
    trusted, key = certificate(tmp_path)
    options = ("--host", HUB, "--certificate", str(trusted), "--key", str(key))
    hub = Hub(tmp_path, "hub", *options, within=cable.within(cable.hub))
    try:
        bench = station(tmp_path, "20", within=cable.within(cable.station, f"SSL_CERT_FILE={trusted}"))
        told = [bench.line() for _ in range(20)]
        told += finished(bench)
    finally:
        hub.kill()

    adds_up(tmp_path, hub.data, told)


# --- everywhere: a line through user space ---------------------------------------------------------------


@pytest.mark.failure(9, 10)
@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("name", "weather", "silence"),
    [
        ("a third of all pieces is lost", Weather(loss=0.3), 5.0),
        ("connections are cut in the middle", Weather(cuts=0.1), SILENCE),
        ("a second there and back", Weather(delay=0.5), 10.0),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else "",
)
def test_a_bad_line_loses_and_doubles_nothing(
    hub: Hub, tmp_path: Path, name: str, weather: Weather, silence: float
) -> None:
    """Work goes on all the time; what was told saved is at the hub in the end, once, the very bytes."""
    with Relay(hub.url, Weather()).carrying() as relay:
        lead(tmp_path, relay.url)
        bench = station(tmp_path, str(silence))
        relay.weather = weather
        told = [bench.line() for _ in range(25)]
        told += finished(bench)
        used = relay.connections
    hub.kill()

    assert used > 0, name
    adds_up(tmp_path, hub.data, told)


@pytest.mark.failure(9, 10)
@pytest.mark.timeout(240)
@pytest.mark.parametrize("ways", [(True, False), (False, True), (False, False)], ids=["up-only", "down-only", "dead"])
def test_a_line_that_goes_one_way_or_none_is_offline_and_comes_back(
    hub: Hub, tmp_path: Path, ways: tuple[bool, bool]
) -> None:
    """Calls arrive and their answers do not, or nothing arrives at all: never "saved at the hub", always "go on"."""
    weather = Weather()
    with Relay(hub.url, weather).carrying() as relay:
        lead(tmp_path, relay.url)
        bench = station(tmp_path, str(SILENCE))
        told = [bench.line() for _ in range(10)]
        for _ in range(max(1, ROUNDS // 4)):
            before = len(shown(tmp_path, 0))
            weather.up, weather.down = ways
            told += [bench.line() for _ in range(20)]
            wait_for(lambda seen=before: any(one["state"] == "offline" for one in shown(tmp_path, seen)), 30)
            told += [bench.line() for _ in range(10)]
            weather.up = weather.down = True
            relay.cut()
            wait_for(lambda: shown(tmp_path, 0)[-1]["state"] == "online", 60)
        told += finished(bench)
    hub.kill()

    adds_up(tmp_path, hub.data, told)


@pytest.mark.failure(9)
@pytest.mark.timeout(120)
@pytest.mark.parametrize("lie", ["another authority", "another host"])
def test_who_reads_along_or_answers_for_the_hub_gets_nothing(hub: Hub, tmp_path: Path, lie: str) -> None:
    """A proxy with a certificate of its own, or a name that leads to a host that is not the hub's: the certificate is
    not accepted, not a byte is carried to the hub, and the station says why while work goes on."""
    stranger, key = certificate(tmp_path, "stranger", "127.0.0.1" if lie == "another authority" else HUB)
    trusted, _ = certificate(tmp_path, "trusted", "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(stranger, key)
    vouched = trusted if lie == "another authority" else stranger
    with Relay(hub.url, Weather(), context).carrying() as relay:
        bench = station(tmp_path, str(SILENCE), within=["env", f"SSL_CERT_FILE={vouched}"])
        told = [bench.line() for _ in range(10)]
        lead(tmp_path, relay.url)
        hub.kill()
        wait_for(lambda: shown(tmp_path, 0)[-1]["words"] == ["service.hub.certificate"], 30)
        told += [bench.line() for _ in range(20)]
        state, carried, tried = shown(tmp_path, 0)[-1]["state"], relay.carried["up"], relay.connections
    hub.start()
    told += finished(bench)
    hub.kill()

    assert (state, carried) == ("offline", 0)
    assert tried > 0
    adds_up(tmp_path, hub.data, told)
