"""After the healing: what clients were told is held against the database, the index, the store and the outbox."""

import json
import re
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import psycopg

from tests.faults.client import fetch
from tests.faults.dependencies import superuser
from tests.faults.fault import UNDISTURBED
from tests.faults.files import download
from tests.faults.history import OK, REFUSED, Operation
from tests.faults.play import Play
from tests.faults.playing import NOT_PLAYED
from tests.faults.site import FaultySite

MARKED = {
    "add machine": "select count(*) from machines where name = %s",
    "block": "select count(*) from allocations where note = %s",
    "publish offer": "select count(*) from offers where machine_ids @> array[%s::uuid]",
    "quote": "select count(*) from quotes where note = %s",
    "close": "select count(*) from closures where note = %s",
    "decline": "select count(*) from quote_declines where note = %s",
    "report": "select count(*) from reports where note = %s",
    "hand in licence": "select count(*) from certification_cases where organisation_id = %s::uuid and status <> 'returned'",
    "draft order": "select count(*) from orders where title = %s",
    "draft task": "select count(*) from tasks where title = %s",
    "bid": "select count(*) from bids where proposal like '%%' || %s",
    "register": "select count(*) from users where phone = %s",
    "found firm": "select count(*) from organisations where name = %s",
    "ask to join": "select count(*) from join_requests where message = %s",
    "say": "select count(*) from conversation_lines where text like '%%' || %s",
}
"""How often what carries a mark is there."""
STATES: dict[str, tuple[str, set[Any]]] = {
    "publish offer": ("select status from offers where id = %s", {"published", "hidden", "withdrawn"}),
    "confirm offer": ("select status from offers where id = %s and confirmed_at > published_at", {"published", "hidden", "withdrawn"}),
    "withdraw offer": ("select status from offers where id = %s", {"withdrawn"}),
    "retire machine": ("select status from machines where id = %s", {"retired"}),
    "extend order": ("select extensions from procedures where id = %s", {1}),
    "publish order": ("select status from procedures where id = %s", {"open", "awarded", "cancelled", "failed"}),
    "cancel order": ("select status from procedures where id = %s", {"cancelled"}),
    "publish task": ("select status from procedures where id = %s", {"open", "awarded", "failed"}),
    "quote": ("select status from submissions where id = %s", {"submitted", "withdrawn", "awarded", "lost"}),
    "bid": ("select status from submissions where id = %s", {"submitted", "awarded", "lost", "withdrawn"}),
    "take down": ("select status from take_downs where id = %s", {"down", "appealed", "restored"}),
    "withdraw quote": ("select s.status from submissions s where s.id = %s", {"withdrawn", "lost"}),
    "confirm upload": ("select status from file_revisions where id = %s", {"checked"}),
    "approve": ("select status from organisations where id = %s", {"verified", "suspended"}),
    "suspend": ("select status from organisations where id = %s", {"verified", "suspended"}),
    "restore": ("select status from organisations where id = %s", {"verified"}),
    "let in": ("select status from join_requests where id = %s", {"accepted"}),
    "show out": ("select status from memberships where id = %s", {"left"}),
    "promise secrecy": ("select count(*) from file_ndas where revision_id = %s", {1}),
    "close drawing": ("select count(*) from file_grants where revision_id = %s", {0}),
    "explain price": ("select count(*) from quote_justifications where quote_id = %s", {1}),
    "appeal": ("select status from take_downs where id = %s", {"appealed", "restored"}),
    "answer appeal": ("select status from take_downs where id = %s", {"restored"}),
    "dismiss": ("select status from reports where id = %s", {"dismissed"}),
    "give back": ("select status from certification_cases where id = %s", {"returned"}),
    "withdraw request": ("select status from join_requests where id = %s", {"withdrawn"}),
    "rewrite offer": ("select price_fen from offers where id = %s", {27000}),
    "put out offer": ("select status from offers where id = %s", {"published", "hidden", "withdrawn"}),
    "repeat offer": ("select status from offers where id = %s", {"published", "hidden", "withdrawn"}),
    "keep offer no more": ("select count(*) from favourites where offer_id = %s", {0}),
    "copy order": ("select status from procedures where id = %s", {"draft", "cancelled"}),
    "rewrite order": ("select title from orders where id = %s", {"改过的法兰"}),
    "end order without award": ("select status from procedures where id = %s", {"failed"}),
    "rewrite task": ("select budget_max_fen from tasks where id = %s", {1_900_000}),
    "extend task": ("select extensions from procedures where id = %s", {1}),
    "withdraw bid": ("select status from submissions where id = %s", {"withdrawn"}),
    "copy task": ("select status from procedures where id = %s", {"draft", "cancelled"}),
    "cancel task": ("select status from procedures where id = %s", {"cancelled"}),
    "end task without award": ("select status from procedures where id = %s", {"failed"}),
    "rewrite machine": ("select quantity from machines where id = %s", {2}),
    "take up machine": ("select status from machines where id = %s", {"active"}),
    "reopen": ("select count(*) from closures where id = %s", {0}),
    "free hours": ("select count(*) from allocations where machine_id = %s and status = 'blocked'", {0}),
    "take back certificate": ("select count(*) from certificates where id = %s", {0}),
    "take back invitation": ("select status from invitations where id = %s", {"revoked"}),
}
"""In which states an acknowledged change may be found at the end."""
OFTEN = 4
QUIET_SECONDS = 120.0
WAITING = """select (select count(*) from outbox_deliveries where status = 'pending'),
    (select count(*) from file_revisions where status = 'received'),
    (select count(*) from search_documents where indexed_sequence < sequence)"""


def wait_for_quiet(site: FaultySite, seconds: float = QUIET_SECONDS) -> float:
    """Wait until nothing is under way; return how long that took."""
    began = time.monotonic()
    while True:
        with superuser(site) as connection:
            waiting = connection.execute(WAITING).fetchone()
        if waiting is not None and not any(waiting):
            return time.monotonic() - began
        if time.monotonic() - began > seconds:
            raise AssertionError(f"not quiet after {seconds:.0f} s: deliveries, files, documents that wait: {waiting}; {_stuck(site)}")
        site.revive()
        time.sleep(0.5)


def _stuck(site: FaultySite) -> Any:
    with superuser(site) as connection:
        return connection.execute("select handler, attempts, error from outbox_deliveries where status <> 'done' limit 5").fetchall()


def faults_of(site: FaultySite, play: Play, *, whole: bool) -> list[str]:
    """Return what is lost, doubled or broken, a sentence each; of a `whole` campaign, one long enough for all flows, also what was never played."""
    with superuser(site) as connection:
        found = [
            *play.history.wrong,
            *_never(play),
            *(_unplayed(site, play) if whole else ()),
            *_marked(connection, play),
            *_states(connection, play),
            *_awards(connection, play),
            *_tables(connection, play),
            *_told(connection, play),
        ]
        found += [f"parked: {row}" for row in connection.execute("select handler, error from outbox_deliveries where status = 'parked' limit 5")]
    found += _files(play)
    found += [f"{what} during {fault or 'peace'}, which leaves it alone" for fault, what in site.ended if not fault or fault.startswith(UNDISTURBED)]
    for command in ("check", "doctor"):
        done = site.address.command(command)
        if done.returncode:
            wrong = "\n".join(line for line in done.stdout.splitlines() if not line.startswith("✓"))
            found.append(f"gongchuang {command}: {wrong[-1500:]}{done.stderr[-500:]}")
    return found


def _never(play: Play) -> Iterator[str]:
    """What was meant often and acknowledged never proves nothing about faults: the client itself is wrong."""
    outcomes: dict[str, list[str]] = {}
    for each in list(play.history.operations):
        outcomes.setdefault(f"{each.flow}/{each.what}", []).append(each.outcome)
    yield from (f"{what} was acknowledged none of {len(met)} times" for what, met in outcomes.items() if len(met) >= OFTEN and OK not in met)


def _unplayed(site: FaultySite, play: Play) -> Iterator[str]:
    """What a verdict here would be about, and what the API can write, was meant by some flow, or `NOT_PLAYED` says why not."""
    yield from (f"{what} was never meant" for what in {*MARKED, *STATES} - {each.what for each in play.history.operations})
    _, text = fetch(urllib.request.Request(f"{site.address.address}/api/openapi.json"))
    writes = {
        f"{method.upper()} {path.removeprefix('/api/v1')}" for path, methods in json.loads(text)["paths"].items() for method in methods if method != "get"
    }
    asked = {f"{each.told['method']} {each.told['path'].partition('?')[0]}" for each in play.history.operations if "method" in each.told}
    played = {each for each in writes if any(re.fullmatch(re.sub(r"{\w+}", "[^/]+", each), one) for one in asked)}
    yield from (f"{each} is played by no flow" for each in writes - played - NOT_PLAYED.keys())
    yield from (f"{each} is said not to be played" for each in NOT_PLAYED.keys() & played | NOT_PLAYED.keys() - writes)


def _one(connection: "psycopg.Connection[Any]", query: str, *values: Any) -> Any:
    row = connection.execute(query.encode(), values).fetchone()
    return None if row is None else row[0]


def _marked(connection: "psycopg.Connection[Any]", play: Play) -> Iterator[str]:
    """Acknowledged once is there once; refused is not there; unknown is there at most once."""
    for each in list(play.history.operations):
        if each.what in MARKED and each.told.get("mark"):
            count = _one(connection, MARKED[each.what], each.told["mark"])
            allowed = {OK: (1,), REFUSED: (0,)}.get(each.outcome, (0, 1))
            if count not in allowed:
                yield f"{each.flow}: {each.what} of {each.told['mark']} was {each.outcome} during {each.fault or 'peace'}, and is there {count} times"


def _states(connection: "psycopg.Connection[Any]", play: Play) -> Iterator[str]:
    for each in play.history.of(*STATES):
        query, states = STATES[each.what]
        identifier = each.told.get("id") or each.answer["id"]
        if (found := _one(connection, query, identifier)) not in states:
            yield f"{each.flow}: {each.what} of {identifier} was acknowledged during {each.fault or 'peace'}, and is {found}"


def _awards(connection: "psycopg.Connection[Any]", play: Play) -> Iterator[str]:
    """Exactly one of the awards that raced, with its hours booked; what was refused was not awarded."""
    booked = "select count(*) from allocations where source_id = %s and status = 'booked'"
    status = "select status from submissions where id = %s"
    for each in [o for o in list(play.history.operations) if o.what in ("award quote", "award bid")]:
        submission = each.told.get("quote") or each.told["bid"]
        found = _one(connection, status, submission)
        if (each.outcome == OK and found != "awarded") or (each.outcome == REFUSED and found == "awarded"):
            yield f"{each.what} of {submission} was {each.outcome} during {each.fault or 'peace'}, and is {found}"
        if each.what == "award quote" and found == "awarded" and not _one(connection, booked, submission):
            yield f"quote {submission} was awarded and has no hours"
    races: dict[str, list[str]] = {}
    for each in play.history.operations:
        if race := each.told.get("race"):
            races.setdefault(race, []).append(each.outcome)
    yield from (f"awards that raced were all refused: {race}" for race, ended in races.items() if set(ended) == {REFUSED})
    twice = "select procedure_id from submissions where status = 'awarded' group by procedure_id having count(*) > 1"
    yield from (f"procedure {row[0]} was awarded twice" for row in connection.execute(twice))
    quotes = "select order_id, organisation_id from quotes group by 1, 2 having count(*) > 1"
    yield from (f"order {row[0]} has two quotes of one firm" for row in connection.execute(quotes))


def _tables(connection: "psycopg.Connection[Any]", play: Play) -> Iterator[str]:
    """All rows of a table came in, or none."""
    offered = "select count(*) from offers where machine_ids && %s::uuid[]"
    for each in [o for o in list(play.history.operations) if o.what == "take in table"]:
        count = _one(connection, offered, each.told["machines"])
        allowed = {OK: (2,), REFUSED: (0,)}.get(each.outcome, (0, 2))
        if count not in allowed:
            yield f"a table of two rows was {each.outcome} during {each.fault or 'peace'}, and {count} of its offers are there"


def _told(connection: "psycopg.Connection[Any]", play: Play) -> Iterator[str]:
    """Who won was told, once; who fits an order that is still open was told of it."""
    won = "select count(*) from messages where object_id = %s and key = 'won:' || %s"
    for each in play.history.of("award quote"):
        if (count := _one(connection, won, each.told["quote"], str(each.told["quote"]))) != 1:
            yield f"the winner of quote {each.told['quote']} (awarded during {each.fault or 'peace'}) was told {count} times"
    unheard = """select s.id, s.status from submissions s where s.status in ('awarded', 'lost') and not exists (
        select from messages m where m.organisation_id = s.organisation_id
            and m.key in ('won:' || s.id, 'lost:' || s.id, 'order.cancelled:' || s.id, 'order.failed:' || s.id, 'bid.won:' || s.id, 'bid.ended:' || s.id))"""
    yield from (f"submission {row[0]} is {row[1]}, and its organisation was not told" for row in connection.execute(unheard))
    twice = "select object_id from messages where code = 'order.matched' group by object_id, organisation_id having count(*) > 1"
    yield from (f"a firm was told twice that order {row[0]} fits" for row in connection.execute(twice))
    status = "select status from procedures where id = %s"
    matched = "select count(distinct organisation_id) from messages where object_id = %s and code = 'order.matched'"
    for each in play.history.of("publish order"):
        if _one(connection, status, each.told["id"]) == "open" and not _one(connection, matched, each.told["id"]):
            yield f"nobody was told of order {each.told['id']}, published during {each.fault or 'peace'}"


def _files(play: Play) -> Iterator[str]:
    """A sample of the files that were acknowledged comes back byte for byte."""
    buyer = play.client("buyer")
    acknowledged: list[Operation] = [each for each in play.history.of("confirm upload") if each.flow == "files"]
    for each in play.random.sample(acknowledged, min(10, len(acknowledged))):
        if not download(buyer, each.told["id"], each.told["sha256"]):
            yield f"file {each.told['id']}, confirmed during {each.fault or 'peace'}, does not come back as it was sent"
