"""What all tests share."""

from hypothesis import settings

settings.register_profile("any machine", deadline=None)  # a slow machine must not fail a test
settings.load_profile("any machine")
