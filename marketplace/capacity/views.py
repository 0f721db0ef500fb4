"""Pages of machine hours: a machine's calendar, the firm's closing days."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from gongchuang.rights import allowed
from gongchuang.web import Answer, actor, idempotent, now
from marketplace.capacity import actions, closing, queries, spans
from marketplace.capacity.forms import ClosureForm, piece_of
from marketplace.capacity.models import Closure
from marketplace.capacity.permissions import CapacityPermission
from marketplace.machines import queries as machines
from marketplace.machines.models import Machine
from marketplace.machines.queries import machine as machine_query

pages = Blueprint("capacity", __name__, template_folder="templates")


def _unit(machine: Machine) -> int | None:
    """Return which of several same machines the page is about, None for all."""
    given = request.values.get("unit", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 3 and 1 <= int(given) <= machine.quantity else None


@pages.get("/machines/<uuid:machine_id>/calendar")
@allowed(CapacityPermission.SEE, machine_query)
def calendar(machine: Machine) -> Answer:
    """Eight weeks of a machine: what is free, what is taken; a tap on a shift blocks or frees it."""
    unit = _unit(machine)
    weeks = queries.calendar(machine, now(), unit=unit)
    return render_template("capacity/calendar.html", machine=machine, weeks=weeks, unit=unit, upcoming=queries.upcoming(machine.id, now()))


@pages.post("/machines/<uuid:machine_id>/calendar")
@allowed(CapacityPermission.BLOCK, machine_query)
def tap(machine: Machine) -> Answer:
    """Block a shift that came by phone, or free it again. The tapped piece says which, so that a double tap does nothing twice."""
    unit = _unit(machine)
    units = [unit] if unit else list(range(1, machine.quantity + 1))
    if "free" in request.form:
        span = piece_of(request.form["free"])
        actions.unblock(actor(), machine, [spans.Window(span.start, span.end, each) for each in units])
    else:
        span = piece_of(request.form.get("block", ""))
        lost = actions.block(actor(), machine, [spans.Window(span.start, span.end, each) for each in units])
        if lost:
            flash(ngettext("%(num)s 份报价的预留因此失效，对方选定前请重新安排机时", "%(num)s 份报价的预留因此失效，对方选定前请重新安排机时", lost), "warning")
    return redirect(url_for(".calendar", machine_id=machine.id, unit=unit), 303)


@pages.route("/closures", methods=["GET", "POST"])
@allowed(CapacityPermission.CLOSE)
@idempotent
def closures() -> Answer:
    """Days on which the firm, or one machine, is not worked."""
    own = machines.owned_by(actor().organisation_id)
    form = ClosureForm(own)
    if form.submitted():
        chosen = machines.machine(UUID(form.machine_id.data)) if form.machine_id.data else None
        closing.close(actor(), chosen, kind=form.kind.data, first_on=form.first_on.data, last_on=form.last_on.data, note=form.note.data or "")
        flash(_("已登记，这些天不再计入空闲机时"))
        return redirect(url_for(".closures"), 303)
    listed = queries.closures_of(actor().organisation_id, spans.day_of(now()))
    return render_template("capacity/closures.html", form=form, closures=listed, names={m.id: m.name for m in own})


@pages.post("/closures/<uuid:closure_id>/remove")
@allowed(CapacityPermission.CLOSE, queries.closure)
def remove_closure(closure: Closure) -> Answer:
    closing.reopen(actor(), closure)
    flash(_("已取消，这些天恢复计入空闲机时"))
    return redirect(url_for(".closures"), 303)
