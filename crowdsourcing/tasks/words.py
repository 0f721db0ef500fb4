"""What a task's choices are called, and the four IP templates."""

from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _l


class IpTemplate(NamedTuple):
    """Who owns what was designed: the name of the choice, and the text both sides agree to by publishing and by bidding."""

    name: Any
    text: Any


IP_TEMPLATES = {
    "publisher": IpTemplate(
        _l("归发布方"),
        _l("成果通过验收且款项付清之日起，全部知识产权归发布方。设计方保留署名权，未经书面同意不得自行使用、公开或再许可给他人。"),
    ),
    "designer": IpTemplate(
        _l("归设计方并许可"),
        _l("知识产权归设计方。付清款项后，发布方得到永久、不可撤销的使用权：可以自己或委托他人生产、修改，不得单独转售设计文件。"),
    ),
    "shared": IpTemplate(
        _l("双方共有"),
        _l("知识产权由双方共有。任何一方都可以自己使用和生产；许可或转让给第三方须另一方书面同意，所得收益双方平分。"),
    ),
    "staged": IpTemplate(
        _l("按阶段转让"),
        _l("每一阶段的成果在该阶段验收并付款后转归发布方；尚未付款的阶段仍归设计方，发布方不得使用。中途终止时，已付款的阶段不受影响。"),
    ),
}
IP_LOSERS = _l("未选定的投标方案始终归投标方，发布方不得使用；选定后平台自动收回发布方对这些方案文件的权限。")
UNHELD = _l("资金未托管：平台不代收代付。请双方先签合同，按阶段验收付款。")
IP_TERMS = {code: template.name for code, template in IP_TEMPLATES.items()}
REACHES = {"public": _l("公开"), "park": _l("本园区"), "named": _l("指定")}
SEALED = {"": _l("随到随看"), "1": _l("密封，截止后才开启")}
FILE_TIERS = {
    "nda": _l("预览公开，接受保密约定后可下载原文件"),
    "preview": _l("只给带水印的预览"),
    "full": _l("直接开放原文件"),
}
STATUSES = {
    "draft": _l("草稿"),
    "open": _l("投标中"),
    "due": _l("已截止"),
    "closed": _l("已截止"),
    "awarded": _l("已选定"),
    "cancelled": _l("已取消"),
    "failed": _l("未选定"),
}
STATUS_TONES = {"draft": "neutral", "open": "good", "due": "turn", "closed": "turn", "awarded": "good", "cancelled": "neutral", "failed": "neutral"}
