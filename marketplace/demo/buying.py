"""The demo's orders, put out by the buyers' own actions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from uuid import UUID, uuid5

from gongchuang import vocabulary
from marketplace.orders import actions, queries
from marketplace.orders.rules import OrderFacts, PartFacts
from services.demo.firms import Firm
from services.demo.shelf import Shelf
from services.demo.tables import Row, codes, fen, figure
from services.demo.travel import moment

from .parts.drawings import DRAWINGS
from .times import SHANGHAI, at, deadline

PURPOSE = "order_part"
AS_STL = ("manifold-block",)


@dataclass(frozen=True)
class Bought:
    """An order of the table, ready to be loaded: when it was put out and when it closes."""

    row: Row
    buyer: Firm
    published_at: datetime
    closes_at: datetime

    @property
    def key(self) -> str:
        return self.row["key"]

    @property
    def state(self) -> str:
        return self.row["state"]


def planned(rows: list[Row], firms: Mapping[str, Firm], now: datetime) -> list[Bought]:
    """Return every order with its dates relative to `now`."""
    return [
        Bought(
            row,
            firms[row["organisation"]],
            at(now, -float(row["published_days_ago"] or 0), row["key"], before=now - timedelta(hours=2)),
            deadline(now, int(row["closes_in_days"])),
        )
        for row in rows
    ]


def files_of(rows: list[Row]) -> dict[str, bytes]:
    """Return the part files the orders show, by name."""
    folder = files("marketplace.demo.parts") / "files"
    return {name: (folder / name).read_bytes() for row in rows for name in _files(row)}


def _files(row: Row) -> list[str]:
    part = row["part"]
    if not part:
        return []
    model = f"{part}.stl" if part in AS_STL else f"{part}.step"
    return [model, f"{part}.dxf"] if part in DRAWINGS else [model]


def put_out(bought: Bought, firms: Mapping[str, Firm], shelf: Shelf, now: datetime) -> UUID:
    """Draft an order and, unless it stays a draft, publish it; return its id."""
    row, buyer = bought.row, bought.buyer
    with moment(buyer.scope("buyer"), now - bought.published_at) as then:
        actor = buyer.actor("buyer")
        shown_as = row["part_name"].replace(" ", "")
        uploaded = tuple(shelf.upload(actor, name, PURPOSE, then, shown_as) for name in _files(row))
        order = actions.begin(actor, uuid5(buyer.id, bought.key), _facts(bought, firms, uploaded, now), then)
        if bought.state != "draft":
            actions.publish(actor, order, then)
            actions.invite(actor, order, [firms[key].id for key in codes(row["invited"])], then)
        return order.id


def _facts(bought: Bought, firms: Mapping[str, Firm], uploaded: tuple[UUID, ...], now: datetime) -> OrderFacts:
    row = bought.row
    named = tuple(firms[token.removeprefix("org:")].id for token in codes(row["audience"]) if token.startswith("org:"))
    return OrderFacts(
        title=row["title"],
        parts=(_part(row, uploaded),),
        stage=row["stage"],
        supply=row["supply"],
        delivery_on=(now.astimezone(SHANGHAI) + timedelta(days=int(row["due_in_days"]))).date(),
        closes_at=bought.closes_at,
        region=row["region"],
        made_in=row["made_in"],
        certificates=codes(row["certificates"]),
        budget_fen=fen(row["budget_yuan"]),
        budget_shown=row["stage"] == "prototype",
        reach="named" if named else row["audience"],
        named=named,
        file_tier=row["files"],
        note=row["requirement"],
    )


def _part(row: Row, uploaded: tuple[UUID, ...]) -> PartFacts:
    process, *others = codes(row["processes"])
    notes = ["另需" + "、".join(vocabulary.label("processes", code) for code in others)] if others else []
    if row["mass_kg"]:
        notes.append(f"单重约 {row['mass_kg']} kg")
    return PartFacts(
        name=row["part_name"],
        files=uploaded,
        process=process,
        material=row["material"],
        quantity=int(row["quantity"]),
        tolerance=row["tolerance"],
        surface=row["surface"] or None,
        x_mm=figure(row["x_mm"]),
        y_mm=figure(row["y_mm"]),
        z_mm=figure(row["z_mm"]),
        note="，".join(notes),
    )


def end(bought: Bought, order_id: UUID, now: datetime) -> None:
    """Call an order off, or end it without a supplier, where the table says so."""
    if bought.state not in ("cancelled", "unsuccessful"):
        return
    with moment(bought.buyer.scope("buyer"), now - bought.closes_at - timedelta(hours=16)) as then:
        actor, order = bought.buyer.actor("buyer"), queries.order(order_id)
        if bought.state == "cancelled":
            actions.cancel(actor, order, bought.row["requirement"], then)
        else:
            actions.fail(actor, order, bought.row["requirement"], then)
