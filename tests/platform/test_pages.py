"""Turning the pages of a list: no row twice or skipped, whatever it is ordered by, and no place that is none."""

import base64
import json

import pytest
from sqlalchemy import select

from gongchuang.database import db
from gongchuang.organisations.models import Membership
from gongchuang.pages import page_of
from gongchuang.refusal import Refusal
from tests.builders import make_organisation, make_user


@pytest.mark.parametrize("way", [lambda column: column, lambda column: column.desc()], ids=["up", "down"])
@pytest.mark.parametrize("leading", ["created_at", "status", "user_id"])
def test_a_list_is_turned_page_by_page_by_moments_words_and_ids(acting_for, leading, way):
    own = make_organisation()
    for _ in range(4):
        make_user(own)
    with acting_for(own):
        ordered = select(Membership).order_by(way(getattr(Membership, leading)), way(Membership.id))
        found, cursor = [], None
        while True:
            page = page_of(ordered, cursor, 2)
            found += page.items
            if (cursor := page.next_cursor) is None:
                break
        assert len(found) == 5
        assert found == list(db.session.scalars(ordered))


@pytest.mark.parametrize(
    "values",
    [
        ["2026-11-20", "ffffffff-ffff-7fff-bfff-ffffffffffff"],  # a moment without its zone
        ["yesterday", "ffffffff-ffff-7fff-bfff-ffffffffffff"],
        [1, "ffffffff-ffff-7fff-bfff-ffffffffffff"],
        [None, None],
        ["2026-11-20T12:00:00+08:00", "x"],
        ["2026-11-20T12:00:00+08:00", 7],
        ["2026-11-20T12:00:00+08:00"],
        {"a": 1},
        "x",
    ],
)
def test_a_place_that_no_list_gave_is_refused(acting_for, values):
    cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode()
    with acting_for(make_organisation()), pytest.raises(Refusal, match="cursor"):
        page_of(select(Membership).order_by(Membership.created_at, Membership.id), cursor)
