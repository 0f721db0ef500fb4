"""What happens to organisations and their members. Services hear it and tell people."""

from gongchuang.events import Event


class OrganisationCreated(Event):
    """Somebody registered an organisation."""

    kind = "organisation"


class OrganisationChanged(Event):
    """Its name, place, status or words changed."""

    kind = "organisation"


class OrganisationVerified(Event):
    """An operator verified it: it may publish, quote and bid."""

    kind = "organisation"


class JoinRequested(Event):
    """Somebody asks to become a member; administrators decide."""

    kind = "join_request"


class JoinDecided(Event):
    """An administrator accepted or declined a request."""

    kind = "join_request"


class JoinWithdrawn(Event):
    """Somebody took their request back."""

    kind = "join_request"


class MemberJoined(Event):
    """Somebody became a member."""

    kind = "membership"


class MemberChanged(Event):
    """A member's roles changed, or they were suspended, restored, or left."""

    kind = "membership"
