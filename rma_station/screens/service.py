"""The service screen: devices, hub, journal, print jobs, last errors. Live. The station is stopped from here."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from rma_station.domain.clean import clean
from rma_station.domain.outcome import say
from rma_station.ports import WORKING, DeviceStatus
from rma_station.screens.keys import Key
from rma_station.screens.picture import Span, fit
from rma_station.screens.sheet import Row, Sheet, head_row, text_row
from rma_station.services.bench import ServiceReport, Update
from rma_station.services.texts import catalogue, render

PERIOD = 1.0
"""Seconds between two looks at the station."""


class ServiceSheet(Sheet):
    """Asked for once a second while it is open."""

    CLOSES_ON_ANSWER: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self._report: ServiceReport | None = None
        self._asking = False
        self._sure = False

    def on_mount(self) -> None:
        """Ask now and every second."""
        super().on_mount()
        self._look()
        self.set_interval(PERIOD, self._look)

    def _look(self) -> None:
        if not self._asking:
            self._asking = True
            self.ask(self.station.bench.service_report())

    def answered(self, answer: Any) -> None:
        """A fresh report."""
        self._asking, self._report = False, answer

    def gives_way(self, update: Update) -> bool:
        """Who scans is at work: nothing may happen at the bench that nobody sees."""
        return update.scan_at is not None

    def heading(self) -> str:
        """What it is."""
        return self.word("service.title")

    def footer(self, width: int) -> str:
        """How to leave, and how to stop the station."""
        return self.word("service.stop_sure" if self._sure else "service.keys" if width >= 80 else "service.keys_short")

    def key(self, key: Key) -> bool:
        """``q`` twice stops the station, not while a worker is at work; ``z`` and ``t`` are the scale's
        zero and tare."""
        if key.key == "q" and self.station.status.role == "worker":
            self.notice = self.word("service.stop_worker")
            return True
        if key.key in ("z", "t") and (scale := self._one_scale()) is not None:
            self._tell_scale(key.key, scale.name)
            return True
        if key.key == "q":
            if self._sure:
                self.app.exit()
            self._sure = True
            return True
        was_sure, self._sure = self._sure, False
        return was_sure and key.key == "escape"

    def _one_scale(self) -> DeviceStatus | None:
        """The scale that can be told something; ``None`` when there is none, or more than one to choose from."""
        scales = [device for device in self._report.devices if device.kind == "scale"] if self._report else []
        return scales[0] if len(scales) == 1 and scales[0].state in WORKING else None

    def _tell_scale(self, key: str, name: str) -> None:
        if key == "z":
            self.station.bench.zero_scale(name)
        else:
            self.station.bench.tare_scale(name)
        self.notice = self.word("service.zero_asked" if key == "z" else "service.tare_asked", name=clean(name, 12))

    def _devices(self, report: ServiceReport) -> list[Row]:
        rows = []
        for device in report.devices:
            rows.append(self._device(device))
            if device is self._one_scale():
                rows.append(text_row(f"   {self.word('service.scale_keys')}", "muted"))
        return rows

    def rows(self, width: int) -> list[Row]:
        """Section after section."""
        report = self._report
        if report is None:
            return [text_row(self.word("screen.sheet_loading"), "muted")]
        rows = [head_row(self.word("service.devices"))]
        rows += self._devices(report) or [self._quiet("service.no_devices")]
        rows += [text_row(""), head_row(self.word("service.uplink")), *self._uplink(report)]
        if report.alerts:
            rows += [text_row(""), head_row(self.word("service.alerts"))]
            rows += [text_row(f" {render(text, self.language)}", "warn") for text in report.alerts]
        rows += [text_row(""), head_row(self.word("service.journal")), *self._pairs(report.journal)]
        rows += [text_row(""), head_row(self.word("service.jobs"))]
        rows += self._pairs(report.jobs) or [self._quiet("service.no_jobs")]
        rows += [text_row(""), head_row(self.word("service.errors"))]
        rows += [text_row(f" {clean(text)}", "warn") for text in report.errors] or [self._quiet("service.no_errors")]
        rows += self._found(report)
        return rows

    def _quiet(self, key: str) -> Row:
        return text_row(f" {self.word(key)}", "muted")

    def _device(self, device: DeviceStatus) -> Row:
        works = device.state in WORKING and not device.problems
        shape: Span = ("  ● ", "accent") if works else ("  ▲ ", "warn")
        kind = (
            self.word(f"service.kind.{device.kind}") if device.kind in ("scanner", "scale", "printer", "camera") else ""
        )
        state = self.word(f"service.state.{device.state.value}")
        problems = ", ".join(
            render(say("service.problem_named", problem=problem), self.language) for problem in device.problems
        )
        detail = " · ".join(part for part in (problems, short(clean(device.detail))) if part)
        return Row(
            (
                shape,
                (fit(clean(device.name), 12), "strong"),
                (f" {kind} ", "muted"),
                (f"{state}", "base" if works else "warn"),
                (f"  {detail}", "muted"),
            )
        )

    def _found(self, report: ServiceReport) -> list[Row]:
        """What is plugged in and not configured, and how it becomes a device of this station."""
        rows = [self._quiet("service.prove")]
        for found in report.found:
            name = f"{self.word(f'service.node.{found.kind}')} {found.path.rpartition('/')[2]}"
            words = [clean(found.title), "" if found.usable else self.word("service.found_closed")]
            words.append(self.word("service.found_twins") if found.twins else "")
            detail = " · ".join(word for word in words if word)
            rows.append(Row((("  · ", "muted"), (clean(name), "base"), (f"  {detail}", "muted"))))
        return [text_row(""), head_row(self.word("service.found")), *rows]

    def _uplink(self, report: ServiceReport) -> list[Row]:
        uplink = report.uplink
        rows = [
            text_row(f" {self.word('service.uplink_state', state=uplink.state.value)}"),
            text_row(f" {self.word('service.unsent', count=uplink.unsent)}"),
        ]
        if report.clock:
            role = "muted" if report.clock in ("hub", "ok") else "warn"
            rows.append(text_row(f" {self.word('service.clock_word', word=report.clock)}", role))
        if uplink.hub_time_offset is not None:
            rows.append(text_row(f" {self.word('service.clock', seconds=round(uplink.hub_time_offset))}", "muted"))
        return rows + [text_row(f" {render(note, self.language)}", "muted") for note in uplink.notes]

    def _pairs(self, pairs: tuple[tuple[str, str], ...]) -> list[Row]:
        return [Row(((f"  {fit(self._named(name), 20)} ", "muted"), (clean(value), "base"))) for name, value in pairs]

    def _named(self, name: str) -> str:
        key = f"service.fact.{name}"
        return self.word(key) if key in catalogue(self.language) else clean(name)


def short(detail: str) -> str:
    """A device's words with the paths in them cut to the name at their end: nobody at a bench reads ``/run/...``."""
    return re.sub(r"(?<!\S)/\S*/(?=\S)", "", detail)
