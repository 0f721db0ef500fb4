"""Languages: Chinese is the source, English complete; the reader's choice, else the browser's."""

from functools import cached_property
from typing import Any

from babel import Locale
from babel.support import NullTranslations
from flask import Blueprint, Flask, g, has_app_context, has_request_context, redirect, request
from flask_babel import Babel, Domain, get_locale
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from gongchuang.rights import public
from gongchuang.web.current import Answer
from gongchuang.web.safety import safe_path

COOKIE = "gc_language"
LANGUAGES = {"zh-CN": ("zh_Hans_CN", "中文", "ltr"), "en": ("en", "English", "ltr")}


class Catalogue(Domain):  # type: ignore[misc]
    """Finds the reader's language and its translations by one look. Flask-Babel asks the context seven times a message, which was a third of a list page."""

    def get_translations(self) -> NullTranslations:
        return self._kept()[1]

    def get_locale(self) -> Locale | None:
        return self._kept()[0]

    def _kept(self) -> tuple[Locale | None, NullTranslations]:
        context: Any = g.get("_flask_babel") if has_app_context() else None
        kept: tuple[Locale | None, NullTranslations] | None = getattr(context, "catalogue", None)
        if kept is None or kept[0] is not context.babel_locale:
            kept = get_locale(), super().get_translations()
            if context is not None:
                context.catalogue = kept
        return kept


class Languages(Babel):  # type: ignore[misc]
    """Flask-Babel over that catalogue, templates without the way round by the context's domain."""

    def init_app(self, app: Flask, **options: Any) -> None:
        super().init_app(app, **options)
        app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of the extension i18n
            gettext=lambda one: self.domain_instance.get_translations().gettext(one),
            ngettext=lambda one, many, count: self.domain_instance.get_translations().ngettext(one, many, count),
            pgettext=lambda context, one: self.domain_instance.get_translations().pgettext(context, one),
            npgettext=lambda context, one, many, count: self.domain_instance.get_translations().npgettext(context, one, many, count),
            newstyle=True,
        )
        app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"] = self._said

    @pass_context
    def _said(self, context: Context, message: str, **values: Any) -> str:
        """Say a template's sentence as Jinja's new style does, in one call instead of four: there are hundreds on a page."""
        text = self.domain_instance.get_translations().gettext(message)
        safe = Markup(text) if context.eval_ctx.autoescape else text  # noqa: S704 - our own catalogue's; the values are escaped
        return safe % values if "%" in text else safe

    @cached_property
    def domain_instance(self) -> Catalogue:
        return Catalogue(domain=self.domain)


babel = Languages()
pages = Blueprint("languages", __name__)


def choose() -> str:
    """Return Babel's name of the reader's language."""
    if not has_request_context():
        return "zh_Hans_CN"
    chosen = request.cookies.get(COOKIE)
    if chosen not in LANGUAGES:
        chosen = request.accept_languages.best_match(["zh-CN", "zh", "en"], default="zh-CN")
    return LANGUAGES.get("zh-CN" if chosen in (None, "zh") else str(chosen), LANGUAGES["zh-CN"])[0]


def language() -> str:
    """Return `zh` or `en`: the column of a vocabulary label."""
    locale = babel.domain_instance.get_locale()
    return "en" if locale is not None and locale.language == "en" else "zh"


def languages() -> list[dict[str, Any]]:
    """Return what the header's switch offers."""
    now = language()
    return [{"code": code, "label": label, "active": code[:2] == now, "dir": direction} for code, (_, label, direction) in LANGUAGES.items()]


@pages.get("/language/<code>")
@public
def switch(code: str) -> Answer:
    """Remember a language and go back to the page it was chosen on."""
    answer = redirect(safe_path(request.referrer) or "/", 303)
    if code in LANGUAGES:
        answer.set_cookie(COOKIE, code, max_age=31_536_000, samesite="Lax", secure=request.is_secure, httponly=True)
    return answer
