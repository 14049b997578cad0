"""Nine calls through the client of openapi-python-client; prints each that worked. Takes the address of a service."""

from __future__ import annotations

import json
import sys
from typing import Any

from generated_openapi_python_client import Client
from generated_openapi_python_client.api.analysis import clean, compare, match
from generated_openapi_python_client.api.exports import export_assignments
from generated_openapi_python_client.api.reports import list_clusters
from generated_openapi_python_client.api.stories import list_stories, read_matches, submit_batch, submit_story
from generated_openapi_python_client.models import CleanIn, CompareIn, MatchIn, Side, StoryIn

TEXT = "The ferry line reopened on Monday after four months of repairs to its pier, and all crossings run again."
client: Any = Client(base_url=sys.argv[1])

submitted = submit_story.sync(client=client, body=StoryIn(id="a", source="harbour-post.example", text=TEXT))
assert submitted.story.id == "a"
print("submit")
answers = submit_batch.sync(client=client, body=[StoryIn(id="b", source="island-news.example", text=TEXT)])
assert answers[0].matches[0].story_id == "a"
print("batch")
assert match.sync(client=client, body=MatchIn(text=TEXT)).matches
print("match")
assert clean.sync(client=client, body=CleanIn(text=f"{TEXT}\n\nShare Facebook Twitter")).text.strip() == TEXT
print("clean")
assert compare.sync(client=client, body=CompareIn(a=Side(story_id="a"), b=Side(text=TEXT))).relation == "exact"
print("compare")
assert {each.story.id for each in list_stories.sync(client=client, source="harbour-post.example").stories} == {"a"}
print("list")
assert read_matches.sync("a", client=client).matches[0].story_id == "b"
print("matches")
assert list_clusters.sync(client=client, min_sources=2).clusters[0].canonical_id == "a"
print("clusters")
exported = export_assignments.sync_detailed(client=client).content.splitlines()
assert [json.loads(line)["canonical_id"] for line in exported] == ["a", "a"]
print("export")
