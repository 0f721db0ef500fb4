"""The OpenAPI document made whole in one place: what every operation has in common is read off its route, so that no feature can forget it."""

from collections.abc import Iterator
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from gongchuang import rights
from gongchuang.accounts.sessions import COOKIE
from gongchuang.api import PREFIX, Problem

PROBLEMS = {
    400: "Malformed request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    409: "Changed meanwhile",
    413: "Too large",
    415: "Not application/json",
    422: "Refused, with the reason",
    429: "Too many requests",
    503: "A part is down: try again",
}
CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
METHODS = ("get", "post", "put", "patch", "delete")
KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "A random value, the same when the request is repeated: the repeat gets the first answer.",
    "schema": {"type": "string", "minLength": 8, "maxLength": 80, "pattern": "^[!-~]+$"},
}
CONVERTERS: dict[str, dict[str, Any]] = {"UUIDConverter": {"type": "string", "format": "uuid"}, "IntegerConverter": {"type": "integer", "minimum": 0}}


def _operations(app: Flask, spec: dict[str, Any]) -> Iterator[tuple[Rule, str, dict[str, Any]]]:
    """Yield every documented operation with its route."""
    for rule in app.url_map.iter_rules():
        path = "".join(f"{{{part}}}" if dynamic else part for dynamic, part in rule._trace if part != "|")
        for method in METHODS:
            if method.upper() in (rule.methods or ()) and method in (item := spec["paths"].get(path, {})):
                yield rule, method, item[method]


def _common(app: Flask, rule: Rule, method: str, operation: dict[str, Any]) -> None:
    """Add to one operation what its route says."""
    view: Any = app.view_functions[rule.endpoint]
    known: list[dict[str, Any]] = [{"token": []}, {"session": []}]
    operation["security"] = known if rights.at_the_door(str(view.permission)) else [{}, *known]
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            parameter["schema"] = CONVERTERS.get(type(rule._converters[parameter["name"]]).__name__, {"type": "string", "minLength": 1})
    if method in ("post", "delete") and (required := getattr(view, "key_required", None)) is not None:
        operation.setdefault("parameters", []).append({**KEY, "required": required})
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
    answers = operation.setdefault("responses", {})
    supposed = answers.get("200", {}).get("content", {}).get("application/json", {}).get("schema")
    if supposed == {}:  # APIFlask supposes a 200 where a view says nothing of its answer
        del answers["200"]
        answers["204"] = {"description": "Done"}
    for code, sentence in PROBLEMS.items():
        answers[str(code)] = {"description": sentence, "content": CONTENT}


def complete(app: Flask, spec: Any) -> Any:
    """Add to every operation who may call it, the shape of its ids, its key against doubling, and every refusal it may give."""
    components = spec.setdefault("components", {})
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A personal access token."},
        "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
    }
    components.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
    spec["paths"] = {path: item for path, item in spec["paths"].items() if path.startswith(PREFIX)}
    for rule, method, operation in _operations(app, spec):
        _common(app, rule, method, operation)
    return spec
