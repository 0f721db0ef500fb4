"""Log lines of what failed: where it did, and nothing that somebody typed."""

import sys

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gongchuang.database import db
from gongchuang.web.logs import told
from tests.builders import make_organisation

TYPED = "五轴加工底价"


def test_a_value_that_the_database_refuses_is_not_repeated(acting_for):
    """Neither the statement's values nor what PostgreSQL repeats of them; which kind of mistake it was stays."""
    with acting_for(make_organisation()), pytest.raises(DBAPIError) as refused, db.session.begin_nested():
        db.session.execute(text("select cast(cast(:typed as text) as integer)"), {"typed": TYPED})
    assert TYPED in str(refused.value), "the error itself does not say it, so that this proves nothing"
    line = told((refused.type, refused.value, refused.tb))
    assert TYPED not in line
    assert "test_logs.py" in line
    assert "InvalidTextRepresentation 22P02" in line
    assert "[parameters: " not in str(refused.value)


@pytest.mark.parametrize("fail", [lambda: int(TYPED), lambda: {}[TYPED], lambda: [].index(TYPED)])
def test_a_value_that_python_refuses_is_not_repeated(fail):
    try:
        fail()
    except (ValueError, KeyError):
        line = told(sys.exc_info())
    assert TYPED not in line
    assert line.rpartition("\n")[2] in ("ValueError", "KeyError")


def test_what_led_to_a_failure_and_our_own_words_are_told():
    try:
        try:
            int(TYPED)
        except ValueError as error:
            raise RuntimeError("the gateway went away after 2 members were written to") from error
    except RuntimeError:
        line = told(sys.exc_info())
    assert line.index("ValueError") < line.index("which led to") < line.index("RuntimeError: the gateway went away after 2 members")
    assert TYPED not in line
