"""A client that holds every answer against openapi.yaml: status, content type, headers and body."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from flask import Flask
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from werkzeug.test import TestResponse

CONTRACT = yaml.safe_load((Path(__file__).parents[2] / "openapi.yaml").read_text(encoding="utf-8"))
REGISTRY = Registry().with_resource("urn:contract", Resource(contents=CONTRACT, specification=DRAFT202012))
BODY_FREE = {"HEAD", "OPTIONS"}


@cache
def validator(pointer: str) -> Draft202012Validator:
    """A validator of the schema at a JSON pointer of the contract."""
    return Draft202012Validator({"$ref": f"urn:contract#{pointer}"}, registry=REGISTRY, format_checker=FormatChecker())


def escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")


def template(path: str) -> str | None:
    """The path template that a path belongs to; literal ones first."""
    for candidate in sorted(CONTRACT["paths"], key=lambda name: name.count("{")):
        if re.fullmatch(re.sub(r"\\{[a-z]+\\}", "[^/]+", re.escape(candidate)), path):
            return str(candidate)
    return None


def resolved(node: dict[str, Any], pointer: str) -> tuple[dict[str, Any], str]:
    """Follow a reference within the contract."""
    if "$ref" not in node:
        return node, pointer
    pointer = node["$ref"].removeprefix("#")
    target: Any = CONTRACT
    for part in pointer.strip("/").split("/"):
        target = target[part.replace("~1", "/").replace("~0", "~")]
    return target, pointer


def check(method: str, path: str, response: TestResponse) -> None:
    """Fail unless the contract allows this response."""
    if method in BODY_FREE or path.startswith(("/static/", "/ui/")):
        return
    name = template(path)
    operation = CONTRACT["paths"].get(name, {}).get(method.lower()) if name else None
    if operation is None:
        assert response.status_code in {401, 404, 405}
        assert response.mimetype == "application/problem+json"
        validator("/components/schemas/Problem").validate(response.get_json())
        return
    status = str(response.status_code)
    assert status in operation["responses"], f"{method} {name} answered an undocumented {status}"
    described, pointer = resolved(
        operation["responses"][status], f"/paths/{escaped(str(name))}/{method.lower()}/responses/{status}"
    )
    check_headers(described, response)
    content = described.get("content")
    if content is None:
        assert response.data == b""
        return
    assert response.mimetype in content, f"undocumented content type {response.mimetype}"
    if response.mimetype.endswith("json") and not response.mimetype.endswith("ndjson"):
        validator(f"{pointer}/content/{escaped(response.mimetype)}/schema").validate(json.loads(response.data))
    if response.mimetype == "application/x-ndjson":
        schema = content[response.mimetype]["schema"]["x-line"]
        for line in response.data.splitlines():
            validator(f"/components/schemas/{schema}").validate(json.loads(line))


def check_headers(described: dict[str, Any], response: TestResponse) -> None:
    assert response.headers["X-Request-Id"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    for header, node in described.get("headers", {}).items():
        if resolved(node, "")[0].get("required"):
            assert header in response.headers, f"{header} is missing"


class ContractClient:
    """Flask's test client, with every answer checked."""

    def __init__(self, app: Flask) -> None:
        self._client = app.test_client()

    def raw(self, path: str, *, method: str = "GET", **request: Any) -> TestResponse:
        """An answer that is not checked, for it may be compressed."""
        response = self._client.open(path, method=method, **request)
        assert response.data is not None  # read before it is closed
        response.close()
        return response

    def open(self, path: str, *, method: str = "GET", **request: Any) -> TestResponse:
        response = self.raw(path, method=method, **request)
        check(method, path.partition("?")[0], response)
        return response

    def get(self, path: str, **request: Any) -> TestResponse:
        return self.open(path, **request)

    def post(self, path: str, body: object = None, **request: Any) -> TestResponse:
        """POST a value as JSON, or bytes as they are under the JSON content type unless another is given."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request.setdefault("content_type", "application/json")
        return self.open(path, method="POST", data=data, **request)

    def batch(self, lines: list[object], **request: Any) -> list[dict[str, Any]]:
        """POST a batch; bytes are sent as they are."""
        body = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
        response = self.post("/v1/stories/batch", body, content_type="application/x-ndjson", **request)
        assert response.status_code == 200
        return [json.loads(line) for line in response.data.splitlines()]

    def put(self, path: str, body: object, **request: Any) -> TestResponse:
        return self.open(path, method="PUT", json=body, **request)

    def patch(self, path: str, body: object, **request: Any) -> TestResponse:
        return self.open(
            path, method="PATCH", data=json.dumps(body).encode(), content_type="application/json", **request
        )

    def delete(self, path: str, **request: Any) -> TestResponse:
        return self.open(path, method="DELETE", **request)
