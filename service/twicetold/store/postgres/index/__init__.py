"""The PostgreSQL index of fingerprint keys: which stories share a key."""
