"""ZPL once more, by a second program: zpl-renderer-js (zebrash), where Node and the package are there.

To have it: `npm install zpl-renderer-js@3.4.0` in any folder, and that folder's `node_modules` in NODE_PATH. What two
renderers agree on is portable. This one has Polish letters.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from labels import kinds, zpl
from labels.media import MEDIA
from tests.labels.reading import symbols
from tests.labels.test_proof import CORPUS, label_of, wanted

PROGRAM = """
const { ready } = require("zpl-renderer-js");
const jobs = JSON.parse(require("fs").readFileSync(0, "utf8"));
ready.then(async ({ api }) => {
  const out = [];
  for (const job of jobs) out.push(await api.zplToBase64MultipleAsync(job.zpl, job.width, job.height, job.dpmm));
  process.stdout.write(JSON.stringify(out), () => process.exit(0));
});
"""
ALL = [
    (kind, media, dpi, words)
    for kind in kinds.LABELS
    for media in MEDIA
    for dpi in (203, 300)
    for words in ("pl", "en")
]
SPREAD = ALL[::9]


def rendered(jobs: list[dict[str, Any]]) -> list[list[Any]]:
    """The labels of each job as grey pictures; skips with the reason where that cannot be done."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    there = subprocess.run([node, "-e", 'require.resolve("zpl-renderer-js")'], capture_output=True, check=False)
    if there.returncode:
        pytest.skip("the package zpl-renderer-js is not in NODE_PATH")
    done = subprocess.run(
        [node, "-e", PROGRAM], input=json.dumps(jobs), capture_output=True, text=True, timeout=110, check=True
    )
    return [
        [Image.open(BytesIO(base64.b64decode(picture))).convert("L") for picture in pictures]
        for pictures in json.loads(done.stdout)
    ]


def agree(cases: list[tuple[str, str, int, str]]) -> None:
    """Each label comes out once, with exactly its barcodes."""
    made = [label_of(*case) for case in cases]
    jobs = [
        {
            "zpl": zpl.render(label).decode(),
            "width": label.media.width,
            "height": label.media.height,
            "dpmm": 8 if label.dpi == 203 else 12,
        }
        for label in made
    ]
    for case, label, pictures in zip(cases, made, rendered(jobs), strict=True):
        assert [symbols(picture, plain=True) for picture in pictures] == [wanted(label)], case


def test_a_second_renderer_reads_the_same() -> None:
    """Nine labels of different kinds, sizes and languages."""
    agree(SPREAD)


@pytest.mark.proof
def test_a_second_renderer_reads_all_the_same() -> None:
    """The labels that take too long for every run; ``make labels-proof`` has them."""
    agree([case for case in ALL if case not in SPREAD])


def test_a_second_renderer_prints_hostile_text_once() -> None:
    """Every text of the corpus in one go."""
    from labels import rendering
    from tests.labels.samples import LPN, unit

    jobs = []
    for hostile in CORPUS.values():
        job = unit(name=hostile, sku=hostile, destination=hostile, rma_id=hostile, grade=hostile, disposition=hostile)
        data = zpl.render(rendering.unit(job, "pl", "live", "57x32", 203)).decode()
        jobs.append({"zpl": data, "width": 57, "height": 32, "dpmm": 8})

    for name, pictures in zip(CORPUS, rendered(jobs), strict=True):
        assert [symbols(picture, plain=True) for picture in pictures] == [[("]C0", LPN)]], name
