"""Putting the program together: settings in, an application out. Nothing happens at import time."""

import os
from collections.abc import Callable
from typing import Any

from flask import Response, current_app, g, jsonify, request
from flask_mailman import Mail
from jinja2 import StrictUndefined
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import text
from werkzeug.middleware.proxy_fix import ProxyFix

from gongchuang import assets, points, rights
from gongchuang.api import body, document
from gongchuang.database import db
from gongchuang.database.patience import watch
from gongchuang.events import registry
from gongchuang.jobs import queues
from gongchuang.manifest import Feature, features
from gongchuang.settings import Settings
from gongchuang.web import errors, filters, forms, languages, logs, reader, safety, static
from gongchuang.web.application import Application, identify
from gongchuang.web.current import actor
from gongchuang.web.limits import csrf, limiter
from gongchuang.web.remembered import remembered

WITHOUT_STATIC: dict[str, Any] = {"static_folder": None}
MEBIBYTE = 1024 * 1024
SMTP_OVER_TLS = 465


def _configure(app: Application, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.key,
        SETTINGS=settings,
        SQLALCHEMY_ENGINES={"default": {"url": settings.database_url, "hide_parameters": True}},
        MAX_CONTENT_LENGTH=8 * MEBIBYTE,
        MAX_FORM_MEMORY_SIZE=2 * MEBIBYTE,
        MAX_FORM_PARTS=1000,
        SESSION_COOKIE_NAME="gc_visit",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,
        WTF_CSRF_ENABLED=True,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_SSL_STRICT=False,
        BABEL_DEFAULT_LOCALE="zh_Hans_CN",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        RATELIMIT_STORAGE_URI=settings.redis_url or "memory://",
        RATELIMIT_STORAGE_OPTIONS={"socket_connect_timeout": 0.5, "socket_timeout": 0.5, "retry": Retry(NoBackoff(), 1)} if settings.redis_url else {},
        RATELIMIT_ENABLED=not settings.testing,
        MAIL_BACKEND="gongchuang.accounts.smtp" if settings.mail_server else "console",
        MAIL_SERVER=settings.mail_server,
        MAIL_PORT=settings.mail_port,
        MAIL_USE_SSL=settings.mail_port == SMTP_OVER_TLS,
        MAIL_USE_TLS=bool(settings.mail_server) and settings.mail_port != SMTP_OVER_TLS,
        MAIL_USERNAME=settings.mail_username,
        MAIL_PASSWORD=settings.mail_password.get_secret_value() if settings.mail_password else None,
        MAIL_DEFAULT_SENDER=settings.mail_from,
        MAIL_TIMEOUT=10,
        JSON_SORT_KEYS=False,
        TESTING=settings.testing,
        PROPAGATE_EXCEPTIONS=False,
        OPENAPI_VERSION="3.1.0",
        SPEC_FORMAT="json",
        SPEC_DECORATORS=[rights.public],
        AUTO_404_RESPONSE=False,
        VALIDATION_ERROR_STATUS_CODE=422,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.json.ensure_ascii = False  # type: ignore[attr-defined]


def _take_in(app: Application, feature: Feature) -> None:
    """Register what a feature contributes."""
    blueprints: Any = feature.pages or ()
    for blueprint in blueprints if isinstance(blueprints, list | tuple) else (blueprints,):
        app.register_blueprint(blueprint)
    if feature.api is not None:
        for blueprint in feature.api if isinstance(feature.api, list | tuple) else (feature.api,):
            app.register_blueprint(blueprint)
            csrf.exempt(blueprint)
    rights.register(feature.permissions)
    registry.register(feature.handlers, feature.crons)
    app.jinja_env.globals.update(feature.globals)


def stop_at_the_door() -> None:
    """Refuse whoever must sign in first before anything else that was sent is looked at, be it wrong or without its key against forgery."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.method == "OPTIONS" or actor().signed_in or not request.path.startswith("/api/"):
        return
    if refused := rights.at_the_door(str(getattr(view, "permission", "public"))):
        raise refused


def protect_from_forgery() -> None:
    """Check the CSRF token of every change but those that carry no cookie's authority (tokens, signed uploads)."""
    if request.method in ("GET", "HEAD", "OPTIONS") or g.get("by_token") or request.endpoint is None or not current_app.config["WTF_CSRF_ENABLED"]:
        return
    view = current_app.view_functions.get(request.endpoint)
    if getattr(view, "without_csrf", False):
        return
    csrf.protect()


def healthz() -> Response:
    """Alive: this process answers."""
    return jsonify(status="ok")


def readyz() -> Response:
    """Ready: each dependency with its state. The site serves while only the database is up; the others degrade."""
    state: dict[str, str] = {}
    checks: dict[str, Callable[[], Any]] = {
        "database": lambda: db.session.execute(text("select 1")),
        "queue": lambda: queues.connection().ping(),
        **current_app.extensions["readiness"],
    }
    for name, check in checks.items():
        try:
            check()
            state[name] = "ok"
        except Exception as error:
            state[name] = type(error).__name__
    answer = jsonify(status="ok" if state["database"] == "ok" else "unavailable", dependencies=state)
    answer.status_code = 200 if state["database"] == "ok" else 503
    return answer


healthz.permission = readyz.permission = "public"  # type: ignore[attr-defined]


def _template_globals(app: Application) -> None:
    app.jinja_env.globals.update(
        csp_nonce=safety.csp_nonce,
        asset=static.asset,
        machine_drawing=reader.machine_drawing,
        languages=languages.languages,
        may=rights.may,
        why_not=rights.why_not,
        actor=actor,
        words_of=forms.words_of,
        reader=reader.reader,
        node=reader.node,
        nav_items=reader.nav_items,
        todo_count=reader.todo_count,
        label=reader.label,
        remembered=remembered,
    )


def create_app(settings: Settings) -> Application:
    """Return the application for `settings`, whose `database_url` must name a provisioned database."""
    os.environ.setdefault("RQ_DISABLE_LOGGING", "1")
    logs.configure(settings)
    points.arm(settings.fault_points)
    queues.use_redis(settings.redis_url)
    app = Application(
        "gongchuang", title="工创云 Gongchuang API", version="1", spec_path="/api/openapi.json", docs_path=None, json_errors=False, **WITHOUT_STATIC
    )
    _configure(app, settings)
    app.extensions["readiness"] = {}
    db.init_app(app)
    with app.app_context():
        watch(db.engine)
    languages.babel.init_app(app, locale_selector=languages.choose, default_translation_directories=str(assets.PACKAGE / "translations"))
    app.before_request(logs.bind)
    app.before_request(identify)
    app.before_request(stop_at_the_door)
    app.before_request(body.read_strictly)
    app.before_request(protect_from_forgery)
    csrf.init_app(app)
    limiter.init_app(app)
    Mail(app)
    filters.register(app)
    errors.register(app)
    _template_globals(app)
    app.add_url_rule("/static/<path:filename>", "static", static.send)
    rights.public(app.view_functions["openapi.spec"])
    app.spec_callback = lambda spec: document.complete(app, spec)
    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)
    app.register_blueprint(languages.pages)
    for feature in features():
        _take_in(app, feature)
        for start in feature.start:
            start(app)
    safety.register(app, app.extensions.get("store_origins", []))
    reader.arrange(app)
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    return app
