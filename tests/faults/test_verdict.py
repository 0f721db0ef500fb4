"""What a verdict asks the database is understood by it: a campaign that ends in a wrong query has wasted its hour."""

import pytest

from gongchuang.database import Scope, db
from gongchuang.database.unit import transaction
from gongchuang.web.application import Application
from tests.faults.verdict import MARKED, STATES


@pytest.mark.parametrize("query", sorted({*MARKED.values(), *(query for query, _ in STATES.values())}))
def test_every_question_is_understood(app: Application, query: str) -> None:
    with app.app_context(), transaction(Scope(system=True)):
        assert len(db.session.connection().exec_driver_sql(query, (None,)).fetchall()) <= 1
