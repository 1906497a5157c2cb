"""What a refund rests on, looked at in the moment it leaves: photos that were said in time have to have been here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sim import pictures, recount, shop

if TYPE_CHECKING:
    from tests.sim.world import World


class Evidence:
    """Counts the hub's lines along, by hand."""

    def __init__(self, world: World) -> None:
        self.world, self.counted = world, recount.Counted()
        self._slots = {
            key: (order.rma.rma_id, line.line_id, slot)
            for order in world.goods.orders
            for line in order.rma.lines
            for slot in range(1, line.quantity + 1)
            for key in shop.refunds_of(order, line.line_id, slot)
        }

    def begin_again(self) -> None:
        """The hub's lines are others now."""
        self.counted = recount.Counted()

    def left(self, key: str) -> None:
        """Money left under this key.

        A photo that was said before its parcel was done is known when the refund is queued: the settle delay lies
        between. A later one may have come after the amount was frozen, and is not waited for. Where a supervisor
        decided, or where another piece filled the same place once, nothing is said.
        """
        if key not in self._slots or any(subject == key for subject, *_ in self.world.promises.decisions):
            return
        with self.world.hub.database.transaction() as connection:
            recount.go_on(connection, self.counted)
        rma_id, line_id, slot = self._slots[key]
        pieces = [
            piece
            for piece in self.counted.pieces.values()
            if (piece.rma_id, piece.line_id) == (rma_id, line_id) and slot in piece.once_clean
        ]
        lacking = [self._lacking(piece) for piece in pieces]
        if lacking and all(lacking):
            words = f"{rma_id} {line_id} slot {slot} left at {self.world.now:.0f} without {sorted(lacking[0])}"
            self.world.promises.paid_early.append(words)

    def _lacking(self, piece: recount.Piece) -> set[str]:
        on_time = self.counted.on_time[piece.parcel_id]
        wanted = {one for one in self.counted.pictures_of(piece) if one in on_time}
        folder = self.world.hub.kept.folder.path
        return {one[:8] for one in wanted - set(self.world.promises.at_hub) if not pictures.is_whole(folder, one)}
