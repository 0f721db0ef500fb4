"""One line for each route that changes something: who may surely do it, to which object, and what is sent. A new route needs one line here.

`@kind.variant` anywhere in what is sent stands for that object's id. A page's form begins with what its own GET shows, as in a browser.
A route that reads needs no line: the kinds of ids in its path name what it is asked for.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

ADMIN, BUYER, ENGINEER = "own/admin", "own/buyer", "own/engineer"
SUPPLIER, INVITED, STRANGER, WAITING = "counterparty/admin", "invited/admin", "stranger/admin", "unverified/admin"
REVIEWER, GUARD = "operator/operations", "operator/security"


def day(days: int) -> str:
    return f"{datetime.now(UTC).date() + timedelta(days=days)}"


def moment(days: int) -> str:
    return f"{day(days)}T09:00:00Z"


def local(days: int) -> str:
    return f"{day(days)}T17:00"


def week(days: int) -> int:
    year, number, _ = (datetime.now(UTC).date() + timedelta(days=days)).isocalendar()
    return year * 100 + number


@dataclass(frozen=True)
class Case:
    """How a route succeeds. `unproven` says why it cannot here: then its rights are held against the map, but no success is asked for."""

    who: str = ADMIN
    things: tuple[str, ...] = ()
    body: dict[str, Any] = field(default_factory=dict)
    unproven: str = ""
    path: dict[str, str] = field(default_factory=dict)
    reckons: bool = False
    """It answers and changes nothing."""


def case(who: str, *things: str, **body: Any) -> Case:
    return Case(who, things, body)


def unproven(reason: str, *things: str, **path: str) -> Case:
    return Case(ADMIN, things, {}, reason, path)


def reckoning(who: str, *things: str, **body: Any) -> Case:
    return Case(who, things, body, reckons=True)


KEYS = "needs a key or code that only its owner's device knows"
NOBODY = "decided by what is typed, before anybody is known"

MACHINE = {
    "kind": "mill-5",
    "name": "五轴",
    "core": ["milling-5"],
    "materials": {"aluminium": None},
    "x_mm": 650,
    "y_mm": 520,
    "z_mm": 475,
    "tolerance_mm": 0.01,
}
OFFER = {"machine_ids": ["@machine.own"], "weeks": [week(14)], "minutes_per_week": 600, "price_fen": 26_000, "lead_time_days": 12, "reach": "named"} | {
    "named": ["@organisation.invited"]
}
PART = {"name": "法兰", "process": "milling-5", "material": "al-7075", "quantity": 24, "x_mm": 10, "y_mm": 10, "z_mm": 10, "files": ["@revision.private"]}
ORDER = {
    "title": "法兰",
    "parts": [PART],
    "region": "4501",
    "closes_at": moment(7),
    "delivery_on": day(40),
    "reach": "named",
    "named": ["@organisation.invited"],
}
TASK = {"title": "减重", "brief": "刀盘罩重 46 公斤，减到 34 公斤以内", "skills": ["lightweighting"], "files": ["@revision.private"], "reach": "named"} | {
    "named": ["@organisation.invited"]
}
QUOTE_LINE = {"part_id": "@part.open", "unit_price_fen": 161_000, "minutes_per_piece": 30}
QUOTE = {"lines": [QUOTE_LINE], "lead_days": 26, "valid_on": day(25), "machine_id": "@machine.invited", "papers": ["@revision.invited"]}
BID = {"price_fen": 1_500_000, "tax_bp": 600, "days": 20, "proposal": "先找传力路径，再回到钣金", "file": "@revision.proposal"}
FIRM = {"legal_name": "核验机械厂", "uscc": "@uscc", "representative": "李明", "contact": "王建国", "licence": ["@revision.licence"]}
WINDOW = {"start": moment(150), "end": moment(150).replace("09:", "12:"), "unit": 1}
BLOCKED = {"start": moment(190), "end": moment(190).replace("09:", "12:"), "unit": 1}
GOOD = "照片与实地核查不符，已下架"
PROFILE = {"name": "@name", "region": "610113"}
PLACE = ["61", "6101", "610113"]

CASES: dict[str, Case] = {
    "accounts.again": unproven(NOBODY),
    "accounts.code": unproven(NOBODY),
    "accounts.consent": unproven(NOBODY),
    "accounts.enrol": unproven(NOBODY),
    "accounts.link": unproven(NOBODY, token="x"),
    "accounts.passkey": unproven(NOBODY),
    "accounts.passkey_options": unproven(NOBODY),
    "accounts.password": unproven(NOBODY),
    "accounts.register": unproven(NOBODY),
    "accounts.second": unproven(NOBODY),
    "accounts.sign_in": unproven(NOBODY),
    "accounts.sign_out": Case(ADMIN),
    "accounts.confirm": unproven(KEYS),
    "accounts.send_confirmation": Case(ADMIN),
    "accounts.confirm_passkey": unproven(KEYS),
    "accounts.confirm_passkey_options": Case(ADMIN),
    "accounts.me": case(ADMIN, name="新名字", language="zh"),
    "accounts.address": case(ADMIN, address="new@example.org"),
    "accounts.prove_address": unproven(KEYS),
    "accounts.set_totp": unproven(KEYS),
    "accounts.remove_totp": unproven(KEYS),
    "accounts.erase": case("stranger/finance", word="注销"),
    "accounts.add_passkey": unproven(KEYS),
    "accounts.passkey_adding_options": Case(ADMIN),
    "accounts.remove_passkey": case(ADMIN, "passkey.own"),
    "accounts.set_password": case(ADMIN, password="correct-horse-9-battery"),
    "accounts.remove_password": unproven("nobody here has a password"),
    "accounts.renew_recovery_codes": unproven("needs a second factor"),
    "accounts.end_session": case(ADMIN, "login_session.own"),
    "accounts.end_others": Case(ADMIN),
    "accounts.access_tokens": case(ADMIN, name="报表", scopes=["order"], days="30"),
    "accounts.revoke_token": case(ADMIN, "access_token.own"),
    "accounts_api.change": unproven("in person only", language="zh"),
    "accounts_api.make_token": unproven("in person only"),
    "accounts_api.revoke_token": unproven("in person only", "access_token.own"),
    "bids.award": Case(BUYER, ("task.open", "bid.open-rival"), {"reason": "方案好"}),
    "bids.make": case(SUPPLIER, "task.open", price_fen="15000", tax_bp="600", days="20", proposal="先找传力路径，再回到钣金", file="@revision.proposal"),
    "bids_api.talk": reckoning(SUPPLIER, "bid.open-counterparty"),
    "bids.talk": reckoning(SUPPLIER, "bid.open-counterparty"),
    "bids.withdraw": case(SUPPLIER, "bid.open-counterparty"),
    "bids_api.award": case(BUYER, "task.open", bid_id="@bid.open-rival", reason="方案好"),
    "bids_api.make": Case(SUPPLIER, ("task.open",), BID),
    "bids_api.withdraw": case(SUPPLIER, "bid.open-counterparty"),
    "capacity.closures": case(ADMIN, kind="maintenance", first_on=day(90), last_on=day(91), note="", machine_id="@machine.own"),
    "capacity.remove_closure": case(ADMIN, "closure.own"),
    "capacity.tap": case(ADMIN, "machine.own", block=f"{moment(140)}/60"),
    "capacity_api.block": case(ADMIN, "machine.own", windows=[WINDOW], note=""),
    "capacity_api.close": case(ADMIN, kind="maintenance", first_on=day(90), last_on=day(91), machine_id="@machine.own"),
    "capacity_api.propose": reckoning(ADMIN, "machine.own", minutes=60, not_before=moment(3)),
    "capacity_api.reopen": case(ADMIN, "closure.own"),
    "capacity_api.unblock": case(ADMIN, "machine.own", windows=[BLOCKED]),
    "certification.approve": case(REVIEWER, "case.waiting", id_number=""),
    "certification.give_back": case(REVIEWER, "case.waiting", reason="blurred", note="看不清"),
    "certification.submit": Case("stranger/admin", (), FIRM | {"licence": "@revision.stranger"}),
    "certification.withdraw": case(WAITING, "case.waiting"),
    "certification_api.approve": case(REVIEWER, "case.waiting"),
    "certification_api.give_back": case(REVIEWER, "case.waiting", reason="blurred", note="看不清"),
    "certification_api.submit_firm": Case("stranger/admin", (), FIRM | {"licence": ["@revision.stranger"]}),
    "certification_api.submit_person": case("maker/admin", legal_name="李明", id_number="11010519491231002X", identity=["@revision.maker"]),
    "certification_api.withdraw": case(WAITING, "case.waiting"),
    "files.accept_nda": case(SUPPLIER, "revision.part", accept="y"),
    "files.revoke": case(ADMIN, "revision.part", token="public"),
    "files.store_upload": unproven("the signature decides: see the test of the store's keys"),
    "files_api.accept_nda": case(SUPPLIER, "revision.part", text_digest="@nda"),
    "files_api.confirm": case(ADMIN, "revision.waiting"),
    "files_api.grant": case(ADMIN, "revision.private", tier="facts", token="org:@organisation.invited"),
    "files_api.link": case(ADMIN, "revision.part"),
    "files_api.revoke": case(ADMIN, "revision.part", token="public"),
    "files_api.start_upload": case(ADMIN, name="a.step", size=10, purpose="order_part", file_id="@file.private"),
    "machines.certificates": case(ADMIN, code="iso-14001", number="", expires_on=day(300)),
    "machines.edit": case(ADMIN, "machine.own", name="新名字", photo="@revision.photo"),
    "machines.new": case(
        ADMIN, kind="mill-5", name="五轴", core=["milling-5"], quantity="1", shift="one", work_days="6", soft_factor="5", photo="@revision.photo"
    ),
    "machines.remove": case(ADMIN, "certificate.own"),
    "machines.renew": case(ADMIN, "certificate.own", number="9", expires_on=day(500)),
    "machines.restore": case(ADMIN, "machine.retired"),
    "machines.retire": case(ADMIN, "machine.own"),
    "machines_api.add": Case(ADMIN, (), MACHINE | {"photo_id": "@revision.photo"}),
    "machines_api.add_certificate": case(ADMIN, code="iso-14001", expires_on=day(300)),
    "machines_api.edit": Case(ADMIN, ("machine.own",), MACHINE | {"photo_id": "@revision.photo"}),
    "machines_api.remove_certificate": case(ADMIN, "certificate.own"),
    "machines_api.restore": case(ADMIN, "machine.retired"),
    "machines_api.retire": case(ADMIN, "machine.own"),
    "messages_api.add_robot": case(ADMIN, kind="wecom", url="https://192.0.2.1/robot", secret=""),
    "messages_api.remove_robot": case(ADMIN, "robot.own"),
    "messages.add_robot": case(ADMIN, kind="wecom", url="https://192.0.2.1/robot", secret=""),
    "messages.conversation": case(ADMIN, "conversation.own", text="可以"),
    "messages.read_all": Case(ADMIN),
    "messages.remove_robot": case(ADMIN, "robot.own"),
    "messages.settings": case(ADMIN, mail="none", sms="none"),
    "messages_api.read_message": case(ADMIN, "message.own"),
    "messages_api.say": case(ADMIN, "conversation.own", text="可以"),
    "messages_api.set_preference": case(ADMIN, mail="none", sms="none"),
    "moderation.answer_appeal": case(GUARD, "take_down.appealed", answer="核实属实，予以恢复", decision="restore"),
    "moderation.appeal": case(ADMIN, "take_down.down", words="照片是真的，请再核实一次"),
    "moderation.dismiss": case(REVIEWER, "report.open"),
    "moderation.report": Case(INVITED, ("offer.public",), {"reason": "false", "note": "不实"}, "", {"kind": "offer"}),
    "moderation.take_down": case(REVIEWER, "report.open", reason="false", note=GOOD),
    "moderation_api.answer_appeal": case(GUARD, "take_down.appealed", answer="核实属实，予以恢复", restore=True),
    "moderation_api.appeal": case(ADMIN, "take_down.down", words="照片是真的，请再核实一次"),
    "moderation_api.dismiss": case(REVIEWER, "report.open"),
    "moderation_api.report": case(INVITED, kind="offer", object_id="@offer.public", reason="false", note="不实"),
    "moderation_api.take_down": case(REVIEWER, "report.open", reason="false", note=GOOD),
    "offers.confirm": case(ADMIN, "offer.public"),
    "offers.edit": case(ADMIN, "offer.public", hours="9", named=["@organisation.invited"], machine_ids=["@machine.own"]),
    "offers.favour": case(INVITED, "offer.public"),
    "offers.new": case(
        ADMIN, machine_ids=["@machine.own"], weeks=[str(week(14))], hours="9", lead_time_days="9", reach="named", named=["@organisation.invited"]
    ),
    "offers.publish": case(ADMIN, "offer.draft"),
    "offers.repeat": case(ADMIN, "offer.withdrawn"),
    "offers.take_in": unproven("takes a table, which names machines by their own names"),
    "offers_api.talk": case(INVITED, "offer.public"),
    "offers.talk": case(INVITED, "offer.public"),
    "offers.withdraw": case(ADMIN, "offer.public"),
    "offers_api.confirm": case(ADMIN, "offer.public"),
    "offers_api.create": Case(ADMIN, (), OFFER),
    "offers_api.edit": Case(ADMIN, ("offer.public",), OFFER),
    "offers_api.favour": case(INVITED, "offer.public"),
    "offers_api.publish": case(ADMIN, "offer.draft"),
    "offers_api.take_in": Case(ADMIN, (), {"offers": [OFFER]}),
    "offers_api.repeat": case(ADMIN, "offer.withdrawn"),
    "offers_api.unfavour": case(STRANGER, "offer.public"),
    "offers_api.withdraw": case(ADMIN, "offer.public"),
    "operators.people": reckoning(GUARD, address="@phone"),
    "operators.person": case(GUARD, "user.sales", reason="盗用"),
    "operators.restore": case(GUARD, "organisation.suspended"),
    "operators.restore_person": unproven("nobody here is suspended as a person", "user.sales"),
    "operators.retry": case(REVIEWER, id="@delivery.parked"),
    "operators.suspend": case(GUARD, "organisation.own", reason="虚假"),
    "operators_api.restore": case(GUARD, "organisation.suspended"),
    "operators_api.retry": case(REVIEWER, ids=["@delivery.parked"]),
    "operators_api.suspend": case(GUARD, "organisation.own", reason="虚假"),
    "orders.cancel": case(BUYER, "order.open", reason="不做了"),
    "orders.clone": case(BUYER, "order.open"),
    "orders.create": Case(BUYER, (), {"title": "法兰", "parts_0_name": "法兰", "parts_0_files": "@revision.private", "named": "@organisation.invited"}),
    "orders.draft": case(BUYER, draft_key="@new", title="法兰", parts_0_files="@revision.private", named="@organisation.invited", offer="@offer.public"),
    "orders.edit": case(BUYER, "order.draft", parts_0_files="@revision.private", named="@organisation.invited"),
    "orders.extend": case(BUYER, "order.open", closes_at=local(12)),
    "orders.fail": case(BUYER, "order.open", reason="没有合适的"),
    "orders.invite": case(BUYER, "order.open", firms="@organisation.invited"),
    "orders.publish": case(BUYER, "order.draft"),
    "orders_api.begin": Case(BUYER, (), ORDER),
    "orders_api.cancel": case(BUYER, "order.open", reason="不做了"),
    "orders_api.clone": case(BUYER, "order.open"),
    "orders_api.extend": case(BUYER, "order.open", closes_at=moment(12)),
    "orders_api.fail": case(BUYER, "order.open", reason="没有合适的"),
    "orders_api.invite": case(BUYER, "order.open", organisation_ids=["@organisation.invited"]),
    "orders_api.publish": case(BUYER, "order.draft"),
    "orders_api.save": Case(BUYER, ("order.draft",), ORDER),
    "organisations.accept": Case("homeless", (), {}, "", {"token": "@invitation"}),
    "organisations.create": case("homeless", kind="firm", name="新登记机械厂", uscc="@uscc", region=PLACE),
    "organisations.decide_join": case(ADMIN, "join_request.homeless", decision="accept", roles=["sales"]),
    "organisations.edit": case(ADMIN, "organisation.own", name="@name", region=PLACE, park="", industry="", size=""),
    "organisations.invite": case(ADMIN, roles=["sales"], days="7"),
    "organisations.join_state": case("maker/admin", "organisation.rival", message="请让我加入"),
    "organisations.leave": case("own/sales", "membership.sales"),
    "organisations.member": case(ADMIN, "membership.sales", roles=["buyer"]),
    "organisations.remove_member": case(ADMIN, "membership.sales"),
    "organisations.restore_member": case(ADMIN, "membership.suspended"),
    "organisations.revoke_invitation": case(ADMIN, "invitation.own"),
    "organisations.suspend_member": case(ADMIN, "membership.sales"),
    "organisations.switch": case(ADMIN, organisation_id="@organisation.own"),
    "organisations.withdraw_join": case("homeless", "join_request.homeless"),
    "organisations_api.create": case(STRANGER, kind="firm", name="新登记机械厂", uscc="@uscc", region="610113"),
    "organisations_api.ask_to_join": case("maker/admin", organisation_id="@organisation.rival", message="请让我加入"),
    "organisations_api.withdraw_join": case(WAITING, "join_request.unverified"),
    "organisations_api.decide_join": case(ADMIN, "join_request.homeless", accept=True, roles=["sales"]),
    "organisations_api.edit": Case(ADMIN, ("organisation.own",), PROFILE),
    "organisations_api.invite": case(ADMIN, roles=["sales"]),
    "organisations_api.remove_member": case(ADMIN, "membership.sales"),
    "organisations_api.restore_member": case(ADMIN, "membership.suspended"),
    "organisations_api.revoke_invitation": case(ADMIN, "invitation.own"),
    "organisations_api.set_roles": case(ADMIN, "membership.sales", roles=["buyer"]),
    "organisations_api.suspend_member": case(ADMIN, "membership.sales"),
    "quotes_api.ask": case(INVITED, "order.open"),
    "quotes.ask": case(INVITED, "order.open"),
    "quotes.award": case(BUYER, "quote.counterparty", reason="到厂总价最低"),
    "quotes.decline": case(INVITED, "order.open", reason="busy", note=""),
    "quotes.draft": case(
        INVITED, "order.open", lines_0_part_id="@part.open", lines_0_unit_price_fen="1600", machine_id="@machine.invited", papers="@revision.invited"
    ),
    "quotes.hold_again": case(SUPPLIER, "quote.counterparty"),
    "quotes.justify": case("provider/admin", "quote.low", text="自有铸造毛坯，材料成本低，机床已折旧完"),
    "quotes.make": case(INVITED, "order.open", lines_0_part_id="@part.open", lines_0_unit_price_fen="1600", lead_days="26", valid_on=day(25), machine_id=""),
    "quotes.propose": reckoning(INVITED, "order.open", machine_id="@machine.invited"),
    "quotes.totals": reckoning(INVITED, "order.open", lines_0_part_id="@part.open", lines_0_unit_price_fen="1600"),
    "quotes.withdraw": case(SUPPLIER, "quote.counterparty"),
    "quotes_api.award": case(BUYER, "quote.counterparty", reason="到厂总价最低"),
    "quotes_api.decline": case(INVITED, "order.open", reason="busy"),
    "quotes_api.hold_again": case(SUPPLIER, "quote.counterparty"),
    "quotes_api.justify": case("provider/admin", "quote.low", text="自有铸造毛坯，材料成本低，机床已折旧完"),
    "quotes_api.preview": Case(INVITED, ("order.open",), QUOTE, reckons=True),
    "quotes_api.submit": Case(INVITED, ("order.open",), QUOTE),
    "quotes_api.withdraw": case(SUPPLIER, "quote.counterparty"),
    "skills.mine": case(SUPPLIER, skills=["lightweighting"], introduction=""),
    "skills.pause": Case(SUPPLIER),
    "skills_api.declare": case(SUPPLIER, skills=["lightweighting"]),
    "skills_api.pause": Case(SUPPLIER),
    "tasks_api.ask": case(INVITED, "task.open"),
    "tasks.ask": case(INVITED, "task.open"),
    "tasks.cancel": case(ENGINEER, "task.open", reason="不做了"),
    "tasks.clone": case(ENGINEER, "task.open"),
    "tasks.create": case(ENGINEER, do="save", title="减重", files="@revision.private", named="@organisation.invited"),
    "tasks.draft": case(ENGINEER, draft_key="@new", title="减重", files="@revision.private", named="@organisation.invited"),
    "tasks.edit": case(ENGINEER, "task.draft", do="save", title="减重", files="@revision.private", named="@organisation.invited"),
    "tasks.extend": case(ENGINEER, "task.open", closes_at=local(12)),
    "tasks.fail": case(ENGINEER, "task.open", reason="没有合适的"),
    "tasks.invite": case(ENGINEER, "task.open", firms="@organisation.invited"),
    "tasks.publish": case(ENGINEER, "task.draft"),
    "tasks_api.begin": Case(ENGINEER, (), TASK),
    "tasks_api.cancel": case(ENGINEER, "task.open", reason="不做了"),
    "tasks_api.clone": case(ENGINEER, "task.open"),
    "tasks_api.extend": case(ENGINEER, "task.open", closes_at=moment(12)),
    "tasks_api.fail": case(ENGINEER, "task.open", reason="没有合适的"),
    "tasks_api.invite": case(ENGINEER, "task.open", organisation_ids=["@organisation.invited"]),
    "tasks_api.publish": case(ENGINEER, "task.draft"),
    "tasks_api.save": Case(ENGINEER, ("task.draft",), TASK),
}

KIND_OF_SLOT = {"object_id": "offer"}
"""The kind of an id whose name does not say it."""

WORDS_IN_PATHS = {"kind": "offer", "token": "nothing", "code": "zh-CN", "filename": "nothing.css", "key": "nothing", "scheme": "processes"}
"""What stands in a path where no id does."""
