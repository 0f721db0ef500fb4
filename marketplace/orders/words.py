"""What an order's choices are called."""

from flask_babel import lazy_gettext as _l

STAGES = {"prototype": _l("打样"), "small": _l("小批"), "series": _l("批量")}
SUPPLIES = {"all_in": _l("包工包料"), "own_material": _l("来料加工")}
GOVERNS = {"model": _l("以模型为准"), "drawing": _l("以图纸为准")}
MADE_IN = {"anywhere": _l("不限地区"), "province": _l("只在交货地所在省"), "city": _l("只在交货地所在市")}
INVOICES = {"special": _l("专票"), "ordinary": _l("普票"), "none": _l("不要求")}
REACHES = {"public": _l("公开"), "park": _l("本园区"), "named": _l("指定企业")}
FILE_TIERS = {
    "nda": _l("预览公开，接受保密约定后可下载原图"),
    "preview": _l("只给带水印的预览"),
    "facts": _l("只给尺寸、体积，不给图"),
    "full": _l("直接开放原图"),
}
STATUSES = {
    "draft": _l("草稿"),
    "open": _l("报价中"),
    "due": _l("已截止"),
    "closed": _l("已截止"),
    "awarded": _l("已选定供应商"),
    "cancelled": _l("已撤销"),
    "failed": _l("未选定"),
}
STATUS_TONES = {"draft": "neutral", "open": "good", "due": "turn", "closed": "turn", "awarded": "good", "cancelled": "neutral", "failed": "neutral"}
