"""The request's life: who acts → the view → the one commit → effects.

A GET runs in a read-only transaction; a refusal or an error rolls back before its answer is made; a deadlock is tried again.
"""

from typing import Any

import structlog
from apiflask import APIFlask
from flask import Response, g, request
from psycopg.errors import DeadlockDetected, SerializationFailure
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gongchuang.accounts.identify import Identified, by_cookie, by_token
from gongchuang.accounts.sessions import COOKIE, touch
from gongchuang.actor import NOBODY
from gongchuang.database import Scope, afterwards, db, enter, unit

log = structlog.get_logger(__name__)

TRIES = 3
READING = frozenset({"GET", "HEAD", "OPTIONS"})
WITHOUT_DATABASE = frozenset({"static", "healthz", None})


def is_retryable(error: BaseException) -> bool:
    return isinstance(error, OperationalError) and isinstance(error.orig, DeadlockDetected | SerializationFailure)


class Application(APIFlask):
    """Flask with one commit site. Everything else about it is Flask's and APIFlask's own."""

    def dispatch_request(self) -> Any:
        """Run the view; a deadlock's victim runs again, for it has changed nothing."""
        for attempt in range(1, TRIES + 1):
            try:
                return super().dispatch_request()
            except OperationalError as error:
                if attempt == TRIES or not is_retryable(error):
                    raise
                unit.abandon()
                g.pop("now", None)
        raise AssertionError("unreachable")

    def handle_user_exception(self, error: Exception) -> Any:
        self._abandon()
        return super().handle_user_exception(error)

    def handle_exception(self, error: Exception) -> Response:
        self._abandon()
        try:
            if isinstance(error, DBAPIError | PoolTimeout):  # raised by the commit, which no view could answer for
                return self.finalize_request(self.handle_user_exception(error), from_error_handler=True)
            return super().handle_exception(error)
        except Exception:
            log.exception("the error page failed too", path=request.path)
            answer = Response("系统出了点问题，请稍后再试 / Something went wrong, please try again later\n", 500, content_type="text/plain; charset=utf-8")
            self.extensions["protect"](answer)
            return answer

    def _abandon(self) -> None:
        if request.endpoint not in WITHOUT_DATABASE or request.endpoint is None:
            unit.abandon()
            g.pop("now", None)
            db.session.info["scope"] = Scope.of(g.get("actor", NOBODY), read_only=True)

    def process_response(self, response: Response) -> Response:
        """Let Flask finish (and save its session), then commit. The short writes that follow see a fresh, writing transaction."""
        response = super().process_response(response)
        if response.status_code == 200 and "status" in g:
            response.status_code = g.status  # a form shown again with its errors
        if request.endpoint not in WITHOUT_DATABASE:
            if response.status_code >= 500:
                unit.abandon()
            db.session.info["scope"] = Scope.of(g.get("actor", NOBODY), read_only=request.method in READING)
            unit.finish_request()
        return response


def identify() -> None:
    """Before the view: begin the transaction and say for whom it runs. One statement finds person, organisation and roles."""
    if request.endpoint in WITHOUT_DATABASE:
        return
    reading = request.method in READING
    token, cookie = request.authorization, request.cookies.get(COOKIE)
    found = Identified(NOBODY)
    if (token and token.type == "bearer") or cookie:
        db.session.info["scope"] = Scope(system=True, read_only=reading)
        found = by_token(token.token or "") if token and token.type == "bearer" else by_cookie(cookie or "")
    g.actor = found.actor
    g.by_token = bool(token and token.type == "bearer")
    enter(Scope.of(found.actor, read_only=reading))
    if found.touch and found.session_id:
        session_id = found.session_id
        afterwards(lambda: touch(session_id, token=g.by_token))
