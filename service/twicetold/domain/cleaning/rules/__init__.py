"""Rules that need more than words: share bars, link lists, headings, neighbours."""
