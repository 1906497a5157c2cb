"""The description of the API that ``/openapi.json`` gives: schemas from the very dataclasses that are decoded.

A route is described beside its handler with ``call(...)``; ``describe`` puts schemas, path parameters and the two kinds
of tokens in. Operation ids never change: generated clients name their functions after them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from sync import wire

Schema = dict[str, Any]
ADMIN, STATION = "adminToken", "stationToken"
_TOKENS: Mapping[str, str] = {
    ADMIN: "The token in the hub's file admin-token, for administrators and integrators.",
    STATION: "A station signs its calls with its device key (RFC 9421, Ed25519); one without has the token of "
    "`hub station add`.",
}
_QUERY: Mapping[str, str] = {
    "cursor": "Opaque, from the reply before; without it from the beginning.",
    "limit": "Most entries of a reply.",
    "from": "The first place, from 1 on.",
}
JSON = "application/json"
_KINDS = "x-kinds"
_METHODS = frozenset({"get", "head", "put", "post", "delete", "patch"})


def call(
    operation_id: str,
    summary: str,
    says: str,
    *,
    reply: type | None = None,
    body: type | str | None = None,
    query: Sequence[Literal["cursor", "limit", "from"]] = (),
    tokens: Sequence[str] = (ADMIN,),
    media: str = JSON,
) -> dict[str, Any]:
    """What a route's decorator is given.

    Args:
        operation_id: its name for ever.
        summary: one line.
        says: what the successful reply says.
        reply: the dataclass it is; ``None`` for an object described in words, or another medium.
        body: the dataclass of the JSON body, or the media type of another body.
        query: parameters.
        tokens: which tokens open it, each alone; none for everybody.
        media: type of the reply.
    """
    schema: Schema = _reference(reply) if reply else {"type": "object" if media == JSON else "string"}
    problem = {"description": "A refusal, with a code.", "content": {JSON: {"schema": _reference(wire.Problem)}}}
    extra: Schema = {
        _KINDS: [kind for kind in (reply, body, wire.Problem) if isinstance(kind, type)],
        "responses": {"200": {"description": says, "content": {media: {"schema": schema}}}, "default": problem},
        "security": [{token: []} for token in tokens],
        "parameters": [
            {"name": name, "in": "query", "required": False, "description": _QUERY[name], "schema": {"type": "string"}}
            for name in query
        ],
    }
    if isinstance(body, type):
        extra["requestBody"] = {"required": True, "content": {JSON: {"schema": _reference(body)}}}
    elif body:
        extra["requestBody"] = {"required": True, "content": {body: {"schema": {"type": "string"}}}}
    return {"operation_id": operation_id, "summary": summary, "openapi_extra": extra}


def describe(app: FastAPI) -> None:
    """Let the application's ``openapi()`` give the whole description; made once, when it is first asked for."""
    made = app.openapi
    kinds = {
        kind.__name__: kind
        for route in app.routes
        if isinstance(route, APIRoute)
        for kind in (route.openapi_extra or {}).pop(_KINDS, ())
    }

    def openapi() -> Schema:
        if app.openapi_schema is None:
            _complete(made(), list(kinds.values()))
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]


def _reference(kind: type) -> Schema:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def _complete(document: Schema, kinds: Sequence[type]) -> None:
    for path, operation in _operations(document):
        named = re.findall(r"{(\w+)}", path)
        parameters: list[Schema] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in named
        ]
        operation["parameters"] = parameters + operation.get("parameters", [])
    components = document.setdefault("components", {})
    components["schemas"] = _schemas(kinds)
    components["securitySchemes"] = {
        name: {"type": "http", "scheme": "bearer", "description": words} for name, words in _TOKENS.items()
    }


def _operations(document: Schema) -> Iterator[tuple[str, Schema]]:
    for path, methods in document.get("paths", {}).items():
        for method, operation in methods.items():
            if method in _METHODS:
                yield path, operation


def _schemas(kinds: Sequence[type]) -> Schema:
    adapters: list[Any] = [(kind, "validation", TypeAdapter(kind)) for kind in kinds]
    _, definitions = TypeAdapter.json_schemas(adapters, ref_template="#/components/schemas/{model}")
    return dict(definitions.get("$defs", {}))
