"""Screens in Debian's Chromium, over a real server with the examples, hostile stories and a crowd."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from bench.server import Server
from examples.demo import moved, submissions
from tests.browser.hostile import hostile_stories

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CROWD = 1000
BULLETIN = (
    "The weather service expects frost down to minus nine degrees in the northern valleys during the night to Sunday. "
    "Roads may be icy until the late morning, and drivers should allow for twice the usual time on their way."
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium was found; .ci/run installs it")
        pytest.skip("no Chromium was found: install it (apt-get install chromium) to test the screens in a browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that holds the examples, 200 stories with an attack in every field, and 1,000 copies of one bulletin."""
    folder: Path = tmp_path_factory.mktemp("site")
    with Server(folder, workers=1, extraction_children=1, batch_chunk=20) as server:  # a line now and then
        crowd = (
            {"id": f"crowd:{number}", "source": f"valley{number % 40}.example", "title": "Frost", "text": BULLETIN}
            for number in range(CROWD)
        )
        examples = moved(list(submissions()), datetime.now(UTC))
        told = [*(story for _, story in examples), *hostile_stories(), *crowd]
        statuses = [line["status"] for line in server.batch(told)]
        assert len(statuses) == len(told)
        assert max(statuses) < 300
        yield server
        assert server.stop() == 0
