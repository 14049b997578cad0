"""What all tests share."""

from hypothesis import settings

settings.register_profile("any machine", deadline=None)  # a slow machine must not fail a test
settings.register_profile("quick", deadline=None, max_examples=10)  # for `make test-fast`
settings.load_profile("any machine")


def pytest_addoption(parser):
    parser.addoption("--citus", action="store_true", help="run the tests of PostgreSQL over Citus, which must be there")
