"""What is asked for: one object of every kind that has an id, most of them `own`'s, in the states where somebody else may see some of it."""

from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from crowdsourcing.bids import actions as bids
from crowdsourcing.bids import queries as bid_queries
from crowdsourcing.skills import actions as skills
from crowdsourcing.tasks import actions as tasks
from crowdsourcing.tasks import queries as task_queries
from gongchuang.accounts.models import AccessToken, LoginSession, Passkey
from gongchuang.actor import Actor
from gongchuang.database import db, now, uuid7
from gongchuang.organisations import membership
from gongchuang.organisations.models import Membership, Organisation
from gongchuang.web.application import Application
from marketplace.offers import queries as offer_queries
from marketplace.offers.actions import favour
from services.certification import actions as certification
from services.certification import queries as cases
from services.files.words import NDA_TEXT
from services.messages import actions as messages
from services.messages.models import Message, Robot
from services.moderation import actions as moderation
from services.moderation.models import Report, TakeDown
from tests import builders
from tests.architecture.isolation.canary import mark
from tests.architecture.isolation.making import World
from tests.architecture.isolation.market import make_files, make_orders, make_supply
from tests.architecture.isolation.outside import catching, drain
from tests.architecture.isolation.people import make_people, suspend
from tests.crowdsourcing.making import bid_facts
from tests.crowdsourcing.making import facts as task_facts
from tests.marketplace.ordering import unit
from tests.schema import Wipe


def make_world(app: Application, wipe: Wipe) -> World:
    """Make everything, by the features' own actions wherever there is one."""
    world = World(app, make_people(app))
    _keep_fresh(wipe)
    with catching(world):
        for make in (make_supply, make_files, make_orders, _tasks, _belonging, _accounts, _talk, _moderation, _certification):
            make(world)
        drain(world)
    _park_delivery(world, wipe)
    suspend(world.firm("suspended").id)
    for name, firm in world.people.firms.items():
        world.ids[f"organisation.{name}"] = firm.id
    sales = world.people["own/sales"].user
    assert sales is not None
    world.links |= {"phone": sales.phone or "", "nda": sha256(str(NDA_TEXT).encode()).hexdigest()}
    world.links |= {"uscc": builders.some_uscc(), "name": world.firm("own").name}
    return world


def _keep_fresh(wipe: Wipe) -> None:
    """Let no session grow stale or idle while the calls go on."""
    wipe.execute("update login_sessions set last_seen_at = now() + interval '1 day', expires_at = now() + interval '2 days'")
    wipe.execute("update login_sessions set fresh_until = now() + interval '1 day' where fresh_until is not null")
    wipe.execute("update access_tokens set last_used_at = now() + interval '1 day'")


def _task(world: World, name: str, **said: Any) -> None:
    marked = {"title": f"任务{mark()}", "brief": f"现状与目标写在这里，说清要减的重量和要保留的孔位。{mark()}", "deliverables": f"模型与图纸{mark()}"}
    with unit(world.actor("own/engineer")) as actor:
        task = tasks.begin(actor, uuid7(), task_facts(now(), **marked | said), now())
        world.ids[f"task.{name}"] = task.id
    if name != "draft":
        with unit(world.actor("own/engineer")) as actor:
            tasks.publish(actor, task_queries.task(world.ids[f"task.{name}"]), now())


def _tasks(world: World) -> None:
    """Tasks open, sealed, for one named, a draft, with bids; designers."""
    _task(world, "open", files=(world.ids["revision.brief"],))
    _task(world, "sealed", sealed=True)
    _task(world, "named", reach="named", named=(world.firm("invited").id,))
    _task(world, "draft")
    for name in ("counterparty", "rival"):
        with unit(world.actor(f"{name}/admin")) as actor:
            skills.declare(actor, ("lightweighting", "structure-design"), f"设计能力{mark()}")
        world.ids[f"designer.{name}"] = world.firm(name).id
    _task(world, "awarded")
    for task, name in (("open", "counterparty"), ("open", "rival"), ("sealed", "counterparty"), ("awarded", "rival")):
        with unit(world.actor(f"{name}/admin")) as actor:
            file = world.ids["revision.proposal"] if (task, name) == ("open", "counterparty") else None
            facts = bid_facts(proposal=f"方案是先找传力路径，再回到钣金可制造形。{mark()}", file=file)
            world.ids[f"bid.{task}-{name}"] = bids.submit(actor, task_queries.task(world.ids[f"task.{task}"]), facts).id
    with unit(world.actor("own/admin")) as actor:
        decided, best = task_queries.task(world.ids["task.awarded"]), bid_queries.bid(world.ids["bid.awarded-rival"])
        bids.award(actor, decided, best, f"方案最好{mark()}", now())


def _belonging(world: World) -> None:
    """Members, an invitation, requests to join."""
    own = world.firm("own")
    with builders.as_the_system():
        for name in ("admin", "sales", "quality"):
            user = world.people[f"own/{name}"].user
            assert user is not None
            world.ids[f"membership.{name}"] = db.session.query(Membership.id).filter_by(user_id=user.id).scalar()
            world.ids[f"user.{name}"] = user.id
        gone = world.people["suspended-member"].user
        assert gone is not None
        world.ids["membership.suspended"] = db.session.query(Membership.id).filter_by(user_id=gone.id).scalar()
    with unit(world.actor("own/admin")) as actor:
        row = db.session.get(Membership, world.ids["membership.sales"])
        assert row is not None
        row.title = mark()
    with unit(world.actor("own/admin")) as actor:
        firm = db.session.get(Organisation, own.id)
        assert firm is not None
        _invite(world, actor, firm)
    for name in ("homeless", "unverified/admin"):
        with unit(world.actor(name)) as actor:
            user = db.session.get(type(world.people[name].user), actor.user_id)
            firm = db.session.get(Organisation, own.id)
            assert user is not None
            assert firm is not None
            world.ids[f"join_request.{name.partition('/')[0]}"] = membership.ask_to_join(actor, user, firm, f"请让我加入{mark()}").id


def _invite(world: World, actor: Actor, firm: Organisation) -> None:
    made, path = membership.invite(actor, firm, now(), roles=("sales",))
    world.ids["invitation.own"], world.links["invitation"] = made.id, path.rpartition("/")[2]


def _accounts(world: World) -> None:
    """What an account has that is named by an id."""
    for name in ("own/admin", "stranger/admin"):
        short, until = name.partition("/")[0], timedelta(days=2)
        with unit(world.actor(name)) as actor:
            assert actor.user_id
            passkey = Passkey(user_id=actor.user_id, credential_id=uuid7().bytes, public_key=b"x", sign_count=0, transports=[], name=f"手机{mark()}")
            device = f"旧电脑{mark()}"
            other = LoginSession(token_digest=uuid7().hex * 2, user_id=actor.user_id, expires_at=now() + until, last_seen_at=now(), device=device)
            db.session.add_all([passkey, other])
            db.session.flush()
            world.ids |= {f"passkey.{short}": passkey.id, f"login_session.{short}": other.id}
            token = db.session.query(AccessToken).filter_by(user_id=actor.user_id).one()
            token.name = f"接口{mark()}"
            world.ids[f"access_token.{short}"] = token.id
    with unit(world.actor("stranger/admin")) as actor:
        favour(actor, offer_queries.offer(world.ids["offer.public"]))
        favour(actor, offer_queries.offer(world.ids["offer.counterparty"]))


def _talk(world: World) -> None:
    """A conversation of two, messages, a robot."""
    with unit(world.actor("counterparty/admin")) as actor:
        about = {"subject": f"关于{mark()}", "url": f"/orders/{world.ids['order.open']}"}
        conversation = messages.converse(actor, world.firm("own").id, "order", world.ids["order.open"], **about)
        messages.say(actor, conversation, f"公差能放宽吗{mark()}", now())
        world.ids["conversation.own"] = conversation.id
    with unit(world.actor("own/admin")) as actor:
        messages.tell(world.firm("own").id, "conversation.line", url="/inbox", params={"firm": mark(), "subject": mark()}, todo=True)
        messages.tell(world.firm("own").id, "conversation.line", url="/offers", params={"firm": mark(), "subject": mark()})
    with unit(world.actor("own/admin")) as actor:
        secret = {"url": world.links["robot"] + mark(), "secret": mark(), "last_error": f"拒绝{mark()}"}
        robot = Robot(organisation_id=actor.organisation_id, kind="wecom", status="failing", **secret)
        db.session.add(robot)
        db.session.flush()
        world.ids["robot.own"] = robot.id
        world.ids["message.own"] = db.session.query(Message).filter_by(url="/inbox").one().id


def _report(world: World, kind: str, name: str) -> UUID:
    with unit(world.actor("stranger/admin")) as actor:
        return moderation.report(actor, kind, world.ids[name], reason="false", note=f"不实{mark()}").id


def _moderation(world: World) -> None:
    """A report that waits, take-downs in two states."""
    world.ids["organisation.own"] = world.firm("own").id
    world.ids["report.open"] = _report(world, "offer", "offer.public")
    world.ids["report.second"] = _report(world, "offer", "offer.counterparty")
    for state in ("down", "appealed", "appealed-too", "upheld"):
        world.ids["offer.down"] = world.ids["organisation.own"]
        report_id = _report(world, "organisation", "offer.down")
        with unit(world.actor("operator/operations")) as actor:
            row = db.session.get(Report, report_id)
            assert row is not None
            taken = moderation.take_down(actor, row, now(), reason="false", note=f"与实地不符{mark()}")
            world.ids[f"take_down.{state}"] = taken.id
        if state != "down":
            with unit(world.actor("own/admin")) as actor:
                down = db.session.get(TakeDown, world.ids[f"take_down.{state}"])
                assert down is not None
                moderation.appeal(actor, down, now(), words=f"照片是真的，请再核实一次{mark()}")
    with unit(world.actor("operator/security")) as actor:
        asked = db.session.get(TakeDown, world.ids["take_down.upheld"])
        assert asked is not None
        moderation.answer_appeal(actor, asked, now(), restore=False, answer=f"维持原决定{mark()}")
    del world.ids["offer.down"]


def _certification(world: World) -> None:
    """A case that was sent back, and its next that waits for the operators of the place, with one of another firm's."""
    for name, owner, licence in (("returned", "unverified", "licence"), ("waiting", "unverified", "licence"), ("second", "rival", "rival")):
        with unit(world.actor(f"{owner}/admin")) as actor:
            firm = db.session.get(Organisation, world.firm(owner).id)
            assert firm is not None
            said = {"legal_name": firm.name, "uscc": firm.uscc or "", "representative": f"李{mark()}", "contact": f"王{mark()}"}
            case = certification.submit_firm(actor, firm, now(), **said, licence=[world.ids[f"revision.{licence}"]], valid_until=None)
            world.ids[f"case.{name}"] = case.id
        if name == "returned":
            with unit(world.actor("operator/operations")) as actor:
                certification.give_back(actor, cases.case(world.ids["case.returned"]), now(), reason="blurred", note=f"看不清{mark()}")


def _park_delivery(world: World, wipe: Wipe) -> None:
    event_id, delivery_id = uuid7(), uuid7()
    wipe.execute(
        "insert into outbox_events (id, name, schema_version, organisation_id, object_kind, object_id, object_version, occurred_at)"
        " values (%s, 'SomethingHappened', 1, %s, 'x', %s, 1, now())",
        event_id, world.firm("own").id, uuid7(),
    )  # fmt: skip
    wipe.execute(
        "insert into outbox_deliveries (id, event_id, handler, queue, status, attempts, error) values (%s, %s, 'a.handler', 'events', 'parked', 8, %s)",
        delivery_id, event_id, f"ValueError: {mark()}",
    )  # fmt: skip
    world.ids["delivery.parked"] = delivery_id
