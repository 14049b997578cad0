"""What each screen costs with many stories: time on the server, bytes, and requests of its first view.

    python -m bench.screens [--count 200000] [--store sqlite|postgres|URL] [--folder FOLDER] [--requests 100]
        [--only WORD]

Fills a store with stories in clusters (`bench.told_stories`), or goes on with one that holds some, and asks one worker
for each screen, one request after the other, each about something else. A time is from sending a request to the last
byte of its answer, over a connection that is kept; beside it stands the processor time of the worker, which a busy
machine changes less. Bytes are of the page as sent, with its stylesheet and script.
"""

from __future__ import annotations

import argparse
import gzip
import random
import re
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

import numpy as np
from twicetold.bootstrap import fingerprint_parameters
from twicetold.settings import Settings
from twicetold.store.open import migrate, open_store
from twicetold.usecases.ports import Store
from twicetold.usecases.read_models import ClusterFilter, ClusterSort

from bench.postgres_server import PostgresServer
from bench.server import Server
from bench.told_stories import AGENCIES, LANGUAGES, fill

ASSET = re.compile(r'(?:href|src)="([^"]*/ui/assets/[^"]+)"')


class Subjects:
    """Stories, clusters, sources, words and days of a store to ask about, drawn from one seed."""

    def __init__(self, store: Store, *, seed: int = 7) -> None:
        self._random = random.Random(seed)
        with store.reading() as reading:
            last = reading.last_key()
            rows = reading.features([self._random.randint(1, last) for _ in range(600)])
            self.stories = [one.story for one in rows.values()]
            placed = reading.clusters_of(list(rows))
            self.clusters = list({one.id: one for one in placed.values()}.values())
            wide = reading.clusters(ClusterFilter(sort=ClusterSort.SIZE), after=None, limit=50).items
            wordings = reading.wordings(list(rows))
            self.texts = [one.text for one in wordings.values()]
        self.crowd, self.wide = wide[0], wide

    def screens(self, count: int) -> Mapping[str, list[str]]:
        """Addresses of each screen, `count` of each."""
        days = [f"{one.published_at:%Y-%m-%d}" for one in self.stories if one.published_at]
        recent = [one.published_at for one in self.stories if one.published_at]
        words = [" ".join((one.title or "x").split()[:2]) for one in self.stories]
        sources = [one.source for one in self.stories]
        clusters, sorts = "/ui/clusters?", [f"sort={sort.value}" for sort in ClusterSort]
        made = {
            "overview": ["/"],
            "clusters": [clusters],
            **{f"clusters by {sort.value}": [f"{clusters}sort={sort.value}"] for sort in ClusterSort},
            "clusters, language": [f"{clusters}language={tag}&{sort}" for tag in LANGUAGES for sort in sorts],
            "clusters, agency": [f"{clusters}agency={name}&{sort}" for name in AGENCIES for sort in sorts],
            "clusters, language and agency": [
                f"{clusters}language={tag}&agency={name}" for tag in LANGUAGES for name in AGENCIES
            ],
            "clusters, source": [f"{clusters}{urlencode({'source': name})}" for name in sources],
            "clusters, source by size": [f"{clusters}sort=size&{urlencode({'source': name})}" for name in sources],
            "clusters, until a day": [f"{clusters}until={day}" for day in days],
            "clusters, a day by sources": [
                f"{clusters}since={at:%Y-%m-%d}T00:00:00Z&until={at:%Y-%m-%d}T23:59:59Z&sort=sources" for at in recent
            ],
            "clusters, a month by sources": [f"{clusters}since={at:%Y-%m}-01T00:00:00Z&sort=sources" for at in recent],
            "clusters, least sources": [f"{clusters}min_sources={least}" for least in range(2, 60)],
            "clusters, words": [f"{clusters}{urlencode({'q': each})}" for each in words],
            "clusters, one frequent word": [f"{clusters}{urlencode({'q': each.split()[0]})}" for each in words],
            "cluster": [f"/ui/clusters/{one.id}" for one in self.clusters],
            "cluster of 30 and more": [f"/ui/clusters/{one.id}" for one in self.wide],
            "cluster with related": [f"/ui/clusters/{one.id}?related=1" for one in self.clusters],
            "cluster of 1,000": [f"/ui/clusters/{self.crowd.id}"],
            "compare": [
                f"/ui/compare?{urlencode({'a': one.canonical_id, 'b': other.story_id})}"
                for one, other in zip(self.clusters, self.stories, strict=False)
            ],
            "story": [f"/ui/stories/{quote(one.story_id, safe='')}" for one in self.stories],
            "stories": ["/ui/stories"],
            "stories, words": [f"/ui/stories?{urlencode({'q': each})}" for each in words],
            "stories, source": [f"/ui/stories?{urlencode({'source': each})}" for each in sources],
            "sources": ["/ui/sources"],
            "sources, ties of one": [f"/ui/sources?{urlencode({'of': each})}" for each in sources],
            "source": [f"/ui/sources/{quote(each)}" for each in sources],
            "try, empty": ["/ui/try"],
            "sign in": ["/ui/sign-in"],
        }  # fmt: skip
        return {name: [paths[number % len(paths)] for number in range(count)] for name, paths in made.items()}


class Screen(NamedTuple):
    """What was measured of a screen: milliseconds by request, and its heaviest first view."""

    name: str
    times: Sequence[float]
    processor: Sequence[float]
    bytes: int = 0
    requests: int = 0

    def told(self) -> str:
        """As a line of the table."""
        p50, p95 = np.percentile(self.times, [50, 95])
        own50, own95 = np.percentile(self.processor, [50, 95])
        return (
            f"{self.name:32}{p50:8.1f}{p95:8.1f}{max(self.times):8.1f}{own50:10.1f}{own95:8.1f}"
            f"{self.bytes:10,}{self.requests:9}"
        )


HEAD = (
    f"{'':32}{'time, ms':>24}{'processor, ms':>18}{'first view':>19}\n"
    f"{'':32}{'p50':>8}{'p95':>8}{'most':>8}{'p50':>10}{'p95':>8}{'bytes':>10}{'requests':>9}"
)


class Stopwatch:
    """Times requests to a server of one worker."""

    def __init__(self, server: Server) -> None:
        (worker,) = server.workers()
        self._tasks = Path(f"/proc/{worker}/task")
        self.times: list[float] = []
        self.processor: list[float] = []

    @contextmanager
    def running(self) -> Iterator[None]:
        """Time the block."""
        spent, begun = self._spent(), time.perf_counter()
        yield
        self.times.append(1000 * (time.perf_counter() - begun))
        self.processor.append(self._spent() - spent)

    def _spent(self) -> float:
        read = [(task / "schedstat").read_text(encoding="ascii") for task in self._tasks.iterdir()]
        return sum(int(each.split()[0]) for each in read) / 1e6


def measured(server: Server, screens: Mapping[str, Sequence[str]]) -> Iterator[Screen]:
    """Each screen with its times, and the bytes and requests of its heaviest first view."""
    connection, assets = server.connect(), dict[str, int]()
    for name, paths in screens.items():
        watch, most, requests = Stopwatch(server), 0, 0
        _get(connection, paths[-1])  # what a worker keeps in memory it has by now
        for path in paths:
            with watch.running():
                status, sent, page = _get(connection, path)
            if status != 200:
                raise RuntimeError(f"{path}: {status}")
            linked = set(ASSET.findall(page))
            for asset in linked - assets.keys():
                assets[asset] = _get(connection, asset)[1]
            requests, most = max(requests, 1 + len(linked)), max(most, sent + sum(assets[one] for one in linked))
        yield Screen(name, watch.times, watch.processor, most, requests)


def tried(server: Server, texts: Sequence[str]) -> Screen:
    """Texts that are tried."""
    connection, watch = server.connect(), Stopwatch(server)
    connection.request("GET", "/ui/try")
    answer = connection.getresponse()
    (token,) = re.findall(r'name="token" value="([^"]+)"', answer.read().decode())[:1]
    cookie = (answer.headers["Set-Cookie"] or "").partition(";")[0]
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    for text in texts:
        with watch.running():
            connection.request("POST", "/ui/try", urlencode({"token": token, "text": text}), headers)
            answer = connection.getresponse()
            answer.read()
        if answer.status != 200:
            raise RuntimeError(f"try: {answer.status}")
    return Screen("try", watch.times, watch.processor)


def _get(connection: HTTPConnection, path: str) -> tuple[int, int, str]:
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    sent = answer.read()
    page = ""
    if "html" in answer.headers.get("Content-Type", ""):
        page = (gzip.decompress(sent) if answer.headers.get("Content-Encoding") == "gzip" else sent).decode()
    return answer.status, len(sent), page


def main() -> None:
    """Fill a store, measure, and print what was found."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--count", type=int, default=200_000)
    arguments.add_argument("--store", default="sqlite")
    arguments.add_argument("--folder", type=Path)
    arguments.add_argument("--requests", type=int, default=100)
    arguments.add_argument("--only", default="")
    given = arguments.parse_args()
    with ExitStack() as stack:
        folder = given.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        if given.store == "postgres":
            database = PostgresServer(durable=True)
            stack.callback(database.remove)
            url = database.url("postgres")
        elif "://" in given.store:
            url = given.store
        else:
            url = f"sqlite:///{folder.resolve()}/stories.db"
        scheme = fingerprint_parameters(Settings.load({})).identity
        migrate(url, scheme=scheme)
        store = open_store(url, scheme=scheme)
        if not store.stats().stories:
            fill(store, given.count)
        stats, subjects = store.stats(), Subjects(store)
        store.close()
        print(f"{stats.stories:,} stories, {stats.clusters:,} clusters, {url.partition(':')[0]}")
        print(HEAD)
        server = stack.enter_context(Server(folder, store_url=url, workers=1))
        screens = {name: paths for name, paths in subjects.screens(given.requests).items() if given.only in name}
        for screen in measured(server, screens):
            print(screen.told(), flush=True)
        if given.only in "try":
            print(tried(server, subjects.texts[: given.requests]).told(), flush=True)
        server.stop()


if __name__ == "__main__":
    main()
