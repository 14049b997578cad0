"""Measurements, each a command of its own (`python -m bench.twins`); no test depends on a time taken here."""
