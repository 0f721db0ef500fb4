"""Pages of offers: the list everyone sees, one offer, publishing, what a firm offers."""

import io
from dataclasses import replace
from datetime import date
from itertools import islice
from urllib.parse import urljoin
from uuid import UUID

import segno
from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from gongchuang.organisations.models import Organisation
from gongchuang.organisations.queries import organisation
from gongchuang.rights import allowed, why_not
from gongchuang.web import Answer, Form, actor, idempotent, now
from gongchuang.web.filters import local
from marketplace.machines import queries as machine_queries
from marketplace.machines.models import Machine
from marketplace.offers import actions, cards, importing, listing, queries, rules
from marketplace.offers.forms import ImportForm, OfferForm, typed, week_choices
from marketplace.offers.models import Offer
from marketplace.offers.permissions import OfferPermission
from marketplace.offers.rules import Terms
from search.matching import queries as matches

pages = Blueprint("offers", __name__, template_folder="templates")


def _today() -> date:
    return local(now()).date()


def _home() -> str | None:
    who = actor().organisation_id
    return organisation(who).region or None if who else None


@pages.get("/", endpoint="index")
@pages.get("/offers", endpoint="list")
@allowed(OfferPermission.LIST)
def index() -> Answer:
    """The list: everything offered that the reader may see, found by words and filters that all stand in the address."""
    canonical = listing.gathered(request.args, request.path)
    if canonical is not None:
        return redirect(canonical, 303)
    home = _home()
    found = listing.found_by(request.args, actor(), now(), request.path, home)
    misses = [cards.near_of(miss) for miss in listing.near(found, actor(), now(), home)]
    shown = [cards.card_of(card, now()) for card in found.cards]
    facets = cards.arranged(found.facets, _today())
    sizes = next((asked.figures for asked in found.asked if asked.field == "envelope"), ())
    return render_template(
        "offers/index.html",
        found=found,
        cards=shown,
        facets=facets,
        misses=misses,
        sizes=sizes,
        kept=listing.kept(found, ("envelope",)),
        kept_all=listing.kept(found, ("q",)),
        tolerance_url=lambda value: listing.with_one(found, request.path, "tolerance", value),
        clear_page=found.here,
        order_url=cards.page_of_room("orders.create"),
    )


@pages.get("/offers/<uuid:offer_id>")
@allowed(OfferPermission.SEE, queries.offer)
def see(offer: Offer) -> Answer:
    """One offer: machines, weeks, price, certificates; to its owner also what it matches."""
    own = offer.organisation_id == actor().organisation_id
    machines = queries.machines_of(offer)
    return render_template(
        "offers/see.html",
        offer=offer,
        own=own,
        machines=machines,
        firm=organisation(offer.organisation_id),
        certificates=machine_queries.certificates_of(offer.organisation_id),
        today=_today(),
        strip=cards.strip_of(list(zip(offer.weeks, offer.free_minutes, strict=True)), _today()),
        place=cards.place_of(organisation(offer.organisation_id).region, organisation(offer.organisation_id).park),
        unit=cards.unit_words(offer.price_unit),
        tax=cards.tax_words(offer.tax_rate),
        enquiry=cards.enquiry_url(offer.id),
        similar=_similar(offer, machines),
        near_orders=cards.near_orders,
        matched=matches.for_offer("offer", offer.id, limit=10) if own else [],
        nearly=matches.for_offer("offer", offer.id, near=True, limit=5) if own else [],
        kept=queries.favourite(actor().user_id, offer.id) is not None,
        named=queries.organisations_by_ids(offer.named) if own else [],
        share=urljoin(request.host_url, url_for(".see", offer_id=offer.id)),
        age=rules.age(offer.confirmed_at, now()) if offer.confirmed_at else None,
        form=Form(),
        now=now(),
    )


def _similar(offer: Offer, machines: list[Machine]) -> list[dict[str, object]]:
    """Return up to three other offers of the same main process."""
    core = next((code for machine in machines for code in machine.core), None)
    if core is None:
        return []
    others = (card for card in listing.alike(core, actor(), now(), _home()) if card.object_id != offer.id and card.organisation_id != offer.organisation_id)
    return [cards.card_of(card, now()) for card in islice(others, 3)]


@pages.get("/offers/<uuid:offer_id>/qr.svg")
@allowed(OfferPermission.SEE, queries.offer)
def qr(offer: Offer) -> Answer:
    """The offer's address as a QR code."""
    out = io.BytesIO()
    segno.make(urljoin(request.host_url, url_for(".see", offer_id=offer.id)), error="m").save(out, kind="svg", scale=6, border=2)
    return Response(out.getvalue(), mimetype="image/svg+xml")


@pages.route("/offers/new", methods=["GET", "POST"])
@allowed(OfferPermission.DRAFT)
@idempotent
def new() -> Answer:
    """Publish idle hours: six things to say. An unverified firm keeps a draft."""
    own = machine_queries.owned_by(actor().organisation_id)
    if not own:
        return render_template("offers/no_machine.html")
    form = OfferForm(own, _today(), firms=_firms(request.form.getlist("named")), data=_first(own))
    if form.submitted():
        as_draft = "draft" in request.form or why_not(OfferPermission.PUBLISH) is not None
        offer = actions.draft(actor(), form.terms()) if as_draft else actions.publish_new(actor(), form.terms(), now())
        flash(_("草稿已保存，核验通过后即可发布") if as_draft else _("已发布，匹配的询价单会马上通知您"))
        return redirect(url_for(".see", offer_id=offer.id), 303)
    return render_template("offers/form.html", form=form, machines={m.id: m for m in own}, offer=None, last=queries.last_of(actor().organisation_id))


def _first(own: list[Machine]) -> dict[str, object]:
    """Return what a new offer begins with: the machine it was asked for (or the only one), the next four weeks, and what it cost when last offered."""
    asked = request.args.get("machine", "")
    chosen = [m.id for m in own if str(m.id) == asked] or ([own[0].id] if len(own) == 1 else [])
    last = queries.last_of(actor().organisation_id)
    weeks = tuple(code for code, _label in week_choices(_today())[1:5])
    same = last is not None and chosen and set(chosen) <= set(last.machine_ids)
    terms = actions.terms_of(last) if last is not None and same else Terms(machine_ids=(), weeks=(), minutes_per_week=40 * 60)
    return typed(replace(terms, machine_ids=tuple(chosen), weeks=weeks, reach="public", named=(), note="", quantity_min=None))


def _firms(ids: list[str]) -> list[Organisation]:
    known = []
    for text in ids[: rules.MOST_NAMED]:
        try:
            known.append(UUID(text))
        except ValueError:
            continue
    return queries.organisations_by_ids(known)


@pages.route("/offers/<uuid:offer_id>/edit", methods=["GET", "POST"])
@allowed(OfferPermission.DRAFT, queries.offer)
@idempotent
def edit(offer: Offer) -> Answer:
    own = machine_queries.owned_by(actor().organisation_id)
    firms = _firms(request.form.getlist("named") or [str(n) for n in offer.named])
    form = OfferForm(own, _today(), firms=firms, weeks=offer.weeks, data=typed(actions.terms_of(offer)))
    if form.submitted():
        actions.edit(actor(), offer, form.terms(), now())
        flash(_("已保存"))
        return redirect(url_for(".see", offer_id=offer.id), 303)
    return render_template("offers/form.html", form=form, machines={m.id: m for m in own}, offer=offer, last=None)


@pages.post("/offers/<uuid:offer_id>/publish")
@allowed(OfferPermission.PUBLISH, queries.offer)
@idempotent
def publish(offer: Offer) -> Answer:
    actions.publish(actor(), offer, now())
    flash(_("已发布，匹配的询价单会马上通知您"))
    return redirect(url_for(".see", offer_id=offer.id), 303)


@pages.post("/offers/<uuid:offer_id>/repeat")
@allowed(OfferPermission.PUBLISH, queries.offer)
@idempotent
def repeat(offer: Offer) -> Answer:
    """The same again for the weeks that follow: one tap."""
    again = actions.repeat(actor(), offer, now())
    flash(_("已按上次的内容发布，周次已顺延"))
    return redirect(url_for(".see", offer_id=again.id), 303)


@pages.post("/offers/<uuid:offer_id>/withdraw")
@allowed(OfferPermission.WITHDRAW, queries.offer)
def withdraw(offer: Offer) -> Answer:
    actions.withdraw(actor(), offer)
    flash(_("已撤下，别人不再看到"))
    return redirect(url_for(".mine"), 303)


@pages.route("/offers/<uuid:offer_id>/confirm", methods=["GET", "POST"])
@allowed(OfferPermission.PUBLISH, queries.offer)
def confirm(offer: Offer) -> Answer:
    """Where a reminder leads: one tap says that it still stands."""
    if request.method == "POST":
        actions.confirm(actor(), offer, now())
        flash(_("已确认，恢复正常排名"))
        return redirect(url_for(".see", offer_id=offer.id), 303)
    strip = cards.strip_of(list(zip(offer.weeks, offer.free_minutes, strict=True)), _today())
    return render_template("offers/confirm.html", offer=offer, strip=strip, form=Form(), now=now(), unit=cards.unit_words(offer.price_unit))


@pages.get("/offers/mine")
@allowed(OfferPermission.MINE)
def mine() -> Answer:
    """What the firm offers and has offered."""
    page = queries.owned_by(actor().organisation_id, request.args.get("cursor"))
    counts = matches.counts(listing.SHELF.side, "offer", [offer.id for offer in page.items])
    strips = {offer.id: cards.strip_of(list(zip(offer.weeks, offer.free_minutes, strict=True)), _today()) for offer in page.items}
    return render_template("offers/mine.html", page=page, counts=counts, strips=strips, rules=rules, now=now(), unit_words=cards.unit_words, form=Form())


@pages.get("/offers/favourites")
@allowed(OfferPermission.FAVOUR)
def favourites() -> Answer:
    """The offers the reader keeps."""
    page = queries.favourites_of(actor().user_id, request.args.get("cursor"))
    strips = {offer.id: cards.strip_of(list(zip(offer.weeks, offer.free_minutes, strict=True)), _today()) for offer in page.items}
    return render_template("offers/favourites.html", page=page, strips=strips, unit_words=cards.unit_words, tax_words=cards.tax_words)


@pages.post("/offers/<uuid:offer_id>/favourite")
@allowed(OfferPermission.FAVOUR, queries.offer)
def favour(offer: Offer) -> Answer:
    """Keep it, or keep it no longer: the button says which."""
    if "remove" in request.form:
        actions.unfavour(actor(), offer)
    else:
        actions.favour(actor(), offer)
        flash(_("已收藏，可在“我的收藏”里找到"))
    return redirect(url_for(".see", offer_id=offer.id), 303)


@pages.post("/offers/<uuid:offer_id>/talk")
@allowed(OfferPermission.TALK, queries.offer)
def talk(offer: Offer) -> Answer:
    """Open the conversation with the offering firm about this offer."""
    return redirect(url_for("messages.conversation", conversation_id=actions.talk(actor(), offer).id), 303)


@pages.get("/offers/firms")
@allowed(OfferPermission.DRAFT)
def firms() -> Answer:
    """Firms by name or initials, for the box that names customers."""
    found = queries.organisations_named(request.args.get("q", ""), actor().organisation_id)
    return jsonify([{"value": str(firm.id), "text": firm.name} for firm in found])


@pages.route("/offers/import", methods=["GET", "POST"])
@allowed(OfferPermission.PUBLISH)
@idempotent
def take_in() -> Answer:
    """Many offers from a table: all rows right, or none published and every wrong row explained."""
    form, rows = ImportForm(), []
    if form.submitted():
        own = {m.name: m.id for m in machine_queries.owned_by(actor().organisation_id)}
        table = importing.table_of(form.file.data.filename or "", form.file.data.read(importing.LARGEST_FILE + 1))
        rows = importing.rows_of(table, own, _today())
        published, rows = actions.publish_all(actor(), rows, now())
        if published:
            flash(_("已发布 %(n)s 条空闲产能", n=len(published)))
            return redirect(url_for(".mine"), 303)
    return render_template("offers/import.html", form=form, rows=rows), 422 if rows else 200


@pages.get("/offers/import/template.csv")
@allowed(OfferPermission.DRAFT)
def template() -> Answer:
    """The table to fill in, with the firm's machines already in it."""
    names = [machine.name for machine in machine_queries.owned_by(actor().organisation_id)]
    content = importing.template(names, week_choices(_today())[1][0])
    return Response(content, mimetype="text/csv", headers={"Content-Disposition": 'attachment; filename="offers.csv"'})
