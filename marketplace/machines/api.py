"""Machines and certificates for programs: the same actions as the pages."""

from typing import Any

from gongchuang.api import ApiBlueprint
from gongchuang.rights import allowed
from gongchuang.web import actor, idempotent, now, repeatable
from gongchuang.web.filters import local
from marketplace.machines import actions, queries
from marketplace.machines.models import Certificate, Machine
from marketplace.machines.permissions import MachinePermission
from marketplace.machines.schemas import CertificateIn, CertificateOut, CertificatesOut, MachineIn, MachineOut, MachinesOut

api = ApiBlueprint("machines", __name__)


@api.get("/machines")
@allowed(MachinePermission.LIST)
@api.output(MachinesOut)
def machines() -> Any:
    """List the firm's machines, retired ones too."""
    return {"machines": queries.owned_by(actor().organisation_id, retired=True)}


@api.post("/machines")
@allowed(MachinePermission.ADD)
@idempotent
@api.input(MachineIn, location="json")
@api.output(MachineOut, status_code=201)
def add(json_data: MachineIn) -> Any:
    """Record a machine."""
    return actions.add(actor(), json_data.facts())


@api.get("/machines/<uuid:machine_id>")
@allowed(MachinePermission.SEE, queries.machine)
@api.output(MachineOut)
def see(machine: Machine) -> Any:
    """Show a machine of the firm."""
    return machine


@api.put("/machines/<uuid:machine_id>")
@allowed(MachinePermission.EDIT, queries.machine)
@api.input(MachineIn, location="json")
@api.output(MachineOut)
def edit(machine: Machine, json_data: MachineIn) -> Any:
    """Say anew what a machine is."""
    return actions.edit(actor(), machine, json_data.facts())


@api.post("/machines/<uuid:machine_id>/retire")
@allowed(MachinePermission.EDIT, queries.machine)
@repeatable
@api.output(MachineOut)
def retire(machine: Machine) -> Any:
    """Take a machine out of work."""
    return actions.retire(actor(), machine)


@api.post("/machines/<uuid:machine_id>/restore")
@allowed(MachinePermission.EDIT, queries.machine)
@repeatable
@api.output(MachineOut)
def restore(machine: Machine) -> Any:
    """Bring a machine back to work."""
    return actions.restore(actor(), machine)


@api.get("/certificates")
@allowed(MachinePermission.LIST)
@api.output(CertificatesOut)
def certificates() -> Any:
    """List the firm's certificates."""
    return {"certificates": queries.certificates_of(actor().organisation_id)}


@api.post("/certificates")
@allowed(MachinePermission.CERTIFY)
@idempotent
@api.input(CertificateIn, location="json")
@api.output(CertificateOut, status_code=201)
def add_certificate(json_data: CertificateIn) -> Any:
    """Note that the firm holds a certificate."""
    return actions.add_certificate(actor(), json_data.code, json_data.expires_on, local(now()).date(), json_data.number)


@api.delete("/certificates/<uuid:certificate_id>")
@allowed(MachinePermission.CERTIFY, queries.certificate)
@api.output({}, status_code=204)
def remove_certificate(certificate: Certificate) -> Any:
    """Take a certificate off the wall."""
    actions.remove_certificate(actor(), certificate)
    return ""
