"""docs/recipes.md: what it shows is Python, uses only what the client has, and works where it needs nothing else."""

import ast
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import twicetold_client
from twicetold_client import Client
from twicetold_client.cli import _parser

from tests.client.test_client import stories

RECIPES = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", RECIPES, re.DOTALL)
COMMANDS = re.findall(r"^twicetold-client (.*)$", RECIPES, re.MULTILINE)


def block(part: str) -> str:
    (found,) = (text for text in BLOCKS if part in text)
    return found


@pytest.mark.parametrize("text", BLOCKS)
def test_every_recipe_is_python_that_uses_what_the_client_has(text):
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("twicetold_client"):
            assert all(hasattr(twicetold_client, name.name) for name in node.names)
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func
        if called and isinstance(called.value, ast.Name) and called.value.id == "twicetold":
            assert hasattr(Client, called.attr)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_a_recipe_is_one_that_the_client_takes(command):
    _parser().parse_args(command.split())


def test_the_loop_posts_pages_as_they_came(server, client):
    text = stories(1, prefix="loop")[0]["text"]
    page = SimpleNamespace(
        content=f"<html><body><article><p>{text}</p></article></body></html>".encode(),
        headers={"Content-Type": "text/html; charset=utf-8"},
    )
    import httpx

    def post(url, *, params, data, headers, timeout):
        return httpx.post(url, params=params, content=data, headers=headers, timeout=timeout)

    fake = SimpleNamespace(get=lambda url, timeout: page, post=post)
    code = block("import requests").replace("import requests", "").replace(":8080", f":{server.port}")
    exec(code, {"requests": fake, "urls": ["https://loop.example/1"]})
    assert [found["story"]["url"] for found in client.stories(source="loop.example")] == ["https://loop.example/1"]


def test_the_batch_submits_pages(server, client, capsys):
    text = stories(1, prefix="batch")[0]["text"]
    page = f"<html><body><article><p>{text}</p></article></body></html>"
    pages = [("https://batch.example/1", page), ("nowhere", "")]
    exec(block("for url, html in pages").replace(":8080", f":{server.port}"), {"pages": pages})
    assert [found["story"]["url"] for found in client.stories(source="batch.example")] == ["https://batch.example/1"]
    assert "nowhere" in capsys.readouterr().out
