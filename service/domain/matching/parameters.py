"""Tuned constants of fingerprints and relations, each with how it was measured."""
