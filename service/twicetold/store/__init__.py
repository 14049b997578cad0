"""Durable stores: SQL lives here and nowhere else. `open.open_store` is the door."""
