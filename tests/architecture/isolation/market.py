"""What firms have for each other in the marketplace: machines, offers, files, orders, quotes."""

import hashlib
import io
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from PIL import Image

from gongchuang.actor import Actor
from gongchuang.database import db, now, uuid7
from marketplace.capacity import actions as capacity
from marketplace.capacity import closing
from marketplace.capacity.spans import Window, day_of, weeks_from
from marketplace.machines import actions as machines
from marketplace.machines import queries as machine_queries
from marketplace.machines import rules as machine_rules
from marketplace.machines.models import Certificate
from marketplace.offers import actions as offers
from marketplace.offers.rules import Terms
from marketplace.orders import actions as orders
from marketplace.orders import queries as order_queries
from marketplace.quotes import actions as quotes
from marketplace.quotes import queries as quote_queries
from services.files.models import File, FileRevision
from tests.architecture.isolation.canary import mark
from tests.architecture.isolation.cases import moment
from tests.architecture.isolation.making import World
from tests.marketplace.ordering import PART, order_facts, quote_facts, unit


def _machine(actor: Actor) -> UUID:
    preset = machine_rules.preset("mill-5")
    given = {name: getattr(preset, name) for name in preset.__dataclass_fields__}
    said = {"name": f"五轴{mark()}", "model": mark(), "note": f"说明{mark()}", "shift": "three", "work_days": 7}
    made = machines.add(actor, machine_rules.Facts(**given | said))
    db.session.flush()
    return made.id


BUDGET = 987_654_301
"""Fen: a figure that stands nowhere else. Every order has it, and keeps it back."""
BUDGET_WORDS = re.compile(r"987654301|9,?876,?543\.01")
"""As the API and the pages write it."""


def make_supply(world: World) -> None:
    """Machines, closing days, certificates, offers."""
    for name in ("own", "counterparty", "rival", "invited"):
        with unit(world.actor(f"{name}/admin")) as actor:
            world.ids[f"machine.{name}"] = _machine(actor)
    world.ids["machine.retired"] = _retired(world)
    with unit(world.actor("own/admin")) as actor:
        machine = machine_queries.machine(world.ids["machine.own"])
        day = day_of(now()) + timedelta(days=200)
        world.ids["closure.own"] = closing.close(actor, machine, kind="maintenance", first_on=day, last_on=day, note=f"保养{mark()}").id
        made = Certificate(organisation_id=actor.organisation_id, code="iso-9001", number=mark(), expires_on=day)
        db.session.add(made)
        db.session.flush()
        world.ids["certificate.own"] = made.id
        start = datetime.fromisoformat(moment(190))
        capacity.block(actor, machine, [Window(start, start + timedelta(hours=4), 1)], f"外单{mark()}")
    for name in ("public", "named", "draft", "withdrawn"):
        with unit(world.actor("own/admin")) as actor:
            world.ids[f"offer.{name}"] = _offer(world, actor, name)
    with unit(world.actor("counterparty/admin")) as actor:
        world.ids["offer.counterparty"] = _offer(world, actor, "counterparty", "counterparty")


def _retired(world: World) -> UUID:
    with unit(world.actor("own/admin")) as actor:
        identifier = _machine(actor)
        machines.retire(actor, machine_queries.machine(identifier))
    return identifier


def _offer(world: World, actor: Actor, name: str, firm: str = "own") -> UUID:
    weeks = tuple(weeks_from(day_of(now()), 4)[2:])
    terms = Terms(machine_ids=(world.ids[f"machine.{firm}"],), weeks=weeks, minutes_per_week=600, price_fen=26_000, lead_time_days=12, note=f"产能{mark()}")
    if name == "named":
        terms = replace(terms, reach="named", named=(world.firm("invited").id,))
    if name == "draft":
        return offers.draft(actor, terms).id
    made = offers.publish_new(actor, terms, now())
    if name == "withdrawn":
        offers.withdraw(actor, made)
    return made.id


def _picture(inside: str) -> bytes:
    """Return a picture with words beside it, which only whoever may download it gets: others are sent one drawn anew."""
    made = io.BytesIO()
    Image.new("RGB", (320, 240), (200, 210, 215)).save(made, "WEBP", xmp=inside.encode())
    return made.getvalue()


def add_file(world: World, name: str, owner: str, purpose: str = "order_part", kind: str = "step", status: str = "checked") -> UUID:
    """Store a file whose name and contents nobody else has."""
    store, identifier, content = world.app.extensions["store"], uuid7(), mark()
    firm = world.firm(owner)
    key, body = f"{firm.id}/{identifier}/original", f"ISO-10303-21; /* {content} */".encode()
    with world.app.app_context():
        stored = store.put(key, io.BytesIO(body), len(body), "application/octet-stream")
        derived = {what: f"{firm.id}/{identifier}/{what}" for what in ("thumbnail.png", "model.glb", "preview.webp")}
        for what, right in (("thumbnail.png", "thumbnail"), ("model.glb", "model"), ("preview.webp", "download as it is")):
            inside = world.contents[f"{right}.{name}"] = mark()
            made = _picture(inside) if what == "preview.webp" else inside.encode()
            store.put(derived[what], io.BytesIO(made), len(made), "application/octet-stream")
    with unit(world.actor(f"{owner}/admin")) as actor:
        file = File(organisation_id=firm.id, name=f"{mark()}.{kind}", purpose=purpose)
        db.session.add(file)
        db.session.flush()
        values: dict[str, Any] = {"object_key": key, "etag": stored.etag, "object_version": stored.version, "size": stored.size, "uploaded_by": actor.user_id}
        values |= {
            "thumbnail_key": derived["thumbnail.png"],
            "model_key": derived["model.glb"],
            "preview_key": derived["preview.webp"],
            "declared_type": mark(),
        }
        facts = {"box_mm": [320.0, 180.0, 46.0], "volume_mm3": 1_400_000.0, "watertight": True}
        sha = hashlib.sha256(body).hexdigest() if status == "checked" else None
        db.session.add(
            FileRevision(
                id=identifier,
                organisation_id=firm.id,
                file_id=file.id,
                name=file.name,
                kind=kind,
                status=status,
                sha256=sha,
                facts=facts,
                reason_params={},
                **values,
            )
        )
        world.ids[f"file.{name}"] = file.id
    world.ids[f"revision.{name}"], world.contents[f"download.{name}"] = identifier, content
    return identifier


def make_files(world: World) -> None:
    for name, owner, purpose in (
        ("part", "own", "order_part"),
        ("named", "own", "order_part"),
        ("private", "own", "order_part"),
        ("brief", "own", "task_brief"),
        ("paper", "counterparty", "quote_paper"),
        ("proposal", "counterparty", "bid_proposal"),
        ("licence", "unverified", "licence"),
        ("stranger", "stranger", "licence"),
        ("maker", "maker", "licence"),
        ("rival", "rival", "licence"),
        ("invited", "invited", "quote_paper"),
        ("photo", "own", "machine_photo"),
    ):
        add_file(world, name, owner, purpose, "jpeg" if purpose in ("licence", "machine_photo") else "step")
    add_file(world, "waiting", "own", status="uploading")


def _order(world: World, name: str, files: tuple[UUID, ...] = (), **said: Any) -> None:
    part = replace(PART, name=f"件{mark()}", note=f"零件{mark()}", files=files)
    facts = order_facts(**{"parts": (part,), "title": f"询价{mark()}", "note": f"要求{mark()}", "budget_fen": BUDGET} | said)
    with unit(world.actor("own/buyer")) as actor:
        order = orders.save(actor, orders.begin(actor, uuid7(), facts, now()), facts, now())
        world.ids[f"order.{name}"], world.ids[f"part.{name}"] = order.id, order.parts[0].id
    if name != "draft":
        with unit(world.actor("own/buyer")) as actor:
            orders.publish(actor, order_queries.order(world.ids[f"order.{name}"]), now())


def make_orders(world: World) -> None:
    """An order with quotes, one of them not handed in, an order for a named firm, a draft; a quote at a price so low that it has to be explained."""
    _order(world, "open", (world.ids["revision.part"],))
    _order(world, "named", (world.ids["revision.named"],), reach="named", named=(world.firm("invited").id,))
    _order(world, "draft", (world.ids["revision.private"],))
    for name, firm, price in (
        ("counterparty", "counterparty", 160_000),
        ("rival", "rival", 158_000),
        ("suspended", "suspended", 155_000),
        ("low", "provider", 40_000),
    ):
        with unit(world.actor(f"{firm}/admin")) as actor:
            order = order_queries.order(world.ids["order.open"])
            papers = (world.ids["revision.paper"],) if name == "counterparty" else ()
            machine = world.ids[f"machine.{name}"] if name in ("counterparty", "rival") else None
            said = quote_facts(order, price, note=f"报价{mark()}", papers=papers, machine_id=machine)
            world.ids[f"quote.{name}"] = quotes.submit(actor, order, said, now()).id
    with unit(world.actor("stranger/admin")) as actor:
        order = order_queries.order(world.ids["order.open"])
        world.ids["quote.draft"] = quotes.keep(actor, order, quote_facts(order, 170_000, note=f"草稿{mark()}"), now()).id
    _failed(world)
    with unit(world.actor("invited/admin")) as actor:
        quotes.decline(actor, order_queries.order(world.ids["order.named"]), "busy", f"太忙{mark()}")


def _failed(world: World) -> None:
    """An order that ended without a choice, a low price of it explained."""
    _order(world, "failed")
    for firm, price in (("counterparty", 160_000), ("rival", 158_000), ("suspended", 155_000), ("provider", 40_000)):
        with unit(world.actor(f"{firm}/admin")) as actor:
            order = order_queries.order(world.ids["order.failed"])
            made = quotes.submit(actor, order, quote_facts(order, price, note=f"报价{mark()}"), now())
            world.ids[f"quote.lost-{firm}"] = made.id
    with unit(world.actor("provider/admin")) as actor:
        quotes.justify(actor, quote_queries.quote(world.ids["quote.lost-provider"]), f"自有铸造毛坯，材料成本低{mark()}")
    with unit(world.actor("own/admin")) as actor:
        orders.fail(actor, order_queries.order(world.ids["order.failed"]), f"没有合适的{mark()}", now())
