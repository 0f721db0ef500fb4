"""Pages of quotes: writing one, reading one, comparing them, choosing one."""

from dataclasses import fields, replace
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext

from gongchuang.rights import allowed
from gongchuang.web import Answer, Form, actor, idempotent, now
from marketplace.capacity import spans
from marketplace.machines import queries as machines
from marketplace.orders import measuring
from marketplace.orders import queries as orders
from marketplace.orders import rules as order_rules
from marketplace.orders.models import Order
from marketplace.quotes import actions, comparing, export, presentation, queries, rules, words
from marketplace.quotes.forms import AwardForm, DeclineForm, JustifyForm, QuoteForm, written
from marketplace.quotes.models import Quote
from marketplace.quotes.permissions import QuotePermission
from search.documents.document import Side
from search.matching import queries as matching
from search.matching.kinship import covers
from services.files import queries as files
from services.messages import queries as messages
from services.procedures import queries as procedures

pages = Blueprint("quotes", __name__, template_folder="templates")


def _today() -> date:
    day = order_rules.day_of(now())
    assert day is not None
    return day


def _form(order: Order) -> QuoteForm:
    own = machines.owned_by(actor().organisation_id)
    if request.method == "POST":
        return QuoteForm(own)
    return QuoteForm(own, data=_start(order))


def _start(order: Order) -> dict[str, Any]:
    """Return what the form begins with: the kept draft, a past quote that is copied, or what is usual."""
    draft = queries.living(order.id, actor().organisation_id)
    copied = _copied()
    if draft is not None and copied is None:
        said = actions.facts_of(draft)
        lines = {line.part_id: line for line in said.lines}
    elif copied is not None:
        said, lines = replace(actions.facts_of(copied), papers=(), machine_id=copied.machine_id), {}
    else:
        said, lines = rules.QuoteFacts(invoice="ordinary" if order.invoice == "ordinary" else "special"), {}
    usual = (order_rules.day_of(order.procedure.closes_at) or _today()) + rules.USUAL_VALIDITY
    old = said.lines[0] if copied is not None and said.lines else None
    return {
        **{field.name: getattr(said, field.name) for field in fields(said)},
        "prices_include_tax": "1" if said.prices_include_tax else "",
        "tax_bp": str(said.tax_bp),
        "machine_id": str(said.machine_id or (_able(order) if draft is None else None) or ""),
        "valid_on": said.valid_on if said.valid_on and said.valid_on >= usual else usual,
        "lines": [_line(part.id, lines.get(part.id) or old) for part in order.parts],
    }


def _able(order: Order) -> UUID | None:
    """Return the first of the reader's machines that does one of the order's processes: hours are proposed on it unless another is chosen."""
    wanted = [part.process for part in order.parts if part.process]
    for machine in machines.owned_by(actor().organisation_id):
        if any(covers("process", need, offered) for need in wanted for offered in (*machine.core, *machine.supplementary)):
            return machine.id
    return None


def _line(part_id: UUID, said: rules.LineFacts | None) -> dict[str, Any]:
    if said is None:
        return {"part_id": str(part_id)}
    return {"part_id": str(part_id), "unit_price_fen": said.unit_price_fen, "breaks": said.breaks, "minutes_per_piece": said.minutes_per_piece}


def _copied() -> Quote | None:
    try:
        copied = queries.quote(UUID(request.args["copy"])) if "copy" in request.args else None
    except ValueError:
        return None
    return copied if copied is not None and copied.organisation_id == actor().organisation_id else None


@pages.route("/orders/<uuid:order_id>/quote", methods=["GET", "POST"])
@allowed(QuotePermission.MAKE, orders.order)
@idempotent
def make(order: Order) -> Answer:
    standing = queries.living(order.id, actor().organisation_id) if request.method == "GET" else None
    if standing is not None and standing.submission.status != "draft":
        return redirect(url_for(".see", quote_id=standing.id), 303)
    form = _form(order)
    if form.submitted():
        quote = actions.submit(actor(), order, form.facts(), now())
        flash(gettext("报价已提交，采购方已收到通知"))
        return redirect(url_for(".see", quote_id=quote.id), 303)
    fitting = [m for i in orders.fitting_offers(actor().organisation_id, order.id)[:1] if (m := matching.one(i, Side.OFFER))]
    papers = measuring.revisions_of(form.papers.data, actor().organisation_id)
    shown = {"totals": actions.totals_of(form.facts(), order), "hours": _proposal(form, order)}
    past = [] if request.method == "POST" else queries.past(actor().organisation_id, order.id)
    firm = orders.firm(order.organisation_id)
    answer = render_template(
        "quotes/make.html", order=order, form=form, firm=firm, fitting=fitting, papers=papers, past=past, files=measuring.files_of(order), now=now(), **shown
    )
    return answer, 422 if request.method == "POST" else 200


def _proposal(form: QuoteForm, order: Order) -> dict[str, Any]:
    """Return the hours to show: those kept in the form while they suffice, else the machine's first free ones."""
    facts = form.facts()
    minutes = actions.minutes_of(facts, order)
    if facts.machine_id is None or not 0 < minutes <= rules.MOST_MINUTES:
        return {"state": "none" if facts.machine_id is None else "unknown", "minutes": minutes, "windows": [], "machine": None}
    machine = next((m for m in machines.owned_by(actor().organisation_id) if m.id == facts.machine_id), None)
    if machine is None:
        return {"state": "none", "minutes": minutes, "windows": [], "machine": None}
    taken = "refused" in g and g.refused.code in ("capacity.taken", "quote.hours_early")
    kept = facts.windows if not taken and sum(w.minutes for w in facts.windows) == minutes else ()
    found = kept or tuple(actions.propose(machine, facts, order, now()))
    return {"state": "found" if found else "full", "minutes": minutes, "windows": [written(w) for w in found], "spans": spans.merge(found), "machine": machine}


@pages.post("/orders/<uuid:order_id>/quote/draft")
@allowed(QuotePermission.MAKE, orders.order)
def draft(order: Order) -> Answer:
    """Keep what is believable of the form while it is being filled in."""
    form = _form(order)
    form.validate()
    actions.keep(actor(), order, form.facts(), now())
    return jsonify(saved=True)


@pages.post("/orders/<uuid:order_id>/quote/totals")
@allowed(QuotePermission.MAKE, orders.order)
def totals(order: Order) -> Answer:
    """Reckon the total and its capitals while prices are being typed; the server rounds."""
    form = _form(order)
    form.validate()
    return render_template("quotes/_totals.html", totals=actions.totals_of(form.facts(), order), facts_include_tax=form.facts().prices_include_tax)


@pages.post("/orders/<uuid:order_id>/quote/hours")
@allowed(QuotePermission.MAKE, orders.order)
def propose(order: Order) -> Answer:
    """Propose the first free hours of the chosen machine that suffice."""
    form = _form(order)
    form.validate()
    form.windows.data = ()
    return render_template("quotes/_hours.html", hours=_proposal(form, order))


@pages.route("/orders/<uuid:order_id>/decline", methods=["GET", "POST"])
@allowed(QuotePermission.DECLINE, orders.order)
def decline(order: Order) -> Answer:
    form = DeclineForm()
    if form.submitted():
        actions.decline(actor(), order, form.reason.data, form.note.data or "")
        flash(gettext("已婉拒，采购方会看到原因"))
        return redirect(url_for("orders.index"), 303)
    return render_template("quotes/decline.html", order=order, form=form)


@pages.post("/orders/<uuid:order_id>/ask")
@allowed(QuotePermission.ASK, orders.order)
def ask(order: Order) -> Answer:
    return redirect(url_for("messages.conversation", conversation_id=actions.ask(actor(), order).id), 303)


@pages.get("/quotes/mine")
@allowed(QuotePermission.LIST)
def mine() -> Answer:
    status = request.args.get("status")
    page = queries.mine(actor().organisation_id, status, request.args.get("cursor"))
    found = queries.titles([quote.order_id for quote in page.items])
    firms = orders.firms([quote.buyer_organisation_id for quote in page.items])
    return render_template("quotes/mine.html", page=page, status=status, titles=found, firms=firms, words=words)


@pages.get("/quotes/<uuid:quote_id>")
@allowed(QuotePermission.SEE, queries.quote)
def see(quote: Quote) -> Answer:
    own = quote.organisation_id == actor().organisation_id
    order = orders.order(quote.order_id)
    other = orders.firm(quote.buyer_organisation_id if own else quote.organisation_id)
    abnormal = quote.id in queries.abnormal_in(order.id)
    submitted = quote.submission.submitted_at is not None
    held = queries.hours_of([quote.id], now()).get(quote.id, queries.Hours())
    shown = {
        "held": held,
        "outrun": rules.outrun(valid_on=quote.valid_on, begins_at=held.begins_at, closes_at=order.procedure.closes_at),
        "justification": queries.justified([quote.id]).get(quote.id),
        "papers": files.revisions([paper.revision_id for paper in quote.papers]),
        "contacts": messages.contacts_of(other.id) if submitted else [],
        "award": procedures.award_of(order.id),
        "parts": {part.id: part for part in order.parts},
        "totals": actions.totals_of(actions.facts_of(quote), order),
    }
    return render_template("quotes/see.html", quote=quote, order=order, own=own, other=other, abnormal=abnormal, form=Form(), now=now(), words=words, **shown)


@pages.post("/quotes/<uuid:quote_id>/withdraw")
@allowed(QuotePermission.WITHDRAW, queries.quote)
@idempotent
def withdraw(quote: Quote) -> Answer:
    actions.withdraw(actor(), quote)
    flash(gettext("报价已撤回，预留的机时已释放"))
    return redirect(url_for("orders.see", order_id=quote.order_id), 303)


@pages.post("/quotes/<uuid:quote_id>/hours")
@allowed(QuotePermission.WITHDRAW, queries.quote)
@idempotent
def hold_again(quote: Quote) -> Answer:
    actions.hold_again(actor(), quote, orders.order(quote.order_id), now())
    flash(gettext("已重新预留机时"))
    return redirect(url_for(".see", quote_id=quote.id), 303)


@pages.route("/quotes/<uuid:quote_id>/justify", methods=["GET", "POST"])
@allowed(QuotePermission.WITHDRAW, queries.quote)
@idempotent
def justify(quote: Quote) -> Answer:
    form = JustifyForm()
    if form.submitted():
        actions.justify(actor(), quote, form.text.data or "")
        flash(gettext("说明已提交，采购方现在可以选定您的报价"))
        return redirect(url_for(".see", quote_id=quote.id), 303)
    return render_template("quotes/justify.html", quote=quote, order=orders.order(quote.order_id), form=form)


def _compared(order: Order) -> list[comparing.Column]:
    found = [quote for quote in queries.of_order(order.id) if quote.submission.status != "lost" or order.procedure.status == "awarded"]
    return comparing.ordered(comparing.columns(order, found, _today(), now()))


@pages.get("/orders/<uuid:order_id>/compare")
@allowed(QuotePermission.COMPARE, orders.order)
def compare(order: Order) -> Answer:
    taxed = request.args.get("tax") != "without"
    everything = _compared(order)
    chosen = [UUID(i) for i in request.args.getlist("quote") if _is_id(i)]
    found = [c for c in everything if not chosen or c.quote.id in chosen][: comparing.MOST]
    rows = comparing.rows(order, found, taxed=taxed)
    refusals = {c.quote.id: comparing.why_not_choose(c, now()) for c in found}
    declines = queries.declines_of(order.id)
    firms = orders.firms([decline.organisation_id for decline in declines])
    shown = {"declines": declines, "firms": firms, "refusals": refusals, "words": words, "now": now()}
    return render_template("quotes/compare.html", order=order, columns=found, everything=everything, rows=rows, taxed=taxed, most=comparing.MOST, **shown)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@pages.get("/orders/<uuid:order_id>/compare.csv")
@allowed(QuotePermission.COMPARE, orders.order)
def compare_csv(order: Order) -> Answer:
    found = _compared(order)
    rows = comparing.rows(order, found, taxed=request.args.get("tax") != "without")
    answer = Response(export.comparison([column.firm.name for column in found], rows), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{order.number}.csv"'
    return answer


@pages.route("/quotes/<uuid:quote_id>/award", methods=["GET", "POST"])
@allowed(QuotePermission.AWARD, queries.quote)
@idempotent
def award(quote: Quote) -> Answer:
    order = orders.order(quote.order_id)
    form = AwardForm()
    if form.submitted():
        actions.award(actor(), order, quote, form.reason.data or "", now())
        booked = queries.hours_of([quote.id], now()).get(quote.id, queries.Hours()).booked
        flash(gettext("已选定供应商，机时已锁定，对方已收到通知") if booked else gettext("已选定供应商，对方已收到通知"))
        return redirect(url_for(".see", quote_id=quote.id), 303)
    column = comparing.columns(order, [quote], _today(), now())[0]
    if request.method == "GET":
        form.reason.data = gettext("综合到厂总价、交期和匹配度选定")
    rivals = len([each for each in queries.of_order(order.id) if each.id != quote.id and each.submission.status == "submitted"])
    why_not = actions.why_not_choose(quote, now())
    shown = {"hours": presentation.hours_words_of(column.hours), "payment": presentation.payment_words(quote)}
    return render_template("quotes/award.html", quote=quote, order=order, column=column, form=form, rivals=rivals, refusal=why_not, now=now(), **shown)
