"""A client of Twicetold, the service that finds news stories told twice."""

from twicetold_client.async_client import AsyncClient
from twicetold_client.client import Client
from twicetold_client.errors import Problem, ServiceError, Unreachable
from twicetold_client.results import Answer, Line

__all__ = ["Answer", "AsyncClient", "Client", "Line", "Problem", "ServiceError", "Unreachable"]
