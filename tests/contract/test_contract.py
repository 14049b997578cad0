"""The contract itself: valid, complete, and true in its examples."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import validate
from twicetold.domain.extraction.page import DEEPEST
from twicetold.domain.extraction.prescan import PageLimits
from twicetold.web.api.mending import LONGEST_SOURCE
from twicetold.web.api.parsing import LONGEST_PAGE, PAGE
from twicetold.web.api.submissions import LONGEST_METADATA, LONGEST_TEXT, LONGEST_TITLE, LONGEST_URL, TextFields
from twicetold.web.problems import INTERNAL, METHOD_NOT_ALLOWED, PROBLEM_TYPES, TYPE_PREFIX

from tests.web.contract import CONTRACT, ContractClient, escaped, resolved, validator

METHODS = ("get", "post", "put", "patch", "delete")
OPERATIONS = [(path, method) for path, item in CONTRACT["paths"].items() for method in METHODS if method in item]
TYPES_TOLD = [*PROBLEM_TYPES.values(), METHOD_NOT_ALLOWED, INTERNAL]


def test_the_contract_is_valid_openapi() -> None:
    validate(CONTRACT)
    assert CONTRACT["openapi"].startswith("3.1")


def test_the_contract_describes_every_route_and_no_other(app: Flask) -> None:
    names = {"<story:story_id>": "{id}", "<story:a>": "{a}", "<story:b>": "{b}", "<cluster_id>": "{id}",
             "<block_id>": "{id}", "<source>": "{source}", "<version>": "{version}"}  # fmt: skip
    routed = {
        (re.sub("<[^>]+>", lambda part: names[part[0]], rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "documentation.asset" and (rule.rule == "/" or not rule.endpoint.startswith("ui."))
        for method in rule.methods or ()
        if method.lower() in METHODS
    }
    assert routed == set(OPERATIONS)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_call_is_described_and_has_all_common_answers(path: str, method: str) -> None:
    operation = CONTRACT["paths"][path][method]
    assert operation["summary"]
    assert operation["description"]
    assert operation["operationId"]
    expected = {"500"} if operation.get("security") == [] else {"401", "500", "503"}
    if "requestBody" in operation:
        expected |= {"400", "408", "413", "415", "422", "429"}
    assert expected <= set(operation["responses"])


def examples() -> Iterator[tuple[str, object]]:
    """Every JSON example with the pointer of its schema."""
    for path, method in OPERATIONS:
        content = CONTRACT["paths"][path][method].get("requestBody", {}).get("content", {})
        body = content.get("application/json", {})
        pointer = f"/paths/{escaped(path)}/{method}/requestBody/content/application~1json/schema"
        for named in body.get("examples", {}).values():
            yield pointer, named["value"]
        if "example" in body:
            yield pointer, body["example"]
        for status, response in CONTRACT["paths"][path][method]["responses"].items():
            media = response.get("content", {}).get("application/json", {})
            pointer = f"/paths/{escaped(path)}/{method}/responses/{status}/content/application~1json/schema"
            for named in media.get("examples", {}).values():
                yield pointer, resolved(named, "")[0]["value"]
    for name, response in CONTRACT["components"]["responses"].items():
        for media in response.get("content", {}).values():
            pointer = f"/components/responses/{name}/content/application~1problem+json/schema"
            yield pointer, media["example"]


@pytest.mark.parametrize(("pointer", "example"), list(examples()))
def test_every_example_keeps_its_schema(pointer: str, example: object) -> None:
    validator(pointer).validate(example)


def test_the_requests_that_are_given_as_examples_work(client: ContractClient) -> None:
    statuses = []
    for path, method in OPERATIONS:
        content = CONTRACT["paths"][path][method].get("requestBody", {}).get("content", {})
        body = content.get("application/json", {})
        given = [named["value"] for named in body.get("examples", {}).values()]
        given += [body["example"]] if "example" in body else []
        if "{" in path:
            continue  # what it is about has to be there first
        statuses += [client.post(path, value).status_code for value in given]
    assert statuses
    assert set(statuses) <= {200, 201}


def test_the_example_of_a_batch_is_answered_as_it_says(client: ContractClient) -> None:
    content = CONTRACT["paths"]["/v1/stories/batch"]["post"]["requestBody"]["content"]
    lines = content["application/x-ndjson"]["examples"]["two"]["value"].splitlines()
    assert [answer["status"] for answer in client.batch([json.loads(line) for line in lines])] == [201, 422]


def test_the_problems_of_the_code_are_those_of_the_contract() -> None:
    told = CONTRACT["components"]["schemas"]["Problem"]["properties"]["type"]["enum"]
    assert sorted(told) == sorted(TYPE_PREFIX + kind.name for kind in TYPES_TOLD)


@pytest.mark.parametrize("kind", TYPES_TOLD, ids=lambda kind: kind.name)
def test_every_problem_is_explained_with_its_status(kind: Any) -> None:
    assert f"| `{TYPE_PREFIX}{kind.name}` | {kind.status} |" in CONTRACT["info"]["description"]


def test_the_bounds_of_the_code_are_those_of_the_contract() -> None:
    fields = CONTRACT["components"]["schemas"]["StoryIn"]["properties"]
    limit, _ = resolved({"$ref": "#/components/parameters/Limit"}, "")
    assert CONTRACT["components"]["schemas"]["PageUrl"]["maxLength"] == LONGEST_URL
    assert f"{LONGEST_TITLE} characters" in fields["title"]["description"]
    assert f"{LONGEST_SOURCE} characters" in fields["source"]["description"]
    assert fields["text"]["maxLength"] == LONGEST_TEXT
    assert f"{LONGEST_METADATA} bytes" in fields["metadata"]["description"]
    page = PageLimits()
    for bound in (page.size, page.tags, page.attributes, DEEPEST):
        assert f"{bound:,} " in fields["html"]["description"]
    assert (limit["schema"]["default"], limit["schema"]["maximum"]) == (PAGE, LONGEST_PAGE)


def test_what_may_be_left_out_has_no_example() -> None:
    """Pages to try a call out fill in examples: a filter, a preference or a request id that nobody asked for."""
    shared = CONTRACT["components"]["parameters"].values()
    own = [each for path, method in OPERATIONS for each in CONTRACT["paths"][path][method].get("parameters", [])]
    assert [each["name"] for each in [*shared, *own] if "example" in each and not each.get("required")] == []


def test_links_lead_to_calls_that_there_are() -> None:
    calls = {CONTRACT["paths"][path][method]["operationId"]: (path, method) for path, method in OPERATIONS}
    answers = [
        answer for path, method in OPERATIONS for answer in CONTRACT["paths"][path][method]["responses"].values()
    ]
    links = [link for answer in answers for link in answer.get("links", {}).values()]
    assert links
    for link in links:
        path, _ = calls[link["operationId"]]
        assert all(f"{{{name}}}" in path for name in link["parameters"])


REQUESTS = {"StoryIn", "MatchIn", "TextIn", "CleanIn", "Side", "Correction"}


@pytest.mark.parametrize("name", sorted(REQUESTS))
def test_requests_are_flat_objects_that_name_all_their_fields(name: str) -> None:
    """Of `anyOf`, `oneOf` and `allOf` generators of clients make no fields, or none at all."""
    schema = CONTRACT["components"]["schemas"][name]
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert not {"anyOf", "oneOf", "allOf"} & set(schema)


def test_the_fields_of_a_story_are_the_same_in_every_request() -> None:
    schemas = CONTRACT["components"]["schemas"]
    fields = schemas["StoryIn"]["properties"]
    assert schemas["MatchIn"]["properties"] == fields
    for name in ("TextIn", "CleanIn", "Side"):
        shared = {field: told for field, told in schemas[name]["properties"].items() if field in fields}
        assert shared.items() <= fields.items()
        assert len(shared) == len(TextFields.__struct_fields__)


def test_times_have_no_pattern() -> None:
    """Generators read them as times, and then fail to match these as texts."""

    def times(node: object) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            if node.get("format") == "date-time":
                yield node
            for value in node.values():
                yield from times(value)
        elif isinstance(node, list):
            for value in node:
                yield from times(value)

    found = list(times(CONTRACT))
    assert len(found) > 5
    assert not [one for one in found if "pattern" in one]
