"""``devices list``: what is plugged in with the name that lasts, and what is configured with its state (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from drivers import names
from drivers.discovery import Node
from rma_station.config import Config
from rma_station.domain.clean import clean
from rma_station.domain.outcome import say
from rma_station.ports import DeviceStatus
from rma_station.services.texts import render, word


def plugged_in(nodes: Sequence[Node], config: Config, language: str, everything: bool = False) -> Iterator[str]:
    """Lines about the nodes of this machine.

    Args:
        nodes: all of them.
        config: what is configured.
        language: ``pl`` or ``en``.
        everything: also volume keys and the raw side of keyboards.
    """
    configured = names.configured(nodes, config.device_urls)
    yield word("devices.found", language)
    shown = [node for node in nodes if everything or node.useful]
    for number, node in enumerate(shown, 1):
        yield f"  {number:>2}  {described(node, language)}"
        yield from (f"      {line}" for line in facts(node, nodes, configured.get(node.path, ()), language))
    if not shown:
        yield f"  {word('devices.found_nothing', language)}"


def described(node: Node, language: str) -> str:
    """A node in one line: what it is, who made it, its numbers."""
    numbers = f"  {node.vendor}:{node.product}" if node.vendor else ""
    return f"{word(f'devices.kind.{node.kind}', language):<20} {clean(node.title)}{numbers}"


def facts(node: Node, nodes: Sequence[Node], devices: Sequence[str], language: str) -> Iterator[str]:
    """What there is to know of a node: where it is, what to write into the configuration, what is odd."""
    best = names.lasting(node, nodes)
    known = (("driver", node.driver), ("serial", node.serial), ("socket", node.socket), ("says", " ".join(node.traits)))
    words = [render(say(f"devices.{key}", value=value), language) for key, value in known if value]
    yield "  ".join([node.path, *words])
    yield f'url = "{clean(best.url)}"' + (f"   {_configured(devices, language)}" if devices else "")
    if best.twins:
        yield render(say("devices.twins", others=" ".join(best.twins)), language)
    elif best.holds == names.NOTHING:
        yield word("devices.no_name", language)
    if not node.usable:
        yield word("devices.no_access", language)


def _configured(devices: Sequence[str], language: str) -> str:
    return render(say("devices.configured_as", devices=", ".join(devices)), language)


def configured(config: Config, statuses: Sequence[DeviceStatus], language: str) -> Iterator[str]:
    """Lines about the configured devices; one without a status is not asked here."""
    by_name: Mapping[str, DeviceStatus] = {status.name: status for status in statuses}
    yield render(say("devices.configured_in", file=config.file), language)
    kinds = (
        ("scanner", config.scanner),
        ("scale", config.scale),
        ("printer", config.printer),
        ("camera", config.camera),
    )
    for kind, sections in kinds:
        for section in sections:
            status = by_name.get(section.name)
            state = word(f"service.state.{status.state.value}", language) if status else "-"
            what = word(f"service.kind.{kind}", language)
            yield f"  {what:<9} {clean(section.name):<16} {state:<13} {clean(section.url)}"
            if status is not None and status.detail:
                yield f"  {'':<9} {'':<16} {clean(status.detail)}"
    if not config.device_urls:
        yield f"  {word('devices.none_configured', language)}"
