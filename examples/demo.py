"""Posts the examples of this folder and prints what a person would want to know (`make demo`).

With an address (`make demo URL=http://localhost:8080`) they go to the server that runs there, with the key in `KEY` if
it asks for one. Without, a server of its own is started and stays until Ctrl-C, with its screens at the address that is
printed. Times are moved so that the last story was published now.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from bench.server import Server

EXAMPLES = Path(__file__).parent
Ask = Callable[[str, str, object], tuple[int, Any]]
"""A request by method, path and body; its status and answer."""


def submissions() -> Iterator[tuple[str, dict[str, Any]]]:
    """The stories to post, each with where it stands: files of one story, pages, then a file with a story a line."""
    for path in sorted(EXAMPLES.glob("[0-9]-*")):
        yield path.name, submission(path)
    for number, line in enumerate((EXAMPLES / "stories.ndjson").read_text(encoding="utf-8").splitlines(), 1):
        yield f"stories.ndjson, line {number}", json.loads(line)


def submission(path: Path) -> dict[str, Any]:
    """A story to post: the JSON file as it is, or a page under the address that it gives itself."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        return dict(json.loads(text))
    link = re.search(r'rel="canonical" href="([^"]+)"', text)
    if link is None:
        raise SystemExit(f"{path.name} names no canonical address")
    return {"url": link[1], "source": urlsplit(link[1]).netloc.removeprefix("www."), "html": text}


def moved(told: list[tuple[str, dict[str, Any]]], now: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    """The same stories, the last of which was published now."""
    times = [datetime.fromisoformat(story["published_at"]) for _, story in told if "published_at" in story]
    by = now - max(times)
    for name, story in told:
        if "published_at" in story:
            story["published_at"] = (datetime.fromisoformat(story["published_at"]) + by).isoformat()
        yield name, story


def describe(name: str, status: int, answer: dict[str, Any]) -> None:
    """Print what the server made of one story."""
    if status >= 400:
        raise SystemExit(f"{name}: {status} {answer['detail']}")
    story = answer["story"]
    print(f"\n{name}  ->  {status}  {story['id']}, version {story['version']}")
    print(f"  “{story['title']}”, {story['source']}, {story['words']} words")
    cut = Counter(span["kind"] for span in story["removed"])
    if cut:
        print(f"  cut: {', '.join(f'{kind} ×{times}' if times > 1 else kind for kind, times in cut.items())}")
    if story["credits"]["agencies"]:
        print(f"  credits: {', '.join(story['credits']['agencies'])}")
    for match in answer["matches"]:
        print(
            f"  {match['relation']}: {match['source']} “{match['title']}”"
            f" (Jaccard {match['jaccard']:.2f}, longest run {match['longest_run']} words)"
        )
    if not answer["matches"]:
        print("  no earlier story tells the same")


def report(ask: Ask, base: str) -> None:
    """Print the cross-source report: each cluster with its stories, first told first; then where to look at it."""
    _, clusters = ask("GET", "/v1/clusters?min_sources=2&sort=sources", None)
    print("\n\nStories told at several sources\n===============================")
    for summary in clusters["clusters"][:10]:
        _, cluster = ask("GET", f"/v1/clusters/{summary['id']}", None)
        print(f"\n“{summary['title']}”: {summary['size']} stories at {summary['sources']} sources")
        first = datetime.fromisoformat(summary["first_seen"])
        for member in cluster["members"]:
            told = datetime.fromisoformat(member["published_at"] or member["received_at"])
            lag = "first" if told == first else f"+{(told - first).total_seconds() / 3600:.1f} h"
            print(f"  {lag:>8}  {member['source']:26} {member['title']}")
    if clusters["clusters"]:
        print(f"\nThe widest, to look at: {base}/ui/clusters/{clusters['clusters'][0]['id']}")


def post_all(ask: Ask, base: str) -> None:
    """Post the examples and report."""
    for name, story in moved(list(submissions()), datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)):
        describe(name, *ask("POST", "/v1/stories", story))
    report(ask, base)


def asking(base: str, key: str) -> Ask:
    """Requests to the server at an address."""
    if urlsplit(base).scheme not in {"http", "https"}:
        raise SystemExit(f"URL={base}: give an address as in URL=http://localhost:8080")

    def ask(method: str, path: str, body: object) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        content = None if body is None else json.dumps(body).encode()
        try:
            with urlopen(Request(base + path, content, headers, method=method), timeout=60) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except HTTPError as error:
            return error.code, json.load(error)
        except URLError as error:
            raise SystemExit(f"nothing answers at {base}: {error.reason}; start one with make run") from None

    return ask


def main() -> None:
    """Run the demo; an address as the only argument names a server that is running."""
    if base := "".join(sys.argv[1:2]).rstrip("/"):
        post_all(asking(base, os.environ.get("KEY", "")), base)
        return
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        base = f"http://localhost:{server.port}"
        post_all(server.ask, base)
        print("It stays there until Ctrl-C.", flush=True)
        with suppress(KeyboardInterrupt):
            signal.pause()
        server.stop()


if __name__ == "__main__":
    main()
