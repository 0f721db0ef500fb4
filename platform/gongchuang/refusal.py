"""The one way to say no: a code, a sentence for people, the field it concerns, the way to mend it."""

from collections.abc import Callable
from typing import Any


class Refusal(Exception):
    """What is wrong and how to mend it. One handler makes it a form error, a problem+json (RFC 9457) or a page.

    `message` is a Chinese source string with %(name)s parameters; it is translated when shown, never before. A parameter that is a
    tuple is a list of Chinese source words: each is translated too, and they are joined as the reader's language joins them.
    `remedy` is the path of the page where the reader can mend the cause.
    """

    def __init__(self, code: str, message: str, *, field: str | None = None, status: int = 422, remedy: str | None = None, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.field = field
        self.status = status
        self.remedy = remedy
        self.params = params
        self.others: list[Refusal] = []

    def __str__(self) -> str:
        return f"{self.code}: {self.worded(str)}"

    def worded(self, translate: Callable[[str], str]) -> str:
        """Return the sentence with its parameters, as `translate` puts Chinese source strings into another language."""
        shown = {name: translate("、").join(map(translate, value)) if isinstance(value, tuple) else value for name, value in self.params.items()}
        return translate(self.message) % shown if shown else translate(self.message)


class Unavailable(Exception):
    """A part that stands beside the program (object store, search engine) does not answer.

    A page says 503 and what to do; a delivery waits for the part's return and is not counted as having failed.
    """


class NotFound(Refusal):
    """The same answer for what does not exist and what the reader may not see."""

    def __init__(self) -> None:
        super().__init__("not_found", "没有找到这个页面或内容", status=404)


def refuse_if(refusal: Refusal | None) -> None:
    """Raise `refusal` unless it is None."""
    if refusal is not None:
        raise refusal


def refuse_all(refusals: list[Refusal]) -> None:
    """Raise all at once, so that a form shows every error together."""
    if refusals:
        first = refusals[0]
        first.others = refusals[1:]
        raise first
