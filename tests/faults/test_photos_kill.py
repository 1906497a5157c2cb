"""The hub is killed with SIGKILL again and again while photos come in; afterwards each is there whole, once."""

from __future__ import annotations

import hashlib
import random
import threading

import httpx
import pytest

from sync import blobs
from tests.faults.processes import ROUNDS, Hub

PHOTOS = 2 * ROUNDS
SIZE = 2 * blobs.CALL_BYTES + 1000


class Sender:
    """A station that knows nothing but what the hub answers."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.begin()
        admin = (hub.data / "admin-token").read_text().strip()
        made = self.client.post(
            "/v1/admin/station-add", json={"name": "bench-9"}, headers={"Authorization": f"Bearer {admin}"}
        )
        self.token = made.json()["token"]

    def begin(self) -> None:
        """A connection to the hub as it runs now."""
        self.client = httpx.Client(base_url=self.hub.url, trust_env=False, timeout=30)

    def call(self, method: str, sha256: str, data: bytes = b"", at: int = 0) -> httpx.Response:
        """One call about a photo."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if method == "PATCH":
            headers |= {blobs.OFFSET: str(at), blobs.LENGTH: str(SIZE), "Content-Type": blobs.CONTENT_TYPE}
        return self.client.request(method, blobs.blob_path(sha256), headers=headers, content=data)

    def send(self, photo: bytes, sha256: str) -> None:
        """Until the hub says that it is whole; a hub that was killed is started again."""
        while True:
            try:
                known = blobs.place_of(self.call("HEAD", sha256).headers)
                at = known.offset if known else 0
                if known and known.complete:
                    return
                reply = self.call("PATCH", sha256, photo[at : at + blobs.CALL_BYTES], at)
                assert reply.status_code in (201, 204), reply.text
            except httpx.TransportError:
                self.hub.kill()
                self.hub.start()
                self.begin()


@pytest.mark.timeout(60 + 20 * ROUNDS)
@pytest.mark.failure(41)
def test_photos_survive_the_death_of_the_hub(hub: Hub) -> None:
    """Whatever it was doing: writing bytes, giving a photo its name, putting it on record."""
    dice = random.Random(41)
    sender = Sender(hub)
    photos = [b"\xff\xd8\xff" + dice.randbytes(SIZE - 3) for _ in range(PHOTOS)]
    hashes = [hashlib.sha256(photo).hexdigest() for photo in photos]
    for photo, sha256 in zip(photos, hashes, strict=True):
        killer = threading.Timer(dice.uniform(0, 0.06), hub.child.process.kill)
        killer.start()
        sender.send(photo, sha256)
        killer.join()
    hub.kill()
    hub.start()
    sender.begin()

    for photo, sha256 in zip(photos, hashes, strict=True):
        if (
            sender.call("GET", sha256).status_code == 404
        ):  # killed between its name and the record: the question mends it
            assert blobs.place_of(sender.call("HEAD", sha256).headers) == blobs.Place(SIZE, complete=True)
        assert sender.call("GET", sha256).content == photo
    kept = sorted(path.name for path in (hub.data / "blobs").rglob("*") if path.is_file())
    assert kept == sorted(hashes)
