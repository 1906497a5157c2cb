"""Between station and hub: calls are bytes that are lost, late, doubled, cut, overtaken, answered by a stranger."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from rma_station.domain.outcome import say
from sync import hub_reply, turns, wire

if TYPE_CHECKING:
    from tests.sim.bench import Bench

_KINDS: dict[type, type] = {
    turns.SendHello: wire.HelloReply,
    turns.SendBatch: wire.EventsReply,
    turns.AskFeed: wire.FeedReply,
    turns.AskMissing: wire.MissingReply,
}
_PORTAL = b"<html><body>Welcome to the hotel</body></html>"


@dataclass(frozen=True)
class Call:
    """A request on its way."""

    station: str
    request: turns.Request
    body: bytes


def body_of(request: turns.Request) -> bytes:
    """What a call sends."""
    match request:
        case turns.SendHello(hello):
            return wire.encode(hello)
        case turns.SendBatch(_, header, lines):
            return wire.encode_batch(header, lines)
        case turns.AskMissing(event_ids):
            return wire.encode(wire.MissingQuestion(event_ids))
    return b""


def send(bench: Bench, turn: int, request: turns.Request) -> None:
    """Let a call go; it may arrive never, later than the next one, or twice, also when its sender is long dead."""
    world = bench.world
    for _ in range(1 + world.strikes("call doubled")):
        if world.strikes("call lost"):
            continue
        body = body_of(request)
        if body and world.strikes("call cut"):
            body = body[: world.chance.randrange(len(body))]
        seconds = world.chance.uniform(1, 90) if world.strikes("call late") else world.chance.uniform(0.005, 1)
        call = Call(bench.name, request, body)
        world.after(seconds, partial(_arrive, bench, bench.life, bench.sent, turn, call))


def send_photo(bench: Bench, turn: int, request: turns.BlobRequest) -> None:
    """A call about a photo; also cut or damaged on its way where somebody between the two let it through."""
    world = bench.world
    for _ in range(1 + world.strikes("call doubled")):
        if world.strikes("chunk lost"):
            continue
        if isinstance(request, turns.SendChunk) and world.strikes("chunk cut"):
            request = replace(request, data=request.data[: world.chance.randrange(len(request.data))])
        if isinstance(request, turns.SendChunk) and request.data and world.strikes("chunk damaged"):
            data, at = bytearray(request.data), world.chance.randrange(len(request.data))
            data[at] ^= 1 << world.chance.randrange(8)
            request = replace(request, data=bytes(data))
        seconds = world.chance.uniform(1, 90) if world.strikes("call late") else world.chance.uniform(0.005, 1)
        world.after(seconds, partial(_photo_arrives, bench, bench.life, turn, request))


def _photo_arrives(bench: Bench, life: int, turn: int, request: turns.BlobRequest) -> None:
    world = bench.world
    replied = world.hub.serve_photo(bench.name, request)
    if replied is None or world.strikes("chunk's reply lost") or life != bench.life:
        return
    event: turns.Event = replied
    if world.strikes("a web page for a reply"):
        event = turns.Failed(say("service.hub.stranger"))
    bench.alive(world.chance.uniform(0.005, 1), partial(bench.answer, turn, event))


def _arrive(bench: Bench, life: int, number: int, turn: int, call: Call) -> None:
    world = bench.world
    if number < bench.newest:
        world.happened("call overtaken")
    bench.newest = max(number, bench.newest)
    served = world.hub.serve(call)
    if served is None or world.strikes("reply lost"):
        return
    status, body = served
    if world.strikes("reply cut"):
        body = body[: world.chance.randrange(len(body))]
    if world.strikes("a web page for a reply"):
        status, body = 200, _PORTAL
    seconds = world.chance.uniform(0.005, 1)
    try:
        reply = hub_reply.read(_KINDS[type(call.request)], status, body)
    except hub_reply.NotOurHub as error:
        if life == bench.life:
            bench.alive(seconds, partial(bench.answer, turn, turns.Failed(error.said)))
        return
    if life == bench.life:
        bench.alive(seconds, partial(bench.replied, turn, reply))
