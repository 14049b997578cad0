"""Cuts boilerplate and embed clutter from a story and keeps a record of every cut."""
