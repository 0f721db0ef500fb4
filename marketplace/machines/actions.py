"""What people do with machines and certificates. Each: rule, change, audit, event."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from gongchuang.actor import Actor
from gongchuang.audit import record
from gongchuang.database import db, move, refuse_if_excluded
from gongchuang.events import emit
from gongchuang.organisations.queries import organisation
from gongchuang.refusal import NotFound, Refusal, refuse_all, refuse_if
from marketplace.capacity.locks import why_not_shrink
from marketplace.machines import rules
from marketplace.machines.events import CertificatesChanged, MachineChanged
from marketplace.machines.models import TRANSITIONS, Certificate, Machine
from marketplace.machines.rules import Facts
from services.files import queries as files
from services.files.actions import revoke

PICTURES = frozenset({"png", "jpeg", "webp"})


def _columns(facts: Facts) -> dict[str, Any]:
    names = ("name", "kind", "model", "quantity", "x_mm", "y_mm", "z_mm", "mass_kg", "tolerance_mm", "soft_factor", "note", "photo_id")
    week = rules.week_of(facts.shift, facts.work_days, facts.opens, facts.closes)
    shifts = {"preset": facts.shift, "days": facts.work_days, "week": [[list(span) for span in day] for day in week]}
    return {
        **{name: getattr(facts, name) for name in names},
        "core": list(dict.fromkeys(facts.core)),
        "supplementary": list(dict.fromkeys(facts.supplementary)),
        "materials": dict(facts.materials),
        "shifts": shifts,
    }


def facts_of(machine: Machine) -> Facts:
    """Return a machine's record as its owner said it."""
    shifts = machine.shifts
    first: list[list[int]] = next((day for day in shifts["week"] if day), [[0, 0]])
    own = shifts["preset"] == "own"
    plain = ("name", "kind", "model", "quantity", "x_mm", "y_mm", "z_mm", "mass_kg", "tolerance_mm", "soft_factor", "note", "photo_id")
    return Facts(
        **{name: getattr(machine, name) for name in plain},
        core=tuple(machine.core),
        supplementary=tuple(machine.supplementary),
        materials=dict(machine.materials),
        shift=shifts["preset"],
        work_days=shifts["days"],
        opens=first[0][0] if own else None,
        closes=first[0][1] % 1440 if own else None,
    )


def add(actor: Actor, facts: Facts) -> Machine:
    """Record a machine of the actor's organisation. Nobody else sees it before an offer of it is published."""
    _checked(actor, facts)
    machine = Machine(organisation_id=actor.organisation_id, **_columns(facts))
    db.session.add(machine)
    db.session.flush()
    record(actor, "machine:add", machine, quantity=machine.quantity, kind=machine.kind)
    emit(MachineChanged(machine))
    return machine


def edit(actor: Actor, machine: Machine, facts: Facts) -> Machine:
    """Say anew what a machine is. Hours already held or booked on it stay: fewer machines, or fewer holds over each other, than are in use are refused."""
    _checked(actor, facts)
    if machine.photo_id is not None and facts.photo_id != machine.photo_id:
        _close_photo(actor, machine.photo_id)
    if facts.quantity < machine.quantity or facts.soft_factor < machine.soft_factor:
        refuse_if(why_not_shrink(machine, facts.quantity, facts.soft_factor))
    for name, value in _columns(facts).items():
        setattr(machine, name, value)
    db.session.flush()
    record(actor, "machine:edit", machine, quantity=machine.quantity)
    emit(MachineChanged(machine))
    return machine


def _checked(actor: Actor, facts: Facts) -> None:
    """Refuse a record that cannot be, and a photograph that is not a checked picture of the firm's own."""
    wrong = rules.why_not_record(facts)
    if facts.photo_id is not None:
        assert actor.organisation_id is not None
        if not any(held.kind in PICTURES for held in files.own_checked(actor.organisation_id, [facts.photo_id])):
            wrong.append(Refusal("machine.photo", "照片还没有传完或不是图片，请重新上传 JPG、PNG 或 WebP", field="photo"))
    refuse_all(wrong)


def _close_photo(actor: Actor, photo_id: UUID) -> None:
    """Take a photograph that was replaced back from everyone its machine's offers had shown it to."""
    for revision in files.revisions([photo_id]):
        for held in files.grants_of(revision):
            revoke(actor, revision, held.token)


def change(actor: Actor, machine: Machine, **changed: Any) -> Machine:
    """Say anew some of a machine's facts; the others stay."""
    return edit(actor, machine, replace(facts_of(machine), **changed))


def retire(actor: Actor, machine: Machine) -> Machine:
    """Take a machine out of work: it is offered and proposed no more. What is booked on it stays booked."""
    move(machine, TRANSITIONS, to="retired")
    record(actor, "machine:retire", machine)
    emit(MachineChanged(machine))
    return machine


def restore(actor: Actor, machine: Machine) -> Machine:
    """Bring a retired machine back to work."""
    move(machine, TRANSITIONS, to="active")
    record(actor, "machine:restore", machine)
    emit(MachineChanged(machine))
    return machine


def add_certificate(actor: Actor, code: str, expires_on: date | None, today: date, number: str = "") -> Certificate:
    """Note that the firm holds a certificate. The same one twice is refused: renew it instead."""
    refuse_all(rules.why_not_certificate(code, expires_on, today))
    certificate = Certificate(organisation_id=actor.organisation_id, code=code, number=number.strip(), expires_on=expires_on)
    with refuse_if_excluded("certificates_once", Refusal("certificate.twice", "该证书已登记，请在列表中更新有效期", field="code")):
        db.session.add(certificate)
        db.session.flush()
    _tell(actor, "certificate:add", certificate)
    return certificate


def renew_certificate(actor: Actor, certificate: Certificate, expires_on: date | None, today: date, number: str = "") -> Certificate:
    """Note the new end of a certificate."""
    refuse_all(rules.why_not_certificate(certificate.code, expires_on, today))
    certificate.expires_on = expires_on
    certificate.number = number.strip()
    db.session.flush()
    _tell(actor, "certificate:renew", certificate)
    return certificate


def remove_certificate(actor: Actor, certificate: Certificate) -> None:
    """Take a certificate off the wall."""
    if certificate.organisation_id != actor.organisation_id:
        raise NotFound
    _tell(actor, "certificate:remove", certificate)
    db.session.delete(certificate)
    db.session.flush()


def _tell(actor: Actor, action: str, certificate: Certificate) -> None:
    record(actor, action, certificate, code=certificate.code, expires_on=certificate.expires_on)
    emit(CertificatesChanged(organisation(certificate.organisation_id), organisation_id=certificate.organisation_id))
