"""Learned boilerplate: which blocks a submitted story counts towards."""

from __future__ import annotations

from collections.abc import Mapping

from twicetold.usecases.pipeline import BlockOccurrence, Draft


def occurrences(stories: Mapping[int, Draft]) -> list[BlockOccurrence]:
    """The blocks of new stories, by key."""
    return [
        BlockOccurrence(
            source=draft.story.source,
            block=block.hash,
            text=block.text,
            key=key,
            day=draft.story.received_at.date(),
        )
        for key, draft in stories.items()
        for block in draft.blocks
    ]
