"""Forms of bids."""

from dataclasses import replace
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from crowdsourcing.bids import words
from crowdsourcing.bids.rules import TAX_BP, BidFacts, why_not_bid
from gongchuang.refusal import Refusal
from gongchuang.web import Form
from gongchuang.web.fields import Ids, Money, Whole, stripped
from gongchuang.web.options import options


class BidForm(Form):
    """One bid. A person may go without an invoice, a firm chooses its rate."""

    price_fen = Money(_l("报价（含税总价）"))
    tax_bp = SelectField(_l("发票"), validate_choice=False)
    days = Whole(_l("完成天数"))
    proposal = TextAreaField(_l("方案"), filters=[stripped])
    file = Ids(_l("方案文件"))

    def __init__(self, *, person: bool, **given: Any) -> None:
        super().__init__(**given)
        self.person = person
        rates = {str(rate): gettext("增值税发票 %(rate)s%%", rate=rate // 100) for rate in TAX_BP}
        self.tax_bp.choices = options({"": str(words.NO_INVOICE)} | rates if person else rates)

    def facts(self) -> BidFacts:
        """Return what was said. A rate that is no number is one that no list holds."""
        rate = self.tax_bp.data or ""
        tax = (int(rate) if rate.isascii() and rate.isdigit() and len(rate) < 6 else -1) if rate else None
        file = next(iter(self.file.data or ()), None)
        return BidFacts(price_fen=self.price_fen.data, tax_bp=tax, days=self.days.data, proposal=self.proposal.data or "", file=file)

    def wrong(self) -> list[Refusal]:
        return why_not_bid(replace(self.facts(), file=None), person=self.person, file_status=None)


class AwardForm(Form):
    """Why this one."""

    reason = TextAreaField(_l("选定理由"), validators=[InputRequired(_l("请写明选定的理由")), Length(max=2000)], filters=[stripped])
