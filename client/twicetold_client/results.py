"""What calls answer with: the service's JSON as it is, with names for what most callers want of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twicetold_client.errors import Problem

Json = Mapping[str, Any]
Story = Mapping[str, Any]
"""What is sent: `id` or `url`, `text` or `html`, and perhaps `source`, `title`, `language`, `published_at`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a story: `outcome` is created, changed or unchanged."""

    outcome: str
    body: Json

    @property
    def story(self) -> Json:
        """The story as it is stored."""
        story: Json = self.body["story"]
        return story

    @property
    def matches(self) -> list[Json]:
        """The stories that tell the same text, strongest first."""
        return list(self.body["matches"])

    @property
    def cluster(self) -> Json | None:
        """Its cluster, if it is in one."""
        cluster: Json | None = self.body["cluster"]
        return cluster


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one of many stories: an answer or a problem. `index` counts from 0, `sent` is the story."""

    index: int
    sent: Story
    answer: Answer | None = None
    problem: Problem | None = None
