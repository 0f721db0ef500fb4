"""Pieces of pages that are rendered once: told apart by everything that can change them."""

from collections.abc import Iterator

import pytest
from flask_babel import force_locale
from markupsafe import Markup

from gongchuang.web import remembered as remembering
from gongchuang.web.application import Application
from gongchuang.web.remembered import remembered


@pytest.fixture(autouse=True)
def page(app: Application) -> Iterator[None]:
    remembering._made.cache_clear()
    with app.test_request_context():
        yield


@pytest.fixture
def badge(app: Application):
    made = app.jinja_env.from_string('{% macro badge(said) %}{{ said }} {{ _("匹配") }}{% endmacro %}')
    return made.module.badge


def test_the_same_is_rendered_once(badge):
    assert remembered(badge, {"a": [1, None]}) == remembered(badge, {"a": [1, None]})
    assert remembering._made.cache_info().misses == 1


def test_a_language_has_its_own(badge):
    said = remembered(badge, 1)
    with force_locale("en"):
        assert remembered(badge, 1) != said


def test_what_was_typed_never_comes_back_as_markup(badge):
    assert "<b>" in remembered(badge, Markup("<b>"))
    assert "<b>" not in remembered(badge, "<b>")


def test_what_only_its_place_tells_apart_is_not_remembered(badge):
    assert remembered(badge, object()) != remembered(badge, object())
    assert remembering._made.cache_info().currsize == 0
