"""The OpenAPI document, put together from what validates requests and describes answers."""

from functools import cache
from typing import Any

import orjson
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from app import cids
from app.openapi import files, problems
from app.openapi.examples import BODIES, answer_example, path_example
from app.openapi.operations import Operation, operations

REF = "#/components/schemas/{model}"
ABOUT = """What a person can do in Orderline, a program can do here, under the same rules.

Money is `{"amount": minor units, "currency"}`, verbs take the bare integer; times are RFC 3339 in UTC.
Refusals are problem details (RFC 9457) with a stable `code`. Unknown fields and query parameters are refused.
Send an `Idempotency-Key` of your own (a UUID) with what changes something: repeated, it answers the same and
does nothing again. What happens while you look is told at `/live`, in the same shapes.
"""
WHOLE = {"type": "integer", "minimum": 1, "maximum": 999_999_999}
PATH = {
    "number": {"type": "string", "pattern": "^[1-9][0-9]{3,9}$"},
    "label": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 60},
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Your own id of this request. A success is remembered: repeating it answers the same.",
    "schema": {"type": "string", "pattern": cids.PATTERN},
    "example": "0b6f3c0e-6a1d-4a5e-9d62-5b0a3a1c8f11",
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "Only if the order is as it was with this `ETag`, else 412; or `*`.",
    "schema": {"type": "string"},
}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "304, without a body, if the order is as it was with this `ETag`.",
    "schema": {"type": "string"},
}
ETAG = {
    "description": "Of the order shown: changes whenever anything does that you see of it, `unread` too.",
    "schema": {"type": "string", "pattern": '^"[0-9a-f]{32}"$'},
}
TAGGED = {"ETag": {"$ref": "#/components/headers/ETag"}}


class Plain(GenerateJsonSchema):
    """Without titles that only repeat the names of fields."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


@cache
def as_json() -> bytes:
    """The document as it is answered; made once."""
    return orjson.dumps(document())


def document() -> dict[str, Any]:
    schemas: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    listed = operations()
    for operation in listed:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Orderline", "version": "1", "description": ABOUT, "license": {"name": "MIT"}},
        "servers": [{"url": "/api/v1"}],
        "security": [{"bearer": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(operation.tag for operation in listed)],
        "paths": paths,
        "components": {
            "schemas": schemas | problems.schemas(),
            "responses": problems.components(),
            "headers": {"ETag": ETAG},
            "parameters": {"Key": KEY, "IfMatch": IF_MATCH, "IfNoneMatch": IF_NONE_MATCH},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    who = "For members." if operation.for_members else ""
    found: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.name,
        "description": "\n\n".join(filter(None, (operation.description, who))),
        "tags": [operation.tag],
        "parameters": [*_path(operation), *_query(operation), *_headers(operation)],
        "responses": _success(operation, schemas) | problems.responses(operation.errors),
    }
    if operation.public:
        found["security"] = []
    if operation.body is not None:
        found["requestBody"] = _body(operation, operation.body, schemas)
    if operation.uploads:
        found["requestBody"] = files.UPLOAD
    return found


def _path(operation: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": PATH.get(name, WHOLE),
            "example": path_example(name),
        }
        for name in operation.path_names
    ]


def _query(operation: Operation) -> list[dict[str, Any]]:
    schema = operation.query.model_json_schema(schema_generator=Plain)
    found = []
    for name, its in schema.get("properties", {}).items():
        parameter = {"name": name, "in": "query", "schema": _without_null(its)}
        found.append(parameter)
    return found


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A query has no null: what may be absent is absent."""
    found = {name: value for name, value in schema.items() if value is not None}
    if "anyOf" in found:
        (one,) = (choice for choice in found.pop("anyOf") if choice != {"type": "null"})
        found |= one
    return found


def _headers(operation: Operation) -> list[dict[str, str]]:
    names = ["Key"] if operation.body is not None else []
    if operation.on_order:
        names.append("IfMatch" if operation.body is not None else "IfNoneMatch")
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _body(operation: Operation, model: type[BaseModel], schemas: dict[str, Any]) -> dict[str, Any]:
    schema = _collected(model, schemas)
    for name in operation.path_names:
        schema.get("properties", {}).pop(name, None)
    required = [name for name in schema.pop("required", ()) if name not in operation.path_names]
    schema.pop("description", None)
    name = "".join(part.title().replace("_", "") for part in operation.name.split("."))
    schemas[f"{name}Data"] = schema | {"title": f"{name}Data"} | ({"required": required} if required else {})
    content: dict[str, Any] = {"schema": {"$ref": REF.format(model=f"{name}Data")}}
    if operation.name in BODIES:
        content["examples"] = {"usual": {"value": BODIES[operation.name]}}
    return {"required": bool(required), "content": {"application/json": content}}


def _success(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    if operation.file is not None:
        return files.answers(operation.file)
    content: dict[str, Any] = {"schema": {"type": "object"}}
    if operation.answer is not None:
        name = operation.answer.__name__
        schemas[name] = _collected(operation.answer, schemas)
        content["schema"] = {"$ref": REF.format(model=name)}
        if example := answer_example(operation.answer):
            content["examples"] = {"usual": {"value": example}}
    done: dict[str, Any] = {"description": "Done.", "content": {"application/json": content}}
    if not operation.on_order:
        return {str(operation.status): done}
    unchanged = {"304": {"description": "As it was.", "headers": TAGGED}}
    return {str(operation.status): done | {"headers": TAGGED}} | (
        unchanged if operation.method == "get" else {}
    )


def _collected(model: type[BaseModel], schemas: dict[str, Any]) -> dict[str, Any]:
    """A model's schema; those that it refers to go to `schemas`."""
    schema = model.model_json_schema(ref_template=REF, schema_generator=Plain)
    for name, its in schema.pop("$defs", {}).items():
        assert schemas.setdefault(name, its) == its, f"two schemas are called {name}"
    return schema
