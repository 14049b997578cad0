"""Twicetold: finds the news stories that are told twice, and shows the words that prove it."""
