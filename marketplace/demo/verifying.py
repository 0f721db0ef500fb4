"""Firms of the demo that wait for certification, and one whose papers were sent back."""

from collections.abc import Mapping
from datetime import timedelta

from gongchuang.organisations.queries import organisation
from services.certification import actions, queries
from services.demo.firms import Firm
from services.demo.licence import NAME
from services.demo.shelf import Shelf
from services.demo.travel import moment

SUBMITTED = {"weiyang": timedelta(hours=5), "damo": timedelta(hours=20), "bama": timedelta(hours=2), "liujiang": timedelta(days=3)}
"""How long ago each asked."""
TEN_YEARS = timedelta(days=3652)
SENT_BACK = {"liujiang": ("op-guangxi", timedelta(days=2, hours=18), "blurred", "照片反光，统一社会信用代码看不清，请重拍后提交")}


def submit(firms: Mapping[str, Firm], shelf: Shelf) -> None:
    """Let them submit their licence, and the operator send one back."""
    for key, ago in SUBMITTED.items():
        firm = firms[key]
        with moment(firm.scope("admin"), ago) as then:
            actor = firm.actor("admin")
            paper = shelf.upload(actor, NAME, "licence", then)
            own = organisation(firm.id)
            said = {"legal_name": own.name, "uscc": own.uscc or "", "representative": "代表示例", "contact": "负责人示例"}
            case_id = actions.submit_firm(actor, own, then, **said, licence=[paper], valid_until=(then + TEN_YEARS).date()).id
        if key in SENT_BACK:
            reviewer, decided, reason, note = SENT_BACK[key]
            operator = firms[reviewer]
            with moment(operator.scope("operations"), decided) as then:
                actions.give_back(operator.actor("operations"), queries.case(case_id), then, reason=reason, note=note)
