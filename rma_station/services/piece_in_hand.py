"""What is in hand, by the names under which another bench would know the same piece."""

from __future__ import annotations

from rma_station.domain.book import Book
from rma_station.domain.flows import photo
from rma_station.domain.flows.state import Bench, Context
from rma_station.domain.rma import Unit
from rma_station.services.claims import Piece


def piece_in_hand(bench: Bench, context: Context) -> Piece | None:
    """The unit a worker is at; ``None`` between two units."""
    of = photo.in_hand(bench, context)
    hit = context.book.unit(of.unit_id) if of is not None and of.unit_id else None
    if hit is None:
        return None
    unit = hit.unit
    rma_id, line_id = (unit.rma_id or "", unit.line_id or "") if _only_piece(unit, context.book) else ("", "")
    return Piece(unit.unit_id, rma_id, line_id, unit.serial or "", unit.lpn)


def _only_piece(unit: Unit, book: Book) -> bool:
    """Whether the line is this one piece; where it has several, two benches may each have another one."""
    rma = book.rma(unit.rma_id) if unit.rma_id else None
    line = rma.line(unit.line_id) if rma is not None and unit.line_id else None
    return line is not None and line.quantity * sum(part.count for part in line.parts) == 1
