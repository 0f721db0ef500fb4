"""What happens to cases."""

from gongchuang.events import Event


class CertificationSubmitted(Event):
    """An organisation asks to be verified; operators of its place answer within 24 hours."""

    kind = "certification"


class CertificationDecided(Event):
    """An operator approved a case or sent it back."""

    kind = "certification"


class CertificationWithdrawn(Event):
    """The organisation took its case back."""

    kind = "certification"


class CertificationLapsing(Event):
    """The licence of a verified organisation ends within a month."""

    kind = "certification"


class CertificationLapsed(Event):
    """The licence has ended: the organisation is unverified until it shows a new one."""

    kind = "certification"
