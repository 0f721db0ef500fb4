"""What a bid's choices are called."""

from flask_babel import lazy_gettext as _l

STATUSES = {
    "draft": _l("草稿"),
    "submitted": _l("已投标"),
    "withdrawn": _l("已撤回"),
    "awarded": _l("已中标"),
    "lost": _l("未中标"),
}
STATUS_TONES = {"draft": "neutral", "submitted": "info", "withdrawn": "neutral", "awarded": "good", "lost": "neutral"}
NO_INVOICE = _l("不开发票（个人）")
