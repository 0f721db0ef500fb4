"""Every no in one place: a refusal, an HTTP error or a crash becomes a form with its message, a page that says what to do, or a problem+json (RFC 9457)."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from apiflask.exceptions import HTTPError
from flask import Flask, Response, current_app, flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_limiter.errors import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, InternalError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from gongchuang.api.words import said
from gongchuang.database import conflict, unit
from gongchuang.refusal import NotFound, Refusal, Unavailable
from gongchuang.web.forms import words_of
from gongchuang.web.safety import safe_path

log = structlog.get_logger(__name__)
PLACE = re.compile(r"_(\d+)_")
"""A form's field `parts_0_quantity` is `parts.0.quantity` in a body, as the schema's own check calls it."""
PAGES = frozenset({400, 401, 403, 404, 409, 413, 422, 429, 500, 503})

SENTENCES = {
    400: "请求格式不正确，请检查后重新提交",
    401: "请先登录",
    403: "没有权限进行这项操作",
    404: "没有找到这个页面或内容",
    405: "这个地址不支持这种请求方式",
    409: "与现在的状态不符，请查看最新内容后再操作",
    413: "内容太大，请减小后重新提交",
    415: "不支持这种内容类型，请使用 application/json",
    422: "填写的内容有误，请按提示修改",
    429: "操作太频繁，请稍候再试",
    500: "系统出了点问题，已记录并会尽快处理，请稍后再试",
    503: "服务暂时繁忙，请稍后再试，已填写的内容不会丢失",
}


def wants_api() -> bool:
    return request.path.startswith("/api/")


def problem(status: int, code: str, detail: str, *, errors: list[dict[str, Any]] | None = None, remedy: str | None = None) -> Response:
    """Return a problem+json answer."""
    title = gettext(SENTENCES.get(status, SENTENCES[400]))
    body: dict[str, Any] = {"type": f"/api/problems/{code}", "title": title, "status": status, "code": code, "detail": detail}
    if errors:
        body["errors"] = errors
    if remedy:
        body["remedy"] = remedy
    answer = jsonify(body)
    answer.status_code = status
    answer.mimetype = "application/problem+json"
    if status in (429, 503):
        answer.headers["Retry-After"] = "5"
    return answer


def _error_page(status: int, detail: str, remedy: str | None = None) -> tuple[str, int]:
    known = status if status in PAGES else (500 if status >= 500 else 400)
    return render_template(f"errors/{known if known not in (400, 401) else 422}.html", detail=detail, remedy=remedy, status=status), status


def refused(refusal: Refusal) -> Any:
    """Answer a refusal in the form its asker understands."""
    if wants_api():
        all_of_it = [refusal, *refusal.others]
        errors = [{"field": PLACE.sub(r".\1.", r.field), "code": r.code, "message": words_of(r)} for r in all_of_it if r.field]
        return problem(refusal.status, refusal.code, words_of(refusal), errors=errors, remedy=refusal.remedy)
    if refusal.status == 401:
        back = request.full_path if request.method == "GET" else safe_path(request.referrer)
        return redirect(url_for("accounts.sign_in", next=back), 303)
    if refusal.code == "auth.stale" and refusal.remedy:
        return redirect(f"{refusal.remedy}?next={safe_path(request.referrer) if request.method != 'GET' else request.path}", 303)
    if request.method == "POST" and refusal.status in (409, 422) and request.endpoint:
        return _again(refusal)
    return _error_page(refusal.status, words_of(refusal), refusal.remedy)


def _again(refusal: Refusal) -> Any:
    """Show the form the refusal belongs to with everything typed kept; a bare button's refusal goes back to where it was pressed."""
    if "form" in g and "refused" not in g:
        g.refused = refusal
        view: Callable[..., Any] = current_app.view_functions[request.endpoint or ""]
        with suppress(Refusal, InternalError):
            answer = current_app.make_response(view(**(request.view_args or {})))
            if answer.location is None:
                return answer, refusal.status
        unit.abandon()  # the view shows no form: it tried its change again, which this transaction forbids
    flash(words_of(refusal), "danger")
    return redirect(safe_path(request.referrer) or "/", 303)


def _validation(error: HTTPError) -> Any:
    """APIFlask's validation errors, one for each field."""
    detail = error.detail if isinstance(error.detail, dict) else {}
    errors = []
    for location, fields in detail.items():
        for field, messages in fields.items() if isinstance(fields, dict) else [(location, fields)]:
            errors += [{"field": field, "code": "invalid", "message": said(str(m), gettext)} for m in (messages if isinstance(messages, list) else [messages])]
    return problem(error.status_code, "invalid", gettext(SENTENCES.get(error.status_code, SENTENCES[422])), errors=errors)


def _http(error: HTTPException) -> Any:
    status = error.code or 500
    if status in (301, 302, 303, 307, 308):
        return error
    detail = gettext(SENTENCES.get(status, SENTENCES[400 if status < 500 else 500]))
    if wants_api():
        answer = problem(status, {404: "not_found", 405: "method_not_allowed"}.get(status, f"http_{status}"), detail)
        if status == 405 and hasattr(error, "valid_methods") and error.valid_methods:
            answer.headers["Allow"] = ", ".join(error.valid_methods)
        return answer
    return _error_page(status, detail)


def _csrf(error: CSRFError) -> Any:
    return refused(Refusal("csrf", "页面已过期，请重新提交一次", status=422))


def _limited(error: RateLimitExceeded) -> Any:
    return refused(Refusal("too_many", SENTENCES[429], status=429))


def _database(error: DBAPIError) -> Any:
    if isinstance(error, DataError):
        log.warning("value the database refuses", error=type(error.orig).__name__)
        return refused(Refusal("value.refused", "有数值超出了允许的范围，请检查后重新提交"))
    if isinstance(error, OperationalError) or error.connection_invalidated:
        log.error("database unavailable", error=type(error.orig).__name__)
        return _unavailable()
    return _crash(error)


def _part_unavailable(error: Unavailable) -> Any:
    log.error("part unavailable", error=type(error).__name__, reason=str(error))
    return _unavailable()


def _statement(error: StatementError) -> Any:
    """A column's type refused a value (text with control characters) while a statement was being made: that is the refusal."""
    return refused(error.orig) if isinstance(error.orig, Refusal) else _crash(error)


def _unavailable() -> Any:
    detail = gettext(SENTENCES[503])
    if wants_api():
        return problem(503, "unavailable", detail)
    return Response(render_template("errors/503.html", detail=detail, remedy=None, status=503), 503, {"Retry-After": "5"})


def _crash(error: Exception) -> Any:
    log.exception("request failed", path=request.path)
    detail = gettext(SENTENCES[500])
    if wants_api():
        return problem(500, "internal", detail)
    return _error_page(500, detail)


def register(app: Flask) -> None:
    """Put every handler in place."""
    app.register_error_handler(Refusal, refused)
    app.register_error_handler(NotFound, refused)
    app.register_error_handler(StaleDataError, lambda _: refused(conflict()))
    app.register_error_handler(HTTPError, _validation)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(RateLimitExceeded, _limited)
    app.register_error_handler(Unavailable, _part_unavailable)
    app.register_error_handler(PoolTimeout, lambda _: _unavailable())
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(StatementError, _statement)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _crash)
