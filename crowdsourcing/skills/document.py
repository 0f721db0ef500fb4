"""What a designer looks like to a searcher: an offer of the design market."""

from crowdsourcing.skills import queries
from crowdsourcing.skills.models import Designer
from search.documents.document import Document, Side

MARKET = "design"


def of_designer(designer: Designer) -> Document:
    """Return a designer as an offer. It says no place: a design travels by wire, so distance neither helps nor harms."""
    firm = queries.firm(designer.organisation_id)
    return Document(
        kind="designer",
        object_id=designer.id,
        object_version=designer.version,
        side=Side.OFFER,
        organisation_id=designer.organisation_id,
        title=firm.name,
        text=designer.introduction,
        market=MARKET,
        audience=("public",),
        skills=designer.codes,
        region=firm.region or None,
        park=firm.park,
        card={
            "firm": firm.short_name,
            "kind": firm.kind,
            "verified": firm.verified,
            "demo": firm.demo,
            "region": firm.region,
            "skills": list(designer.codes),
            "introduction": designer.introduction[:160],
        },
    )
