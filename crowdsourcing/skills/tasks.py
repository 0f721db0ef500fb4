"""What follows from changes of an organisation: its designer's document says the same."""

from crowdsourcing.skills import actions, queries
from gongchuang.events import Delivered, handles
from gongchuang.organisations.events import OrganisationChanged, OrganisationVerified


@handles(OrganisationVerified, OrganisationChanged)
def refresh_designer(event: Delivered) -> None:
    """A designer is found from the verification on, under its present name and place. Its version grows, so that matches are judged anew."""
    designer = queries.designer_of(event.object_id)
    if designer is not None and designer.organisation_id == event.organisation_id:
        designer.version = designer.version + 1
        actions.mirror(designer)
