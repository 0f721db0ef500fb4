"""Static files: built under names that change with their contents, so browsers keep them; sent in the smallest form a browser accepts."""

import mimetypes

from flask import Response, g, make_response, request, send_file
from werkzeug.security import safe_join

from gongchuang import assets
from gongchuang.refusal import NotFound


def send(filename: str) -> Response:
    """Answer a file under /static."""
    found = safe_join(str(assets.STATIC), filename)
    path = assets.STATIC / filename
    if found is None or not path.is_file():
        raise NotFound
    stored, coding = assets.encoded(path, request.headers.get("Accept-Encoding", ""))
    age = 31_536_000 if filename.startswith("vendor/") else 3600
    answer = make_response(send_file(stored, mimetype=mimetypes.guess_type(path.name)[0], conditional=True, max_age=age))
    answer.headers["Vary"] = "Accept-Encoding"
    if coding:
        answer.headers["Content-Encoding"] = coding
    return answer


send.permission = "public"  # type: ignore[attr-defined]


def asset(name: str) -> str:
    """Return the address of a static file by its plain name: a built one (`app.css`) by its contents' name, another (`img/…`) as it lies."""
    found: dict[str, str] = g.setdefault("assets", {})  # looked for once a page, where some stand on every card
    if name not in found:
        found[name] = f"/static/{name if (assets.STATIC / name).is_file() else assets.file_of(name)}"
    return found[name]
