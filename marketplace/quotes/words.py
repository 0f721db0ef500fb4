"""What a quote's choices and states are called."""

from flask_babel import lazy_gettext as _l

INVOICES = {"special": _l("专票"), "ordinary": _l("普票")}
PAYMENTS = {"prepaid": _l("预付"), "monthly": _l("月结"), "acceptance": _l("承兑")}
DECLINES = {
    "busy": _l("近期没有产能"),
    "process": _l("做不了这种工艺或材料"),
    "tolerance": _l("达不到公差要求"),
    "date": _l("交期太紧"),
    "price": _l("价格或付款条件不合适"),
    "quantity": _l("数量不合适"),
    "other": _l("其他原因"),
}
STATES = {"draft": _l("草稿"), "submitted": _l("已报价"), "withdrawn": _l("已撤回"), "awarded": _l("已中选"), "lost": _l("未中选")}
TONES = {"draft": "neutral", "submitted": "info", "withdrawn": "neutral", "awarded": "good", "lost": "neutral"}
