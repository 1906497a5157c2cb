"""``rma-station hub ...``: run a hub, and ask a running one (or its files, when none runs) to do something."""

from __future__ import annotations

import argparse
import getpass
import importlib
import json
import ssl
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hub import parts
from rma_station.domain.clean import clean
from rma_station.errors import HubUnreachable, Refused

WORDS = {
    "run": "serve: rma-station hub run [--data DIR] [--port 0] [--mode sample|live]",
    "station": "station invite NAME | revoke NAME | release NAME --why WHY (from quarantine) | add NAME (a token)",
    "status": "who the hub is, what it holds, its stations",
}
EXIT_USAGE = 2
LONGEST = 500
"""Characters of a line that is printed; longer ones end in an ellipsis."""
DATA = Path("~/.local/share/rma-station/hub")


def usage() -> str:
    """The text of ``rma-station hub --help``."""
    words = {**WORDS, **{word: text for word, (_, text) in parts.COMMANDS.items()}}
    rows = "\n".join(f"  {word:<13} {text}" for word, text in words.items())
    return (
        "rma-station hub: the central system. Takes the stations' events, keeps the cases, refunds once.\n\n"
        f"usage: rma-station hub COMMAND [--data DIR] [...]\n\ncommands\n{rows}\n\n"
        f"DIR is the hub's data folder (default {DATA}/sample, or .../live with --mode live). While a hub runs there,\n"
        "the commands go through it. Exit codes: 0 done, 2 wrong call, 3 a person must act, 4 configuration.\n"
    )


def execute(arguments: Sequence[str]) -> int:
    """Run one ``hub`` command and return its exit code."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        sys.stdout.write(usage())
        return 0 if arguments else EXIT_USAGE
    word, rest = arguments[0], list(arguments[1:])
    if word in parts.COMMANDS:
        return int(importlib.import_module(parts.COMMANDS[word][0]).execute(rest))
    command = _COMMANDS.get(word)
    if command is None:
        known = ", ".join([*_COMMANDS, *parts.COMMANDS])
        sys.stderr.write(f"rma-station hub: there is no command {clean(word, 40)!r}. Commands: {known}.\n")
        return EXIT_USAGE
    return command(rest)


def parser(word: str) -> argparse.ArgumentParser:
    """An argument parser with the options every ``hub`` command has."""
    made = argparse.ArgumentParser(prog=f"rma-station hub {word}")
    _common(made, None, "sample")
    return made


def second_words(made: argparse.ArgumentParser) -> Callable[..., argparse.ArgumentParser]:
    """``add(word, help=...)`` for commands with a second word; the options every command has may follow it too."""
    words = made.add_subparsers(dest="what", required=True, metavar="WHAT")

    def add(word: str, **more: Any) -> argparse.ArgumentParser:
        one: argparse.ArgumentParser = words.add_parser(word, **more)
        # Without a default: what stood before the second word is kept.
        _common(one, argparse.SUPPRESS, argparse.SUPPRESS)
        return one

    return add


def _common(made: argparse.ArgumentParser, data: str | None, mode: str) -> None:
    made.add_argument("--data", type=Path, default=data, help="the hub's data folder")
    made.add_argument("--mode", choices=("sample", "live"), default=mode, help="which default folder (sample)")


def folder(given: argparse.Namespace) -> Path:
    """The data folder a command is about."""
    chosen: Path = given.data or DATA / given.mode
    return chosen.expanduser()


def tell(*lines: str) -> None:
    """Print lines to standard output; what stations, shops and people wrote into them is only text there."""
    sys.stdout.write("".join(clean(line, LONGEST) + "\n" for line in lines))


def ask(data: Path, operation: str, **arguments: Any) -> Any:
    """Have an operation of ``admin.py`` or ``parts.py`` done by the running hub, or on its files when none runs.

    Raises:
        Refused: the hub says no.
        HubUnreachable: it runs and does not answer.
        StationHeld: another process holds the files and has not told its address.
    """
    from hub import server

    address = data / server.ADDRESS
    if address.exists():
        answered = _ask_running(json.loads(address.read_text()), data, operation, arguments)
        if answered is not None:
            return answered
    from hub import admin, store

    if not store.has_database(data):
        raise Refused(f"there is no hub in {data}. Start one: rma-station hub run --data {data}")
    hub = server.open_hub(data)
    try:
        return admin.perform(hub, operation, arguments)
    finally:
        hub.database.close()


def ask_running(data: Path, operation: str, **arguments: Any) -> Any:
    """As ``ask``, of a running hub only; ``None`` when none runs here."""
    from hub import server

    address = data / server.ADDRESS
    return _ask_running(json.loads(address.read_text()), data, operation, arguments) if address.exists() else None


def _trust(certificate: str) -> ssl.SSLContext:
    """Trust exactly the certificate the hub of this data folder serves, whatever host it was made for."""
    context = ssl.create_default_context(cafile=certificate)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.check_hostname = False
    return context


def _ask_running(address: dict[str, str], data: Path, operation: str, arguments: dict[str, Any]) -> Any:
    import httpx

    from hub import server

    url = address["url"]
    token = (data / server.ADMIN_TOKEN).read_text().strip()
    try:
        reply = httpx.post(
            f"{url}/v1/admin/{operation}",
            json=arguments,
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
            verify=_trust(address["certificate"]) if address.get("certificate") else True,
            trust_env=False,
        )
    except httpx.ConnectError:
        return None
    except httpx.HTTPError as error:
        raise HubUnreachable(f"the hub at {url} does not answer: {type(error).__name__}") from None
    found = reply.json()
    if reply.status_code != httpx.codes.OK:
        raise Refused(_lines(str(found.get("message", reply.status_code))))
    return found


def _lines(message: str) -> str:
    """What a running hub says no with: one line for each thing that is wrong, each harmless to show."""
    return "\n".join(clean(line, 400) for line in message.splitlines()[:20])


def _run(rest: list[str]) -> int:
    from hub import server

    made = parser("run")
    made.add_argument("--host", default="127.0.0.1", help="address to listen on; not loopback: with TLS")
    made.add_argument("--port", type=int, default=0, help="0 takes a free one")
    made.add_argument("--certificate", type=Path, help="PEM file with a TLS certificate chain; without: its own")
    made.add_argument("--key", type=Path, help="PEM file with its key")
    words = "https address under which phones reach this hub with a certificate they trust: offers the page for photos"
    made.add_argument("--public-url", default="", metavar="URL", help=words)
    words = "/metrics needs the admin token from this machine too: for a hub behind a reverse proxy here"
    made.add_argument("--metrics-token", action="store_true", help=words)
    made.add_argument("--backups", type=Path, metavar="FOLDER", help="a tested backup every night, on another disk")
    made.add_argument("--keep-backups", type=int, default=14, metavar="N", help="how many of them are kept (14)")
    words = "that folder is taken off this machine by other means, whatever disk it seems to be on"
    made.add_argument("--backups-elsewhere", action="store_true", help=words)
    # For a station that starts its own hub: the pipe ends with it, and its key is let in without a person.
    made.add_argument("--parent-pipe", type=int, help=argparse.SUPPRESS)
    made.add_argument("--enrol", default="", metavar="NAME", help=argparse.SUPPRESS)
    made.add_argument("--device-key", type=Path, metavar="FILE", help=argparse.SUPPRESS)
    words = "a name or address stations call this hub by, for its own certificate; as often as needed"
    made.add_argument("--name", action="append", default=[], dest="names", help=words)
    given = made.parse_args(rest)
    options = server.Options(
        data=folder(given),
        mode=given.mode,
        host=given.host,
        port=given.port,
        certificate=given.certificate,
        key=given.key,
        names=tuple(given.names),
        public_url=given.public_url,
        parent_pipe=given.parent_pipe,
        metrics_token=given.metrics_token,
        backups=given.backups,
        keep_backups=given.keep_backups,
        backups_elsewhere=given.backups_elsewhere,
        enrol=given.enrol,
        device_key=given.device_key,
    )
    return server.serve(options)


def _station(rest: list[str]) -> int:
    made = parser("station")
    add = second_words(made)
    invite = add("invite", help="a code, good once: a station without a screen at hand enrols with it")
    invite.add_argument("--replace", action="store_true", help="in the place of a known station of this name")
    revoke = add("revoke", help="shut a station out, at once; what it has sent stays")
    release = add("release", help="believe a station again that was put in quarantine")
    release.add_argument("--why", default="", help="what you found; it is kept with your name")
    token = add("add", help="a token, for a station of an older version that has no key of its own")
    for one in (invite, revoke, release, token):
        one.add_argument("name", help="the station's name")
    given = made.parse_args(rest)
    if given.what == "release":
        done = ask(folder(given), "station-release", name=given.name, why=given.why, by=getpass.getuser())
        sys.stdout.write(
            f"Station {clean(given.name)} is believed again. Refunds held only for it that go on: {done['refunds']}.\n"
            "What it said while it was in quarantine waits for people.\n"
        )
        return 0
    more: dict[str, Any] = {"replace": given.replace} if given.what == "invite" else {}
    found = ask(folder(given), f"station-{given.what}", name=given.name, by=getpass.getuser(), **more)
    if given.what == "add":
        sys.stderr.write("For a station of an older version. Shown once; put it into its hub.token_file:\n")
        sys.stdout.write(found["token"] + "\n")
    elif given.what == "invite":
        sys.stderr.write("Good once, for 7 days. On the station: rma-station enrol --code CODE\n")
        sys.stdout.write(found["code"] + "\n")
    else:
        sys.stdout.write(f"Station {clean(given.name)} is shut out. What it has sent stays.\n")
    return 0


def _status(rest: list[str]) -> int:
    given = parser("status").parse_args(rest)
    found = ask(folder(given), "status")
    lines = [f"hub {found['hub_id']}  mode {found['mode']}  {found['database']}"]
    lines.append("  ".join(f"{name} {count}" for name, count in found["counts"].items()))
    if found.get("reached_at"):
        lines.append("stations reach it at  " + "  ".join(found["reached_at"]))
    if "public_url" in found:
        lines.append(f"page for phones  {found['public_url'] or 'none: start with --public-url https://NAME'}")
    if found.get("page_distrusted"):
        lines.append(f"  not offered: phones would not trust its certificate: {found['page_distrusted']}")
    for row in found["stations"]:
        lines += station_lines(row)
    if found["stopped_by"]:
        lines.append(f"no refund is sent: {found['stopped_by']}: {found['stopped_why']}")
    tell(*lines)
    return 0


def station_lines(row: Mapping[str, Any]) -> list[str]:
    """A station, and how much of it was not here when it was heard from last: all there is to know of a lost one."""
    beat = row.get("heartbeat") or {}
    state = f"REVOKED {row['revoked_at'][:16]}  " if row.get("revoked_at") else ""
    proof = "key" if row.get("signs") else "token" if not row.get("revoked_at") else "-"
    seen = f"seen {row.get('seen_at') or 'never'}"
    lines = [f"station {row['name']:<16} {state}{seen}  {proof}  events {row['events']}"]
    if row.get("log_id"):
        lines.append(f"    here: log {row['log_id']} up to {row['last_seq']}")
    if beat.get("unsent"):
        oldest = beat.get("oldest_unsent_seconds", 0)
        since = "; a batch came since" if row.get("last_at", "") > (row.get("seen_at") or "") else ""
        at = (row.get("seen_at") or "?")[:16]
        lines.append(f"    its last word, {at}: {beat['unsent']} events not here, the oldest {oldest} s old{since}")
    return lines


_COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "run": _run,
    "station": _station,
    "status": _status,
}
