"""Clients that generators make of openapi.yaml, called against a running service: `make test-clients`."""
