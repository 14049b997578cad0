"""Decides what one story is to another, and which stories belong together."""
