"""Files of tasks and bids: who opens them when, on real uploads through the disk store."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from urllib3 import encode_multipart_formdata

from crowdsourcing.bids import actions, checks, queries
from crowdsourcing.tasks import queries as tasks
from gongchuang.database import now
from gongchuang.events.relay import tick
from gongchuang.organisations.models import Organisation
from gongchuang.refusal import NotFound, Refusal
from gongchuang.web.application import Application
from services.files import queries as files
from services.procedures import tasks as clocks
from tests.builders import as_the_system, make_organisation
from tests.crowdsourcing.making import Acting, bid_on, put_out

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
Client = Callable[..., FlaskClient]
Outbox = Callable[[], int]
Shift = Callable[[timedelta], None]


@pytest.fixture
def uploaded(client_of: Client, run_outbox: Outbox) -> Callable[..., UUID]:
    """Upload a paper for an organisation as a browser does, and let it be checked."""

    def upload(organisation: Organisation, purpose: str, *, check: bool = True) -> UUID:
        client = client_of(organisation)
        body = {"name": "方案.pdf", "size": len(PDF), "content_type": "application/pdf", "purpose": purpose}
        begun: Any = client.post("/api/v1/files", data=json.dumps(body), content_type="application/json").json
        content, content_type = encode_multipart_formdata({**begun["form"]["fields"], "file": ("x", PDF)})
        assert client.post(begun["form"]["url"], data=content, content_type=content_type).status_code == 204
        assert client.post(f"/api/v1/files/{begun['id']}/confirm", json={}).status_code == 200
        if check:
            run_outbox()
        return UUID(begun["id"])

    return upload


def may_open(acting_for: Acting, organisation: Organisation, revision_id: UUID) -> str | None:
    """Return the tier at which an organisation may open a revision."""
    with acting_for(organisation) as actor:
        try:
            return files.access_of(actor, files.revision(revision_id)).tier
        except NotFound:
            return None


def choose(acting_for: Acting, publisher: Organisation, task_id: UUID, bid_id: UUID) -> None:
    with acting_for(publisher) as actor:
        task = tasks.task(task_id)
        actions.award(actor, task, queries.bid_on(task, bid_id), "方案完整", now())


def test_a_tasks_files_open_to_its_audience_and_then_to_the_winner_alone(acting_for: Acting, uploaded: Callable[..., UUID], run_outbox: Outbox) -> None:
    publisher, winner, loser = make_organisation(), make_organisation(), make_organisation()
    drawing = uploaded(publisher, "task_brief")
    assert may_open(acting_for, winner, drawing) is None
    task_id = put_out(acting_for, publisher, files=(drawing,))
    assert may_open(acting_for, loser, drawing) == "nda"
    bid_id = bid_on(acting_for, winner, task_id)
    bid_on(acting_for, loser, task_id)
    choose(acting_for, publisher, task_id, bid_id)
    assert (may_open(acting_for, winner, drawing), may_open(acting_for, loser, drawing)) == ("full", None)


def test_a_losers_paper_is_its_own_again_and_the_winners_stays_open(acting_for: Acting, uploaded: Callable[..., UUID], run_outbox: Outbox) -> None:
    publisher, winner, loser = make_organisation(), make_organisation(), make_organisation()
    task_id = put_out(acting_for, publisher)
    papers = [uploaded(each, "bid_proposal") for each in (winner, loser)]
    bid_id = bid_on(acting_for, winner, task_id, file=papers[0])
    bid_on(acting_for, loser, task_id, file=papers[1])
    assert [may_open(acting_for, publisher, paper) for paper in papers] == ["full", "full"]
    choose(acting_for, publisher, task_id, bid_id)
    run_outbox()
    assert [may_open(acting_for, publisher, paper) for paper in papers] == ["full", None]
    with as_the_system():
        assert checks.bids_hold() == []


def test_a_withdrawn_paper_shuts_and_a_replaced_one_stays_open(acting_for: Acting, uploaded: Callable[..., UUID]) -> None:
    publisher, bidder = make_organisation(), make_organisation()
    task_id, paper = put_out(acting_for, publisher), uploaded(bidder, "bid_proposal")
    bid_on(acting_for, bidder, task_id, file=paper)
    bid_id = bid_on(acting_for, bidder, task_id, file=paper, price_fen=1_500_000)
    assert may_open(acting_for, publisher, paper) == "full"
    with acting_for(bidder) as actor:
        actions.withdraw(actor, queries.bid(bid_id))
    assert may_open(acting_for, publisher, paper) is None


def test_a_replaced_paper_shuts_when_the_new_version_leaves_it_out(acting_for: Acting, uploaded: Callable[..., UUID]) -> None:
    publisher, bidder = make_organisation(), make_organisation()
    task_id, paper = put_out(acting_for, publisher), uploaded(bidder, "bid_proposal")
    bid_on(acting_for, bidder, task_id, file=paper)
    bid_on(acting_for, bidder, task_id)
    assert may_open(acting_for, publisher, paper) is None


def test_a_sealed_paper_opens_with_the_deadline(
    app: Application, acting_for: Acting, uploaded: Callable[..., UUID], run_outbox: Outbox, shift_clock: Shift
) -> None:
    publisher, bidder = make_organisation(), make_organisation()
    task_id, paper = put_out(acting_for, publisher, sealed=True), uploaded(bidder, "bid_proposal")
    bid_on(acting_for, bidder, task_id, file=paper)
    run_outbox()
    assert may_open(acting_for, publisher, paper) is None
    shift_clock(timedelta(days=7, minutes=1))
    clock = clocks.close_due.clock.name  # type: ignore[attr-defined]
    with app.app_context():
        tick(clock)
    run_outbox()
    assert may_open(acting_for, publisher, paper) == "full"


def test_anothers_paper_and_an_unchecked_one_are_refused(acting_for: Acting, uploaded: Callable[..., UUID]) -> None:
    publisher, bidder = make_organisation(), make_organisation()
    task_id = put_out(acting_for, publisher)
    for paper, code in ((uploaded(publisher, "task_brief"), r"bid\.file$|bid\.file:"), (uploaded(bidder, "bid_proposal", check=False), r"bid\.file_checking")):
        with pytest.raises(Refusal, match=code):
            bid_on(acting_for, bidder, task_id, file=paper)
    draft = uploaded(publisher, "task_brief", check=False)
    with pytest.raises(Refusal, match=r"task\.file_checking"):
        put_out(acting_for, publisher, files=(draft,))


def test_anothers_file_is_not_taken_into_a_task(acting_for: Acting, uploaded: Callable[..., UUID]) -> None:
    publisher, other = make_organisation(), make_organisation()
    task_id = put_out(acting_for, publisher, files=(uploaded(other, "task_brief"),))
    with acting_for(publisher):
        assert tasks.task(task_id).files == []
