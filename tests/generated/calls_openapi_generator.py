"""Nine calls through the client of openapi-generator; prints each that worked. Run with the address of a service."""

from __future__ import annotations

import json
import sys
from typing import Any

import generated_openapi_generator as generated
from generated_openapi_generator import CleanIn, CompareIn, MatchIn, Side, StoryIn

TEXT = "The ferry line reopened on Monday after four months of repairs to its pier, and all crossings run again."
client: Any = generated.ApiClient(generated.Configuration(host=sys.argv[1]))
stories, analysis = generated.StoriesApi(client), generated.AnalysisApi(client)
reports, exports = generated.ReportsApi(client), generated.ExportsApi(client)

assert stories.submit_story(StoryIn(id="a", source="harbour-post.example", text=TEXT)).story.id == "a"
print("submit")
answers = stories.submit_batch([StoryIn(id="b", source="island-news.example", text=TEXT)])
assert answers[0].matches[0].story_id == "a"
print("batch")
assert analysis.match(MatchIn(text=TEXT)).matches
print("match")
assert analysis.clean(CleanIn(text=f"{TEXT}\n\nShare Facebook Twitter")).text.strip() == TEXT
print("clean")
assert analysis.compare(CompareIn(a=Side(story_id="a"), b=Side(text=TEXT))).relation == "exact"
print("compare")
assert {each.story.id for each in stories.list_stories(source="harbour-post.example").stories} == {"a"}
print("list")
assert stories.read_matches("a").matches[0].story_id == "b"
print("matches")
assert reports.list_clusters(min_sources=2).clusters[0].canonical_id == "a"
print("clusters")
exported = exports.export_assignments().splitlines()
assert [json.loads(line)["canonical_id"] for line in exported] == ["a", "a"]
print("export")
