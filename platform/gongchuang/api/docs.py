"""The API's readable page: the OpenAPI document rendered by us, since APIFlask's own pages need inline scripts that our content policy refuses."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, current_app, render_template

from gongchuang.rights import public
from gongchuang.web.current import Answer

pages = Blueprint("api_docs", __name__)
METHODS = ("get", "post", "put", "patch", "delete")


def _named(schema: dict[str, Any]) -> str:
    """Return a schema as a few words: `OfferOut`, `OfferOut[]`, `string (uuid)`, `integer | null`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if schema.get("type") == "array":
        return f"{_named(schema.get('items', {}))}[]"
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return " | ".join(_named(s) for s in options)
    if values := schema.get("enum"):
        return " | ".join(f'"{v}"' for v in values)
    form = schema.get("format")
    return f"{schema.get('type', 'any')} ({form})" if form else str(schema.get("type", "any"))


def _content(part: dict[str, Any]) -> str:
    for content in (part.get("content") or {}).values():
        return _named(content.get("schema", {}))
    return ""


def operations(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every operation of an OpenAPI document, as the page shows it."""
    for path, item in sorted(spec["paths"].items()):
        for method in METHODS:
            if method in item:
                one = item[method]
                yield {
                    "path": path,
                    "method": method.upper(),
                    "tag": (one.get("tags") or [""])[0],
                    "summary": one.get("summary", ""),
                    "description": one.get("description", ""),
                    "parameters": [{**p, "type": _named(p.get("schema", {}))} for p in one.get("parameters", [])],
                    "body": _content(one.get("requestBody", {})),
                    "answers": [(code, a.get("description", ""), _content(a)) for code, a in sorted(one.get("responses", {}).items())],
                }


def schemas(spec: dict[str, Any]) -> Iterator[tuple[str, list[tuple[str, str, bool, str]]]]:
    """Yield every named schema with its fields: name, type, required, description."""
    for name, schema in sorted(spec.get("components", {}).get("schemas", {}).items()):
        required = set(schema.get("required", ()))
        yield name, [(field, _named(f), field in required, f.get("description", "")) for field, f in schema.get("properties", {}).items()]


@pages.get("/api/docs")
@public
def docs() -> Answer:
    """Show the API to a person."""
    spec: dict[str, Any] = current_app.spec  # type: ignore[attr-defined]
    return render_template("api/docs.html", operations=list(operations(spec)), schemas=list(schemas(spec)))
