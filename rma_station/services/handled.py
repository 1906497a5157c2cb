"""What goes into the station and what comes out: one input, and what to do for it once it is durable."""

from __future__ import annotations

from rma_station.domain.effects import CheckPin, PrintUnitLabel, TakePhoto
from rma_station.domain.flows.inputs import Chosen, LabelSettled, PhotosCame, PinChecked, Pressed, Typed
from rma_station.domain.record import dataclass
from rma_station.ports import DeviceStatus, NoPicture, Picture, RawScan, UplinkStatus, Weighing
from rma_station.services.bench import Update

StationInput = (
    RawScan
    | Weighing
    | DeviceStatus
    | UplinkStatus
    | LabelSettled
    | PinChecked
    | Pressed
    | Chosen
    | Typed
    | Picture
    | NoPicture
    | PhotosCame
)


@dataclass(frozen=True)
class SettledPicture:
    """What a camera is told of its picture: whether it is part of the record now."""

    device: str
    name: str
    taken: bool


@dataclass(frozen=True)
class Handled:
    """The result of one input: what to show at once, then what to do."""

    update: Update | None
    """``None`` when nothing on the screen changes."""
    labels: tuple[PrintUnitLabel, ...] = ()
    committed: bool = False
    """There is something new for the hub."""
    device: str = ""
    """Scanner whose scan this answers: it can say the outcome with its own beeper."""
    pins: tuple[CheckPin, ...] = ()
    """For the hub to check."""
    defect: str = ""
    """What went wrong inside this program, for the service screen."""
    photos: tuple[TakePhoto, ...] = ()
    """For a camera to take."""
    picture: SettledPicture | None = None
    """What became of a camera's picture."""
