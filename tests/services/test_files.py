"""Files from the first request to the last receipt: who may do what, what is refused and why, what is kept in agreement."""

import hashlib
import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, text, update
from urllib3 import encode_multipart_formdata

from gongchuang.actor import Actor
from gongchuang.database import Scope, db
from gongchuang.database.unit import transaction
from gongchuang.organisations.models import Organisation
from gongchuang.refusal import NotFound, Refusal
from gongchuang.web.application import Application
from marketplace.demo.parts.make_parts import FILES
from services.files import actions, checking, doctor, keeping, queries, rules
from services.files.disk import DiskStore
from services.files.models import Download, File, FileRevision
from services.files.store import StoreUnavailable
from services.files.tasks import check_objects
from tests.builders import as_the_system, make_organisation
from tests.schema import Wipe

FLANGE = (FILES / "flange-dn50.step").read_bytes()


@pytest.fixture
def store(app: Application) -> DiskStore:
    """The application's own store, emptied of what the test before left."""
    found: DiskStore = app.extensions["store"]
    for stored in list(found.list()):
        found.delete(stored.key)
    return found


def begin(client: FlaskClient, name: str = "法兰.step", content: bytes = FLANGE, **changed: Any) -> Any:
    body = {"name": name, "size": len(content), "content_type": "", "purpose": "order_part", **changed}
    return client.post("/api/v1/files", data=json.dumps(body), content_type="application/json")


def post(client: FlaskClient, form: dict[str, Any], content: bytes) -> Any:
    body, content_type = encode_multipart_formdata({**form["fields"], "file": ("x", content)})
    return client.post(form["url"], data=body, content_type=content_type)


def upload(client: FlaskClient, run_outbox: Callable[[], int], name: str = "法兰.step", content: bytes = FLANGE) -> str:
    """Upload as a browser does and let the worker check; returns the revision's id."""
    begun = begin(client, name, content)
    assert begun.status_code == 201, begun.json
    assert post(client, begun.json["form"], content).status_code == 204
    confirmed = client.post(f"/api/v1/files/{begun.json['id']}/confirm", json={})
    assert (confirmed.status_code, confirmed.json["status"]) == (200, "received")
    run_outbox()
    return str(begun.json["id"])


def checked_revision(organisation: Organisation, client: FlaskClient, run_outbox: Callable[[], int], *args: Any) -> FileRevision:
    revision_id = UUID(upload(client, run_outbox, *args))
    with as_the_system():
        found = db.session.get(FileRevision, revision_id)
        assert found is not None
        assert found.organisation_id == organisation.id
        assert found.status == "checked"
        return found


# The rules


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({}, None),
        ({"name": "图.DWG"}, None),
        ({"name": "a.zip"}, "file.unknown_kind"),
        ({"name": "step"}, "file.unknown_kind"),
        ({"name": "a.step.exe"}, "file.unknown_kind"),
        ({"size": 0}, "file.empty"),
        ({"size": -1}, "file.empty"),
        ({"size": 49 << 20}, "file.too_large"),
        ({"name": "a.stl", "size": 100 << 20}, None),
        ({"name": "a.stl", "size": (100 << 20) + 1}, "file.too_large"),
        ({"purpose": "smuggling"}, "file.unknown_purpose"),
        ({"waiting": 50}, "file.too_many_waiting"),
    ],
)
def test_an_upload_is_refused_for_its_reason(changed: dict[str, Any], code: str | None) -> None:
    refusal = rules.why_not_upload(**{"name": "a.step", "size": 10, "purpose": "order_part", "waiting": 0, **changed})
    assert (refusal and refusal.code) == code


@pytest.mark.parametrize(
    ("access", "what"),
    [
        (rules.Access(None), set()),
        (rules.Access("facts"), {"facts"}),
        (rules.Access("preview"), {"facts", "thumbnail", "preview"}),
        (rules.Access("nda"), {"facts", "thumbnail", "preview"}),
        (rules.Access("nda", nda=True), {"facts", "thumbnail", "preview", "model", "download"}),
        (rules.Access("full"), {"facts", "thumbnail", "preview", "model", "download"}),
        (rules.Access(None, owner=True), {"facts", "thumbnail", "preview", "model", "download"}),
    ],
)
def test_each_tier_shows_what_it_says(access: rules.Access, what: set[str]) -> None:
    assert rules.shown(access) == what


# From the browser to the check


def test_an_uploaded_model_is_checked_and_measured(store: DiskStore, client_of: Any, run_outbox: Callable[[], int]) -> None:
    client = client_of(make_organisation())
    revision_id = upload(client, run_outbox)
    found = client.get(f"/api/v1/files/{revision_id}").json
    assert found["status"] == "checked"
    assert found["sha256"] == hashlib.sha256(FLANGE).hexdigest()
    assert found["facts"]["volume_mm3"] == pytest.approx(442_776, rel=0.005)
    card = client.get(f"/files/{revision_id}/part?field=files").text
    assert "165 × 165 × 45 mm" in card
    assert f'name="files" value="{revision_id}"' in card
    assert "未查毒" in card
    for address, magic in (("thumbnail.png", b"\x89PNG"), ("preview.webp", b"RIFF"), ("model.glb", b"glTF")):
        answer = client.get(f"/files/{revision_id}/{address}")
        assert answer.data.startswith(magic)
        assert client.get(f"/files/{revision_id}/{address}", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_card_carries_the_field_it_was_uploaded_for_and_nothing_else(store: DiskStore, client_of: Any, run_outbox: Callable[[], int]) -> None:
    client = client_of(make_organisation())
    revision_id = upload(client, run_outbox, "罩.stl", (FILES / "guard-open.stl").read_bytes())
    assert f'name="parts-0-files" value="{revision_id}"' in client.get(f"/files/{revision_id}/part?field=parts-0-files").text
    for field in ("", "a b", 'x"><script>', "1", "a" * 61):
        assert 'type="hidden"' not in client.get(f"/files/{revision_id}/part", query_string={"field": field}).text


def test_what_is_not_parsed_is_stored_and_shown_by_name(store: DiskStore, client_of: Any, run_outbox: Callable[[], int]) -> None:
    client = client_of(make_organisation())
    dwg = b"AC1032" + bytes(500)
    revision_id = upload(client, run_outbox, "轴承座 v2.dwg", dwg)
    assert client.get(f"/api/v1/files/{revision_id}").json["facts"] == {}
    page = client.get(f"/files/{revision_id}")
    assert "轴承座 v2.dwg" in page.text
    assert client.get(f"/files/{revision_id}/thumbnail.png").status_code == 404


def test_an_upload_may_be_larger_than_any_other_request(store: DiskStore, client_of: Any, run_outbox: Callable[[], int]) -> None:
    client = client_of(make_organisation())
    revision_id = upload(client, run_outbox, "总装.dwg", b"AC1032" + bytes(12 << 20))
    assert client.get(f"/api/v1/files/{revision_id}").json["status"] == "checked"


def test_an_open_mesh_says_so_and_shows_no_volume(store: DiskStore, client_of: Any, run_outbox: Callable[[], int]) -> None:
    client = client_of(make_organisation())
    revision_id = upload(client, run_outbox, "罩.stl", (FILES / "guard-open.stl").read_bytes())
    page = client.get(f"/files/{revision_id}").text
    assert "模型未封闭" in page
    assert "体积</dt>" not in page


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("图.step", "这是一段文字\n".encode() * 30, "文件名写的是 STEP，内容却是纯文本"),
        ("短.stl", bytes(80) + (20_000_000).to_bytes(4, "little") + bytes(50), "声称有 20000000 个三角面，文件里只放得下 1 个"),
        ("压缩.stl", b"PK\x03\x04" + bytes(300), "内容却是压缩包"),
        ("坏.png", b"\x89PNG\r\n\x1a\n" + bytes(300), "图片已损坏"),
    ],
)
def test_a_bad_file_is_refused_in_words(store: DiskStore, client_of: Any, run_outbox: Callable[[], int], name: str, content: bytes, words: str) -> None:
    client = client_of(make_organisation())
    revision_id = upload(client, run_outbox, name, content)
    found = client.get(f"/api/v1/files/{revision_id}").json
    assert found["status"] == "refused"
    assert words in found["reason"]
    card = client.get(f"/files/{revision_id}/part?field=files").text
    assert words in card
    assert 'type="hidden"' not in card
    assert client.get(f"/files/{revision_id}/download").status_code == 409


def test_nothing_typed_in_a_name_leaves_its_place(store: DiskStore, client_of: Any) -> None:
    client = client_of(make_organisation())
    assert begin(client, "../../etc/<b>a.step").status_code == 201
    assert begin(client, "C:\\图纸\\a.step").status_code == 201
    for name in ("a\0.step", "a\u202e.step", "\ud800.step", "x" * 201 + ".step"):
        assert begin(client, name).status_code == 422
    with as_the_system():
        assert {row.name for row in db.session.query(File)} == {"<b>a.step", "a.step"}


@pytest.mark.parametrize("changed", [{"size": -5}, {"size": float("inf")}, {"size": "x"}, {"size": 1 << 60}, {"purpose": "x"}, {"secret": 1}, {"name": ""}])
def test_a_wrong_request_is_answered_at_its_field(store: DiskStore, client_of: Any, changed: dict[str, Any]) -> None:
    answer = begin(client_of(make_organisation()), **changed)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"


def test_confirming_before_the_bytes_came_says_so(store: DiskStore, client_of: Any) -> None:
    client = client_of(make_organisation())
    begun = begin(client).json
    answer = client.post(f"/api/v1/files/{begun['id']}/confirm", json={})
    assert (answer.status_code, answer.json["code"]) == (409, "file.not_arrived")


def test_another_size_than_announced_is_refused_at_confirm(store: DiskStore, client_of: Any) -> None:
    organisation = make_organisation()
    client = client_of(organisation)
    begun = begin(client).json
    store.put(f"{organisation.id}/{begun['id']}/original", io.BytesIO(b"half"), 4, "model/step")
    answer = client.post(f"/api/v1/files/{begun['id']}/confirm", json={})
    assert (answer.json["status"], answer.json["reason_code"]) == ("refused", "file.size_differs")
    assert list(store.list()) == []


def test_bytes_that_change_between_confirm_and_check_are_refused(store: DiskStore, client_of: Any, run_outbox: Callable[[], int]) -> None:
    organisation = make_organisation()
    client = client_of(organisation)
    begun = begin(client).json
    post(client, begun["form"], FLANGE)
    client.post(f"/api/v1/files/{begun['id']}/confirm", json={})
    store.put(f"{organisation.id}/{begun['id']}/original", io.BytesIO(b"shorter"), 7, "model/step")
    run_outbox()
    assert client.get(f"/api/v1/files/{begun['id']}").json["reason_code"] == "file.size_differs"


def test_confirming_and_checking_twice_changes_nothing(store: DiskStore, client_of: Any, run_outbox: Callable[[], int], acting_for: Any) -> None:
    organisation = make_organisation()
    client = client_of(organisation)
    revision = checked_revision(organisation, client, run_outbox)
    before = client.get(f"/api/v1/files/{revision.id}").json
    assert client.post(f"/api/v1/files/{revision.id}/confirm", json={}).json == before
    with acting_for(organisation) as actor:
        again = queries.revision(revision.id)
        checking.inspect(actor, store, again, again.created_at)
    assert client.get(f"/api/v1/files/{revision.id}").json == before


def test_a_store_that_does_not_answer_refuses_nothing(store: DiskStore, client_of: Any, run_outbox: Callable[[], int], monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(make_organisation())
    begun = begin(client).json
    post(client, begun["form"], FLANGE)
    client.post(f"/api/v1/files/{begun['id']}/confirm", json={})

    def down(*_: Any, **__: Any) -> None:
        raise StoreUnavailable("down")

    monkeypatch.setattr(DiskStore, "open", down)
    run_outbox()
    assert client.get(f"/api/v1/files/{begun['id']}").json["status"] == "received"


def test_a_new_revision_of_a_file_takes_the_next_number(store: DiskStore, client_of: Any) -> None:
    client = client_of(make_organisation())
    first = begin(client).json
    second = begin(client, file_id=first["file_id"]).json
    assert client.get(f"/api/v1/files/{second['id']}").json["number"] == 2
    stranger = client_of(make_organisation())
    assert begin(stranger, file_id=first["file_id"]).status_code == 404


# Who may read


def test_a_stranger_gets_the_same_404_as_for_nothing(store: DiskStore, client_of: Any, run_outbox: Callable[[], int], some_id: UUID) -> None:
    owner = make_organisation()
    revision = checked_revision(owner, client_of(owner), run_outbox)
    stranger = client_of(make_organisation())
    for suffix in ("", "/part", "/download", "/model.glb", "/thumbnail.png", "/preview.webp", "/viewer", "/access"):
        theirs, nothing = stranger.get(f"/files/{revision.id}{suffix}"), stranger.get(f"/files/{some_id}{suffix}")
        assert (theirs.status_code, nothing.status_code) == (404, 404)
    for suffix, body in (("/confirm", {}), ("/links", {}), ("/grants", {"token": "public", "tier": "full"}), ("/revocations", {"token": "public"})):
        theirs = stranger.post(f"/api/v1/files/{revision.id}{suffix}", json=body)
        nothing = stranger.post(f"/api/v1/files/{some_id}{suffix}", json=body)
        assert (theirs.status_code, theirs.data) == (nothing.status_code, nothing.data)
        assert theirs.status_code == 404


def test_nobody_else_reads_before_the_check_whatever_was_granted(store: DiskStore, client_of: Any, wipe: Wipe) -> None:
    owner, reader = make_organisation(), make_organisation()
    client = client_of(owner)
    begun = begin(client).json
    wipe.execute(
        "insert into file_grants (id, organisation_id, revision_id, token, tier) values (gen_random_uuid(), %s, %s, 'public', 'full')", owner.id, begun["id"]
    )
    assert client_of(reader).get(f"/api/v1/files/{begun['id']}").status_code == 404
    assert client.get(f"/api/v1/files/{begun['id']}").status_code == 200


def test_a_revision_is_opened_only_after_its_check(store: DiskStore, client_of: Any) -> None:
    client = client_of(make_organisation())
    begun = begin(client).json
    answer = client.post(f"/api/v1/files/{begun['id']}/grants", json={"token": "public", "tier": "facts"})
    assert (answer.status_code, answer.json["code"]) == (409, "file.not_checked")


@pytest.mark.parametrize(
    ("tier", "open_to_it"),
    [
        ("facts", {"", "/part"}),
        ("preview", {"", "/part", "/thumbnail.png", "/preview.webp"}),
        ("nda", {"", "/part", "/thumbnail.png", "/preview.webp"}),
        ("full", {"", "/part", "/thumbnail.png", "/preview.webp", "/model.glb", "/viewer", "/download"}),
    ],
)
def test_a_grant_opens_what_its_tier_says(store: DiskStore, client_of: Any, run_outbox: Callable[[], int], tier: str, open_to_it: set[str]) -> None:
    owner, reader = make_organisation(), make_organisation()
    client = client_of(owner)
    revision = checked_revision(owner, client, run_outbox)
    assert client.post(f"/api/v1/files/{revision.id}/grants", json={"token": f"org:{reader.id}", "tier": tier}).status_code == 201
    other = client_of(reader)
    every = ("", "/part", "/thumbnail.png", "/preview.webp", "/model.glb", "/viewer", "/download")
    assert {suffix for suffix in every if other.get(f"/files/{revision.id}{suffix}").status_code in {200, 303}} == open_to_it
    assert other.get(f"/files/{revision.id}/access").status_code == 403
    third = client_of(make_organisation())
    assert third.get(f"/files/{revision.id}").status_code == 404


def test_a_preview_carries_the_mark_of_its_reader(store: DiskStore, client_of: Any, run_outbox: Callable[[], int]) -> None:
    owner, reader = make_organisation(), make_organisation()
    client = client_of(owner)
    revision = checked_revision(owner, client, run_outbox)
    client.post(f"/api/v1/files/{revision.id}/grants", json={"token": "public", "tier": "preview"})
    address = f"/files/{revision.id}/preview.webp"
    plain, marked, otherwise = client.get(address).data, client_of(reader).get(address).data, client_of(make_organisation()).get(address).data
    assert len({plain, marked, otherwise}) == 3


def test_visitors_see_what_is_public_and_download_nothing(store: DiskStore, client_of: Any, visitor: FlaskClient, run_outbox: Callable[[], int]) -> None:
    owner = make_organisation()
    client = client_of(owner)
    revision = checked_revision(owner, client, run_outbox)
    assert visitor.get(f"/files/{revision.id}").status_code == 404
    client.post(f"/api/v1/files/{revision.id}/grants", json={"token": "public", "tier": "full"})
    assert visitor.get(f"/files/{revision.id}/thumbnail.png").status_code == 200
    assert visitor.post(f"/api/v1/files/{revision.id}/links").status_code == 401


def test_a_grant_ends_by_itself_and_by_hand(store: DiskStore, client_of: Any, run_outbox: Callable[[], int], shift_clock: Any, noon: Any) -> None:
    owner, reader = make_organisation(), make_organisation()
    client, other = client_of(owner), client_of(reader)
    revision = checked_revision(owner, client, run_outbox)
    token = f"org:{reader.id}"
    until = (revision.created_at + timedelta(hours=2)).isoformat()
    client.post(f"/api/v1/files/{revision.id}/grants", json={"token": token, "tier": "full", "until": until})
    assert other.get(f"/api/v1/files/{revision.id}").status_code == 200
    shift_clock(timedelta(hours=3))
    assert other.get(f"/api/v1/files/{revision.id}").status_code == 404
    client.post(f"/api/v1/files/{revision.id}/grants", json={"token": token, "tier": "full"})
    assert other.get(f"/api/v1/files/{revision.id}").status_code == 200
    assert client.post(f"/files/{revision.id}/revoke", data={"token": token}).status_code == 303
    assert other.get(f"/api/v1/files/{revision.id}").status_code == 404


def test_an_nda_opens_the_original_to_whoever_accepted_it(store: DiskStore, client_of: Any, run_outbox: Callable[[], int]) -> None:
    owner, reader = make_organisation(), make_organisation()
    client, other = client_of(owner), client_of(reader)
    revision = checked_revision(owner, client, run_outbox)
    client.post(f"/api/v1/files/{revision.id}/grants", json={"token": "public", "tier": "nda"})
    page = other.get(f"/files/{revision.id}").text
    assert "保密约定" in page
    assert other.get(f"/files/{revision.id}/download").status_code == 403
    assert other.post(f"/files/{revision.id}/nda", data={"accept": "y"}).status_code == 303
    assert other.post(f"/files/{revision.id}/nda", data={"accept": "y"}).status_code == 303
    assert other.get(f"/files/{revision.id}/download").status_code == 303
    assert client_of(make_organisation()).get(f"/files/{revision.id}/download").status_code == 403


def test_a_reader_can_give_away_nothing(store: DiskStore, client_of: Any, run_outbox: Callable[[], int], acting_for: Any) -> None:
    owner, reader = make_organisation(), make_organisation()
    client = client_of(owner)
    revision = checked_revision(owner, client, run_outbox)
    client.post(f"/api/v1/files/{revision.id}/grants", json={"token": f"org:{reader.id}", "tier": "full"})
    answer = client_of(reader).post(f"/api/v1/files/{revision.id}/grants", json={"token": "public", "tier": "full"})
    assert answer.status_code == 403
    with acting_for(reader) as actor:
        seen = queries.revision(revision.id)
        assert queries.own_checked(actor.organisation_id, [revision.id]) == []
        with pytest.raises(NotFound):
            queries.own_file(actor, seen.file_id)


# Downloads


def test_a_download_is_the_very_file_and_leaves_a_receipt(store: DiskStore, client_of: Any, run_outbox: Callable[[], int], wipe: Wipe) -> None:
    owner, reader = make_organisation("沣镐精工"), make_organisation("邕糖装备")
    client, other = client_of(owner), client_of(reader)
    revision = checked_revision(owner, client, run_outbox)
    client.post(f"/api/v1/files/{revision.id}/grants", json={"token": f"org:{reader.id}", "tier": "full"})
    answer = other.get(f"/files/{revision.id}/download")
    assert answer.status_code == 303
    served = other.get(answer.headers["Location"], buffered=True)
    assert served.data == FLANGE
    assert served.headers["Content-Disposition"].startswith("attachment")
    assert served.headers["Content-Security-Policy"].startswith("sandbox")
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    page = client.get(f"/files/{revision.id}/access").text
    assert "邕糖装备" in page
    assert wipe.execute("select count(*) from downloads where reader_organisation_id = %s and tier = 'full'", reader.id) == [(1,)]
    assert wipe.execute("select organisation_id from audit_entries where action = 'file:download'") == [(reader.id,)]


def test_a_link_works_for_its_object_and_a_minute_only(
    store: DiskStore, client_of: Any, run_outbox: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(make_organisation())
    first, second = upload(client, run_outbox), upload(client, run_outbox, "支架.stl", (FILES / "guard-open.stl").read_bytes())
    url = client.post(f"/api/v1/files/{first}/links").json["url"]
    assert client.get(url, buffered=True).status_code == 200
    assert client.get(url, headers={"Range": "bytes=0-9"}, buffered=True).data == FLANGE[:10]
    assert client.get(url.replace(first, second)).status_code == 403
    monkeypatch.setattr("services.files.disk.time.time", lambda: 4_000_000_000.0)
    assert client.get(url).status_code == 403


def test_bytes_changed_in_the_store_are_not_served(store: DiskStore, client_of: Any, run_outbox: Callable[[], int]) -> None:
    owner = make_organisation()
    client = client_of(owner)
    revision = checked_revision(owner, client, run_outbox)
    damaged = FLANGE.replace(b"165.", b"166.")
    store.put(revision.object_key, io.BytesIO(damaged), len(damaged), "model/step")
    answer = client.post(f"/api/v1/files/{revision.id}/links")
    assert (answer.status_code, answer.json["code"]) == (409, "file.damaged")


def test_receipts_are_written_by_the_reader_alone_and_never_changed(store: DiskStore, client_of: Any, run_outbox: Callable[[], int], acting_for: Any) -> None:
    owner, reader = make_organisation(), make_organisation()
    client = client_of(owner)
    revision = checked_revision(owner, client, run_outbox)
    with acting_for(owner) as actor, pytest.raises(Exception, match="row-level security"), db.session.begin_nested():
        actions.note_download(Actor(user_id=actor.user_id, organisation_id=reader.id), revision.id, owner.id, "full")
    client.get(f"/files/{revision.id}/download")
    with acting_for(owner), pytest.raises(Exception, match="permission denied"), db.session.begin_nested():
        db.session.execute(delete(Download))


# Kept in agreement


def test_uploads_nobody_finished_are_removed(store: DiskStore, client_of: Any, app: Application, shift_clock: Any) -> None:
    client = client_of(make_organisation())
    begun = begin(client).json
    post(client, begun["form"], FLANGE)
    kept = begin(client).json
    with app.app_context(), transaction(Scope(system=True)):
        row = db.session.get(FileRevision, UUID(begun["id"]))
        assert row is not None
        assert keeping.purge_abandoned(store, row.created_at + timedelta(minutes=59)) == 0
    with app.app_context(), transaction(Scope(system=True)):
        assert keeping.purge_abandoned(store, row.created_at + timedelta(minutes=61)) == 2
    assert list(store.list()) == []
    for each in (begun, kept):
        assert client.get(f"/api/v1/files/{each['id']}").status_code == 404


def test_damage_in_the_store_is_found_and_stops_the_file(store: DiskStore, client_of: Any, run_outbox: Callable[[], int], app: Application) -> None:
    owner = make_organisation()
    client = client_of(owner)
    revision = checked_revision(owner, client, run_outbox)
    later = revision.created_at + timedelta(days=26)
    with app.app_context(), transaction(Scope(system=True)):
        assert keeping.verify_some(store, later) == []
    path = store.folder / "objects" / revision.object_key
    damage = bytearray(path.read_bytes())
    damage[len(damage) // 2] ^= 1
    path.write_bytes(damage)
    with app.app_context(), transaction(Scope(system=True)):
        assert keeping.verify_some(store, later) == []
    with app.app_context(), transaction(Scope(system=True)):
        assert keeping.verify_some(store, later + timedelta(days=26)) == [str(revision.id)]
    with app.app_context(), transaction(Scope(system=True)):
        assert any("differs from the hash" in found for found in check_objects())


COPIES = """
insert into file_revisions select (jsonb_populate_record(null::file_revisions, to_jsonb(one) || jsonb_build_object('id', gen_random_uuid(),
       'number', n, 'object_key', 'copies/' || n))).*
from file_revisions one, generate_series(2, :copies + 1) n where one.id = :id
"""
DRAWING = ("总装.dwg", b"AC1032" + bytes(500))


def test_what_was_never_compared_is_compared_first(store: DiskStore, client_of: Any, run_outbox: Callable[[], int]) -> None:
    owner = make_organisation()
    client = client_of(owner)
    old, older, never = (checked_revision(owner, client, run_outbox, *DRAWING) for _ in range(3))
    with as_the_system():
        for each, at in ((old, old.created_at), (older, old.created_at - timedelta(days=1)), (never, None)):
            db.session.execute(update(FileRevision).where(FileRevision.id == each.id).values(verified_at=at))
    for run, expected in enumerate((never, older, old)):
        later = old.created_at + timedelta(days=26, minutes=5 * run)
        with as_the_system():
            assert keeping.verify_some(store, later, seconds=0) == []
        with as_the_system():
            assert list(db.session.scalars(select(FileRevision.id).where(FileRevision.verified_at == later))) == [expected.id]


def test_a_run_of_the_clock_compares_as_many_as_its_time_allows(store: DiskStore, client_of: Any, run_outbox: Callable[[], int], app: Application) -> None:
    owner = make_organisation()
    revision = checked_revision(owner, client_of(owner), run_outbox, *DRAWING)
    copies = 600
    with app.app_context(), transaction(Scope(organisation_id=owner.id)):
        db.session.execute(text(COPIES), {"copies": copies, "id": revision.id})
    objects = store.folder / "objects"
    (objects / "copies").mkdir()
    for number in range(2, copies + 2):
        (objects / f"copies/{number}").hardlink_to(objects / revision.object_key)
    later = revision.created_at + timedelta(days=26)
    with as_the_system():
        assert keeping.verify_some(store, later, seconds=60) == []
    with as_the_system():
        assert db.session.scalar(select(func.count()).where(FileRevision.verified_at == later)) == copies + 1


def test_a_file_that_cannot_be_read_holds_no_other_up(store: DiskStore, client_of: Any, run_outbox: Callable[[], int]) -> None:
    owner = make_organisation()
    client = client_of(owner)
    first, second = (checked_revision(owner, client, run_outbox, *DRAWING) for _ in range(2))
    path = store.folder / "objects" / first.object_key
    path.unlink()
    path.symlink_to("/proc/self/mem")  # nothing can be read at its beginning: an error of input, as a disk gives it
    later = second.created_at + timedelta(days=26)
    with as_the_system():
        assert keeping.verify_some(store, later) == []
    with as_the_system():
        assert list(db.session.scalars(select(FileRevision.id).where(FileRevision.verified_at == later))) == [second.id]


def test_the_check_tells_what_was_not_compared_for_thirty_days(
    store: DiskStore, client_of: Any, run_outbox: Callable[[], int], shift_clock: Callable[[timedelta], None]
) -> None:
    owner = make_organisation()
    revision = checked_revision(owner, client_of(owner), run_outbox, *DRAWING)
    shift_clock(timedelta(days=29))
    with as_the_system():
        assert check_objects() == []
    shift_clock(timedelta(days=31))
    with as_the_system():
        assert [found.split(";")[0] for found in check_objects()] == ["files not compared with their hash for more than 30 days: 1"]
        assert keeping.verify_some(store, revision.created_at + timedelta(days=31)) == []
    with as_the_system():
        assert check_objects() == []


def test_the_check_finds_strays_and_losses(store: DiskStore, client_of: Any, run_outbox: Callable[[], int], app: Application) -> None:
    owner = make_organisation()
    client = client_of(owner)
    revision = checked_revision(owner, client, run_outbox)
    with app.app_context(), transaction(Scope(system=True)):
        assert check_objects() == []
    store.put("stray/original", io.BytesIO(b"x"), 1, "model/stl")
    store.delete(revision.thumbnail_key or "")
    with app.app_context(), transaction(Scope(system=True)):
        assert check_objects() == ["object stray/original belongs to no file", f"object {revision.thumbnail_key} of a checked file is missing"]


def test_too_many_begun_uploads_are_held_back(store: DiskStore, client_of: Any, wipe: Wipe) -> None:
    client = client_of(make_organisation())
    first = begin(client).json
    columns = "id, organisation_id, file_id, number, name, kind, size, declared_type, status, object_key"
    copies = "gen_random_uuid(), organisation_id, file_id, n, name, kind, size, '', 'uploading', 'k' || n"
    wipe.execute(f"insert into file_revisions ({columns}) select {copies} from file_revisions, generate_series(2, 50) n where id = %s", first["id"])
    assert begin(client).status_code == 429


def test_the_upload_field_stands_in_a_form(app: Application) -> None:
    with app.test_request_context("/"):
        template = '{% from "files/upload.html" import upload %}{{ upload("files", "order_part", label="图纸") }}'
        page = app.jinja_env.from_string(template).render()
    assert 'data-upload="files"' in page
    assert "/api/v1/files" in page
    assert ".step" in page
    assert '<script type="module" src="/static/' in page


def test_a_refusal_reads_in_the_readers_language(app: Application) -> None:
    with pytest.raises(Refusal) as caught:
        raise rules.why_not_upload(name="a.zip", size=1, purpose="other", waiting=0)  # type: ignore[misc]
    assert "压缩包请先解压" in str(caught.value)


def test_the_doctor_reads_a_body_and_names_the_guards(app: Application, store: DiskStore) -> None:
    with app.app_context():
        (answers, store_says, _), (reads, parser_says, _) = doctor.examine()
    assert answers
    assert store_says == "文件存储 DiskStore 正常"
    assert reads, parser_says


def test_the_files_folder_of_the_demo_is_there() -> None:
    assert Path(FILES, "parts.json").is_file()
