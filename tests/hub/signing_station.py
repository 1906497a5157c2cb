"""A station that signs its calls, against a hub behind its real API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from starlette.testclient import TestClient

from hub import api, hub_identity, parts, store
from hub.central import Hub
from hub.trust import device_keys, stations
from hub.trust.nonces import InProcess, nonces
from rma_station.domain import codec
from sync import signing, wire
from tests.hub.build import NOW, Numbers, new_hub

ADMIN = "admin-secret"
SEED = bytes(range(32))
OTHER_SEED = bytes(32)
PUBLIC = signing.public_key(SEED)


class SigningStation:
    """``bench-1`` with its device key; ``now`` is the hub's clock, ``clock`` what the station takes for it."""

    def __init__(self, database: store.Database | None = None, *, enrolled: bool = True) -> None:
        self.now, self.clock, self.calls = NOW, 0.0, 0
        database, random = database or new_hub(), Numbers()
        with database.transaction() as connection:
            identity = hub_identity.identity(connection)
            if enrolled:
                device_keys.register(connection, "bench-1", PUBLIC, random, NOW)
        self.hub = Hub(
            database, identity, lambda: self.now, random, stations.digest(ADMIN), operations=parts.OPERATIONS
        )
        self.client = TestClient(api.create_app(self.hub, parts.MOUNTS), client=("192.0.2.7", 50000))

    def signed(self, method: str, target: str, body: bytes = b"", seed: bytes = SEED) -> dict[str, str]:
        """The headers of a call that was never made before."""
        self.calls += 1
        unix = self.now.timestamp() + self.clock
        return signing.sign(seed, method, target, body, unix, self.calls.to_bytes(16, "big"))

    def call(
        self, method: str, target: str, body: bytes = b"", *, seed: bytes = SEED, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """A call; status and JSON."""
        headers = self.signed(method, target, body, seed) if headers is None else headers
        reply = self.client.request(method, target, content=body, headers={"X-RMA-Protocol": "3", **headers})
        return reply.status_code, reply.json()

    def hello(self, *, seed: bytes = SEED, run_id: str = "") -> tuple[int, Any]:
        """The first call of a connection."""
        return self.call("POST", wire.HELLO, wire.encode(wire.Hello("sample", (), 3, run_id=run_id)), seed=seed)

    def administer(self, operation: str, **given: Any) -> tuple[int, Any]:
        """What a ``hub`` command asks."""
        body = codec.to_bytes(given)
        return self.call("POST", f"/v1/admin/{operation}", body, headers={"Authorization": f"Bearer {ADMIN}"})

    def remembered(self) -> frozenset[str]:
        """Whose nonces the hub remembers."""
        if isinstance(self.hub.nonces, InProcess):
            return self.hub.nonces.callers
        with self.hub.database.transaction() as connection:
            return frozenset(connection.scalars(select(nonces.c.caller)))

    def wait(self, seconds: float) -> None:
        """Time passes at the hub."""
        self.now += timedelta(seconds=seconds)
