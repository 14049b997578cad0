"""What each screen costs with many stories: time on the server, bytes, and requests of its first view.

    python -m bench.screens [--count 200000] [--store sqlite|postgres] [--folder FOLDER] [--requests 100] [--only WORD]

Fills a store with stories in clusters (`bench.told_stories`), or goes on with the one that a folder holds, and asks one
worker for each screen, one request after the other, each about something else. A time is from sending a request to the
last byte of its answer, over a connection that is kept. Bytes are of the page as sent, with its stylesheet and script.
"""

from __future__ import annotations

import argparse
import gzip
import random
import re
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
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


def measured(server: Server, screens: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, np.ndarray, int, int]]:
    """For each screen its times in milliseconds, and the bytes and requests of its heaviest first view."""
    connection, assets = server.connect(), dict[str, int]()
    for name, paths in screens.items():
        times, most, requests = [], 0, 0
        _get(connection, paths[-1])  # what a worker keeps in memory it has by now
        for path in paths:
            begun = time.perf_counter()
            status, sent, page = _get(connection, path)
            times.append(1000 * (time.perf_counter() - begun))
            if status != 200:
                raise RuntimeError(f"{path}: {status}")
            linked = set(ASSET.findall(page))
            for asset in linked - assets.keys():
                assets[asset] = _get(connection, asset)[1]
            requests, most = max(requests, 1 + len(linked)), max(most, sent + sum(assets[one] for one in linked))
        yield name, np.array(times), most, requests


def tried(server: Server, stories: Sequence[str]) -> np.ndarray:
    """Times of texts that are tried."""
    times = []
    connection = server.connect()
    _get(connection, "/ui/try")
    cookie, token = "", ""
    for text in stories:
        if not token:
            connection.request("GET", "/ui/try")
            answer = connection.getresponse()
            page = answer.read().decode()
            cookie = (answer.headers["Set-Cookie"] or "").split(";")[0]
            token = re.findall(r'name="token" value="([^"]+)"', page)[0]
        body = urlencode({"token": token, "text": text})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
        begun = time.perf_counter()
        connection.request("POST", "/ui/try", body, headers)
        answer = connection.getresponse()
        answer.read()
        times.append(1000 * (time.perf_counter() - begun))
        if answer.status != 200:
            raise RuntimeError(f"try: {answer.status}")
    return np.array(times)


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
    arguments.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
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
        else:
            url = f"sqlite:///{folder.resolve()}/stories.db"
        scheme = fingerprint_parameters(Settings.load({})).identity
        migrate(url, scheme=scheme)
        store = open_store(url, scheme=scheme)
        if not store.stats().stories:
            fill(store, given.count)
        stats, subjects = store.stats(), Subjects(store)
        store.close()
        print(f"{stats.stories:,} stories, {stats.clusters:,} clusters, {given.store}")
        print(f"{'screen':34}{'p50':>8}{'p95':>8}{'most':>8} ms {'bytes':>8} requests")
        server = stack.enter_context(Server(folder, store_url=url, workers=1))
        screens = {name: paths for name, paths in subjects.screens(given.requests).items() if given.only in name}
        for name, times, size, requests in measured(server, screens):
            p50, p95 = np.percentile(times, [50, 95])
            print(f"{name:34}{p50:8.1f}{p95:8.1f}{times.max():8.1f}    {size:8,} {requests:8}", flush=True)
        if given.only in "try":
            times = tried(server, subjects.texts[: given.requests])
            p50, p95 = np.percentile(times, [50, 95])
            print(f"{'try':34}{p50:8.1f}{p95:8.1f}{times.max():8.1f}", flush=True)
        server.stop()


if __name__ == "__main__":
    main()
