"""The document and the routes agree, both ways, and its examples fit."""

import re
from typing import Any

import httpx2
import jsonschema_rs
import pytest
from starlette.routing import Route

from app import api_mount
from app.api_mount import OnPath
from app.errors import STATUS
from app.openapi.document import as_json, document
from app.openapi.examples import BODIES
from app.verbs import VERBS
from tests.cast import BOB
from tests.rules.conftest import Door
from tests.rules.house import House

DOCUMENT = document()
OPERATIONS = {
    (method.upper(), path): operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """What a reference of the document leads to."""
    while "$ref" in part:
        found: Any = DOCUMENT
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part


def checker(schema: dict[str, Any]) -> Any:
    """A validator of one of the document's schemas."""
    return jsonschema_rs.validator_for(schema | {"components": DOCUMENT["components"]}, validate_formats=True)


def routed() -> set[tuple[str, str]]:
    found = set()
    for route in api_mount.mount().routes:
        if isinstance(route, Route):
            assert isinstance(route.app, OnPath)
            found |= {(method, route.path) for method in route.app.handlers if method != "HEAD"}
    return found


def test_what_answers_is_documented_and_what_is_documented_answers() -> None:
    assert routed() == set(OPERATIONS)


def test_every_verb_is_an_operation_of_its_own_name() -> None:
    names = {operation["summary"] for operation in OPERATIONS.values()}
    assert set(VERBS) <= names
    assert len({operation["operationId"] for operation in OPERATIONS.values()}) == len(OPERATIONS)


@pytest.mark.parametrize("key", OPERATIONS, ids=" ".join)
def test_every_operation_is_described(key: tuple[str, str]) -> None:
    operation = OPERATIONS[key]
    assert operation["description"]
    in_path = [each["name"] for each in map(resolved, operation["parameters"]) if each["in"] == "path"]
    assert in_path == re.findall(r"{(\w+)}", key[1])
    for status, response in operation["responses"].items():
        assert resolved(response)["description"], status


def test_every_code_is_documented_with_its_status() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    said = {
        (code, status)
        for status in set(STATUS.values())
        for code in schemas[f"Problem{status}"]["properties"]["code"]["enum"]
    }
    assert said == set(STATUS.items())


@pytest.mark.parametrize("key", OPERATIONS, ids=" ".join)
def test_the_examples_fit_their_schemas(key: tuple[str, str]) -> None:
    operation = OPERATIONS[key]
    shown = [operation.get("requestBody"), *map(resolved, operation["responses"].values())]
    for content in (part.get("content", {}) for part in shown if part):
        for kind in content.values():
            for example in kind.get("examples", {}).values():
                checker(kind["schema"]).validate(example["value"])


def test_every_verb_has_an_example() -> None:
    assert set(VERBS) <= set(BODIES)


def test_it_is_a_valid_document_of_openapi_3_1() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    for schema in DOCUMENT["components"]["schemas"].values():
        checker(schema)


async def test_anybody_may_read_it(house: House, door: Door) -> None:
    answer: httpx2.Response = await door().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.content == as_json()
    assert (await door(BOB, house).get("/api/v1/openapi.json?x=1")).status_code == 200
