"""The SQLite index of fingerprint keys: which stories share a key."""
