"""Posts the examples of this folder to a fresh server and prints what a person would want to know (`make demo`)."""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.server import Server

EXAMPLES = Path(__file__).parent


def submission(path: Path) -> dict[str, Any]:
    """A story to post: the JSON file as it is, or a page under the address that it gives itself."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        return dict(json.loads(text))
    link = re.search(r'rel="canonical" href="([^"]+)"', text)
    if link is None:
        raise SystemExit(f"{path.name} names no canonical address")
    return {"url": link[1], "source": urlsplit(link[1]).netloc.removeprefix("www."), "html": text}


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


def report(server: Server) -> None:
    """Print the cross-source report: each cluster with its stories, first told first."""
    _, clusters = server.ask("GET", "/v1/clusters?min_sources=2&sort=size")
    print("\n\nStories told at several sources\n===============================")
    for summary in clusters["clusters"]:
        _, cluster = server.ask("GET", f"/v1/clusters/{summary['id']}")
        print(f"\n“{summary['title']}”: {summary['size']} stories at {summary['sources']} sources")
        first = datetime.fromisoformat(summary["first_seen"])
        for member in cluster["members"]:
            told = datetime.fromisoformat(member["published_at"] or member["received_at"])
            lag = "first" if told == first else f"+{(told - first).total_seconds() / 3600:.1f} h"
            print(f"  {lag:>8}  {member['source']:26} {member['title']}")


def main() -> None:
    """Run the demo."""
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        for path in sorted(EXAMPLES.glob("[0-9]-*")):
            describe(path.name, *server.ask("POST", "/v1/stories", submission(path)))
        report(server)
        server.stop()


if __name__ == "__main__":
    main()
