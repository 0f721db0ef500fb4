"""Languages: Chinese is the source, English complete; the reader's choice, else the browser's."""

from typing import Any

from flask import Blueprint, has_request_context, redirect, request
from flask_babel import Babel, get_locale

from gongchuang.rights import public
from gongchuang.web.current import Answer
from gongchuang.web.safety import safe_path

COOKIE = "gc_language"
LANGUAGES = {"zh-CN": ("zh_Hans_CN", "中文", "ltr"), "en": ("en", "English", "ltr")}

babel = Babel()
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
    locale = get_locale()
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
