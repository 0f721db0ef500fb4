"""Forms: what was typed is kept, every error is shown at once beside its field, a refusal by an action included."""

from collections.abc import Iterable
from typing import Any

from flask import g, request
from flask_babel import gettext
from flask_wtf import FlaskForm
from markupsafe import Markup

from gongchuang.database import uuid7
from gongchuang.refusal import Refusal
from gongchuang.types import clean_text

LONGEST_FIELD = 20_000


def words_of(refusal: Refusal) -> str:
    """Return a refusal's sentence in the reader's language."""
    return refusal.worded(gettext)


def pressed(name: str, *values: str) -> str:
    """Return which of several buttons of one name sent a form. No other word decides anything: it is refused, not taken for the last of them."""
    said = request.form.get(name, "")
    if said not in values:
        raise Refusal("button.unknown", "请求格式不正确，请检查后重新提交")
    return said


class Form(FlaskForm):  # type: ignore[misc]
    """Base of every page form, and by itself the form of a single button: it carries the page's token and the idempotency key.

    `if form.submitted(): action(**form.values())`. When the action refuses, the handler shows the same view again: `submitted()` then answers
    False and the refusal stands at its field.
    """

    errors_above: list[Refusal]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.errors_above = []
        g.form = self

    def submitted(self) -> bool:
        """Return whether a valid form was sent. Never True when the view runs again to show a refusal."""
        if request.method not in ("POST", "PUT", "PATCH"):
            return False
        if "refused" in g:
            self._show(g.refused)
            return False
        valid = bool(self.validate())
        if not self._clean() or not valid:
            self._judge()
            g.status = 422
            return False
        return True

    def wrong(self) -> list[Refusal]:
        """Return what the feature's pure rules find in what was typed, a field that cannot be read counting as nothing said.

        Asked only when the answer is a no already, so that the reader sees every mistake in one answer: the action judges by the same rules.
        """
        return []

    def _judge(self) -> None:
        """Add what the rules find at fields that have no error yet: a field that cannot be read is not also said to be missing."""
        try:
            found = self.wrong()
        except Refusal as refusal:
            found = [refusal, *refusal.others]
        self.show([each for each in found if (field := self.find(each.field)) is not None and not field.errors])

    def find(self, name: str | None) -> Any:
        """Return the field a refusal stands at, None when it concerns the whole form."""
        return self._fields.get(name) if name else None

    def show(self, refusals: Iterable[Refusal]) -> None:
        """Put refusals at their fields, those of no field above the form."""
        for refusal in refusals:
            field = self.find(refusal.field)
            if field is None:
                self.errors_above.append(refusal)
            else:
                field.errors = [*field.errors, words_of(refusal)]

    def _clean(self) -> bool:
        """Normalise every typed text; a forbidden character is an error at its field."""
        clean = True
        for field in self:
            if isinstance(field.data, str):
                try:
                    field.data = clean_text(field.data, longest=LONGEST_FIELD)
                except Refusal as refusal:
                    field.errors = [*field.errors, words_of(refusal)]
                    clean = False
        return clean

    def _show(self, refusal: Refusal) -> None:
        self.validate()
        self.show((refusal, *refusal.others))
        self._judge()

    def values(self) -> dict[str, Any]:
        """Return what was typed, by field, without the form's own fields."""
        return {name: field.data for name, field in self._fields.items() if name != "csrf_token" and field.type != "SubmitField"}

    def idempotency(self) -> Markup:
        """Return the hidden field that makes a double click do nothing twice. Kept when the form is shown again."""
        key = request.form.get("idempotency_key") or str(uuid7())
        return Markup('<input type="hidden" name="idempotency_key" value="{}">').format(key)


__all__ = ["Form", "words_of"]
