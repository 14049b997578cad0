"""What an assistant is offered, over a real service."""

import json

from twicetold_client import mcp

from tests.client.conftest import run_apart
from tests.client.test_client import stories


def call(client, tool, **arguments):
    answer = run_apart(mcp.server(client).call_tool(tool, arguments))
    return json.loads(answer.content[0].text)


def test_an_assistant_finds_reprints_and_reads_their_cluster(client):
    first = stories(1, prefix="mcp")[0]
    client.submit(first)
    cluster = client.submit(first | {"id": "mcp-two", "source": "courier.example"}).cluster
    found = call(client, "find_reprints", text=first["text"])
    assert {match["story_id"] for match in found["matches"]} == {"mcp0", "mcp-two"}
    assert len(call(client, "cluster", cluster_id=cluster["id"])["members"]) == 2


def test_an_assistant_compares_and_cleans_without_storing(client):
    text = stories(1, prefix="mcp-clean")[0]["text"]
    assert call(client, "compare", a=text, b=text)["relation"] == "exact"
    assert call(client, "clean", text=f"{text}\n\nShare Facebook Twitter E-Mail Print")["text"] == text


def test_only_questions_are_offered(client):
    tools = run_apart(mcp.server(client).list_tools())
    assert {tool.name for tool in tools} == {"find_reprints", "compare", "clean", "cluster"}
    assert all(tool.description for tool in tools)
