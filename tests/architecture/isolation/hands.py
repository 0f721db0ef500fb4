"""Who may do what, written by hand and apart from the map of rights: where the two differ, one of them is wrong.

`own`, `counterparty`… stand for the people of that relation; roles are those that suffice, an administrator always does. Everybody else is refused.
"""

from collections.abc import Iterator

from tests.architecture.isolation.people import RELATIONS, ROLES

ALL = ROLES


def of(relation: str, *roles: str) -> set[str]:
    return {f"{relation}/{role}" for role in {*roles, "admin"}}


def everybody(*relations: str) -> set[str]:
    return {name for relation in relations for name in of(relation, *ALL)}


FIRMS = everybody(*RELATIONS)
SINGLE = {"unverified/admin", "maker/admin", "provider/admin"}
OPERATORS = {f"{place}/{duty}" for place in ("operator", "elsewhere") for duty in ("operations", "security", "audit")}
OUTSIDE = {"anonymous", "homeless", "ex-member", "suspended-member"}
STALE = {"own/stale"}
"""An administrator whose last proof is old: as good as any, save where one must have shown oneself a moment ago."""
ACTING = FIRMS | SINGLE | OPERATORS | STALE

HANDS: dict[tuple[str, str], set[str]] = {
    ("GET orders.see", "order.open"): ACTING | OUTSIDE | {"suspended/admin"},
    ("GET orders.see", "order.named"): everybody("own", "invited") | STALE,
    ("GET orders.see", "order.draft"): everybody("own") | STALE,
    ("GET orders.edit", "order.draft"): of("own", "buyer", "engineer") | STALE,
    ("POST orders.publish", "order.draft"): of("own", "buyer") | STALE,
    ("POST orders.cancel", "order.open"): of("own", "buyer") | STALE,
    ("POST orders.invite", "order.named"): of("own", "buyer") | STALE,
    ("GET quotes.compare", "order.open"): of("own", "buyer", "engineer", "finance") | STALE,
    ("GET quotes.compare_csv", "order.open"): of("own", "buyer", "engineer", "finance") | STALE,
    ("GET quotes.see", "quote.counterparty"): everybody("own", "counterparty") | STALE,
    ("GET quotes.see", "quote.rival"): everybody("own", "rival") | STALE,
    ("POST quotes.withdraw", "quote.counterparty"): of("counterparty", "sales"),
    ("POST quotes.award", "quote.counterparty"): of("own", "buyer"),
    ("GET tasks.see", "task.named"): everybody("own", "invited") | STALE,
    ("GET tasks.see", "task.draft"): everybody("own") | STALE,
    ("POST tasks.publish", "task.draft"): of("own", "buyer", "engineer") | STALE,
    ("GET bids.compare", "task.open"): everybody("own") | STALE,
    ("GET bids.see", "bid.open-counterparty"): everybody("own", "counterparty") | STALE,
    ("GET bids.see", "bid.sealed-counterparty"): everybody("counterparty"),
    ("POST bids.award", "task.open"): of("own", "buyer", "engineer"),
    ("GET machines.see", "machine.own"): everybody("own") | STALE,
    ("GET machines.see", "machine.counterparty"): everybody("counterparty"),
    ("POST machines.retire", "machine.own"): of("own", "sales", "engineer", "production") | STALE,
    ("GET capacity.calendar", "machine.own"): everybody("own") | STALE,
    ("POST offers.withdraw", "offer.public"): of("own", "sales", "production") | STALE,
    ("GET offers.see", "offer.named"): everybody("own", "invited") | STALE,
    ("GET offers.see", "offer.draft"): everybody("own") | STALE,
    ("GET files.download", "revision.private"): everybody("own") | STALE,
    ("GET files.download", "revision.paper"): everybody("own", "counterparty") | STALE,
    ("GET files.download", "revision.licence"): {"unverified/admin", "operator/operations"},
    ("GET files.download", "revision.part"): everybody("own") | STALE,
    ("GET files.access", "revision.part"): everybody("own") | STALE,
    ("GET messages.conversation", "conversation.own"): everybody("own", "counterparty") | STALE,
    ("POST messages.remove_robot", "robot.own"): of("own") | STALE,
    ("POST organisations.edit", "organisation.own"): of("own") | STALE,
    ("POST organisations.suspend_member", "membership.sales"): of("own"),
    ("POST organisations.decide_join", "join_request.homeless"): of("own"),
    ("POST organisations.revoke_invitation", "invitation.own"): of("own"),
    ("GET certification.review", "case.waiting"): {"operator/operations"},
    ("POST certification.approve", "case.waiting"): {"operator/operations"},
    ("POST certification.withdraw", "case.waiting"): {"unverified/admin"},
    ("GET moderation.review", "report.open"): {"operator/operations"},
    ("POST moderation.take_down", "report.open"): {"operator/operations"},
    ("POST moderation.appeal", "take_down.down"): of("own") | STALE,
    ("POST moderation.answer_appeal", "take_down.appealed"): {"operator/security"},
    ("POST operators.suspend", "organisation.own"): {"operator/security"},
    ("GET operators.chain", "organisation.own"): {"operator/audit"},
    ("GET operators.export", "organisation.own"): {"operator/audit"},
    ("POST accounts.revoke_token", "access_token.own"): {"own/admin"},
    ("POST accounts.remove_passkey", "passkey.own"): {"own/admin"},
    ("POST accounts.end_session", "login_session.own"): {"own/admin"},
}


def hands() -> Iterator[tuple[str, str, str, set[str]]]:
    """Yield method, endpoint, object and who gets through."""
    for (route, thing), who in HANDS.items():
        method, _, endpoint = route.partition(" ")
        yield method, endpoint, thing, who
