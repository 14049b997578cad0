"""Screens for people who read the answers: pages made on the server, that need no script."""
