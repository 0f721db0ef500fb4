"""Hostile text into every text field of every change: what is stored is what was sent, in NFC, or the answer is a 422 with its reason; never a 5xx.

Afterwards the pages of what was changed are opened: they show no raw markup and turn no text around.
"""

import json
import os
import re
import time
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from html import escape
from itertools import product
from random import Random
from typing import Any

import pytest
from werkzeug.http import parse_cookie

from gongchuang.figures import plain
from tests.architecture.isolation.calls import Answer, Call, Ground
from tests.architecture.isolation.cases import CASES
from tests.architecture.isolation.routes import body_of, things
from tests.rounds import SOAK, rounds
from tests.security.fields import Slot, every_slot, pages_of, put
from tests.security.hostile import HIDDEN, HUGE, MARKUP, corpus, stored

pytestmark = [] if SOAK else [pytest.mark.xdist_group("isolation")]
"""In the long form the workers share the parts, each with a world of its own."""
PARTS = 40 if SOAK else 1
SEED = int(os.environ.get("GONGCHUANG_TEST_SEED", "20261121"))
CORPUS = corpus()
RAW = tuple(each for each in MARKUP if each.startswith(("<", '"', "]")) and len(each) > 8)
LOOKED_AT = 25
"""Of how many texts one has its pages opened in the long form; markup always has."""
CHAIN = "the reason stands in the audit chain, which is put back by itself"
WHOM = "names whom access is taken from"
NOT_KEPT = {
    "files_api.revoke": WHOM,
    "files.revoke token": WHOM,
    "files.accept_nda accept": "a box that is ticked",
    "accounts.set_password password": "only its digest is kept",
    "accounts.set_password username": "tells a browser whose password it is, and is not read",
    "capacity_api.unblock": "shares its shape with blocking, whose note it takes away",
    "certification_api.approve": "only a keyed digest of the number is kept",
    "certification.approve id_number": "a firm has none, and of a person's only a keyed digest is kept",
    "operators_api.suspend": CHAIN,
    "operators.suspend reason": CHAIN,
    "operators.person reason": CHAIN,
    "quotes_api.preview": "reckons and keeps nothing",
    "quotes.draft": "keeps what is believable while it is being filled in; quotes.make refuses the rest",
    "orders.draft": "keeps what is believable while it is being filled in; orders.create refuses the rest",
    "tasks.draft": "keeps what is believable while it is being filled in; tasks.create refuses the rest",
}
"""Changes, or single fields of them, whose texts are nowhere in the rows, each with its reason."""
PLAIN = ("壳体", "法兰 A-1 的说明，写得长一些，足够十个字以上")
OTHERWISE = {"moderation_api.report kind": 404}
"""Fields whose wrong words are refused by another status: no thing of such a kind is found."""
SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass
class Texts:
    """Sends texts into fields and gathers what is wrong with what came of them."""

    ground: Ground
    wrong: list[str] = field(default_factory=list)
    came: Counter[str] = field(default_factory=Counter)
    shown: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    _bodies: dict[str, dict[str, Any]] = field(default_factory=dict)

    def body(self, slot: Slot, text: str) -> dict[str, Any] | None:
        """Return what a case sends with a text in one field; None, noted as wrong, where it sends no such part."""
        body = deepcopy(body_of(self.ground.world, slot.rule, slot.method, self._bodies) or {})
        if put(body, slot.place, text):
            return body
        self.wrong.append(f"{slot}: its case sends no such part")
        return None

    def send(self, slot: Slot, text: str, *, look: bool) -> None:
        """Send one text into one field, and put everything back."""
        world, case = self.ground.world, CASES[slot.rule.endpoint]
        body = self.body(slot, text)
        if body is None or SURROGATES.search(text):  # half a character is sent as raw JSON by tests/flows/nonsense.py
            return
        with self.ground.put_back():
            answer = self.ground.ask(world.people[case.who], Call(slot.rule, slot.method, things(world, slot.rule, case), body))
            wrong = self._answered(slot, text, answer)
            if wrong is None and look and answer.status < 400:
                wrong = self._look(slot, text, answer)
        if wrong:
            self.wrong.append(f"{slot} {text[:60]!r}: {wrong}")

    def _answered(self, slot: Slot, text: str, answer: Answer) -> str | None:
        said = answer.text
        if answer.status >= 500:
            return str(answer.status)
        if answer.status >= 400:
            self.came["refused"] += 1
            if answer.status == (413 if text is HUGE else OTHERWISE.get(f"{slot.rule.endpoint} {slot.place[0]}")):
                return None
            if answer.status != 422:
                return f"answered {answer.status}"
            return None if '"errors":[{' in said or 'class="field-error' in said or "alert-danger" in said else "refused without a word"
        if HIDDEN.search(said):
            return f"answered with {HIDDEN.findall(said)}"
        rows = "".join(row for rows in self.ground.changed(answer.written - {"audit_entries", "audit_heads"}).values() for row in rows)
        if not rows and self._flashed(answer):
            self.came["refused"] += 1
            return None
        if HIDDEN.search(text) and json.dumps(stored(text), ensure_ascii=False)[1:-1] in rows:
            return "stored"
        field_name = f"{slot.rule.endpoint} {slot.place[0]}"
        if {slot.rule.endpoint, field_name} & set(NOT_KEPT) or CASES[slot.rule.endpoint].reckons:
            return None
        if not is_kept(text, rows):
            return "neither kept nor refused"
        self.came["kept"] += 1
        self.kept.add(str(slot))
        return None

    def _flashed(self, answer: Answer) -> bool:
        """Whether a button's refusal is said on the page that follows."""
        serializer = self.ground.world.app.session_interface.get_signing_serializer(self.ground.world.app)  # type: ignore[attr-defined]
        visits = [parse_cookie(each).get("gc_visit") for each in answer.response.headers.getlist("Set-Cookie")]
        return any(kind == "danger" for visit in visits if visit for kind, _ in serializer.loads(visit.partition(";")[0]).get("_flashes", ()))

    def _look(self, slot: Slot, text: str, answer: Answer) -> str | None:
        """Look at the page that follows, and at the pages of the thing that was changed."""
        place, read = answer.response.headers.get("Location"), answer.response.get_json(silent=True) if slot.api else None
        made = read.get("id") if isinstance(read, dict) else None
        who = self.ground.world.people[CASES[slot.rule.endpoint].who]
        for page in list(dict.fromkeys([*([place] if place else []), *pages_of(self.ground, slot, made)]))[: rounds(4, 20)]:
            found = who.browser.get(page)
            if found.status_code >= 500:
                return f"its page {page} answers {found.status_code}"
            if found.mimetype != "text/html":
                continue
            if raw := [each for each in RAW if each in text and each in found.text]:
                return f"raw on {page}: {raw}"
            if HIDDEN.search(found.text):
                return f"turned around on {page}"
            if text.strip() and str(escape(stored(text).strip())) in found.text.replace("&#34;", "&quot;").replace("&#39;", "&#x27;"):
                self.shown.add(str(slot))
        return None


def is_kept(text: str, rows: str) -> bool:
    """Whether rows of JSON hold a text as it is stored, with or without the blanks around it, or the figure that it is (of percent as hundredths too)."""
    figure, wanted = plain(text), stored(text).strip()
    figures = [] if figure is None else [f"{Decimal(figure) * factor:f}" for factor in (1, 100)]
    if any(re.search(rf"(?<![\d.]){re.escape(each)}(?![\d.])", rows) for each in figures):
        return True
    return any(json.dumps(each, ensure_ascii=False)[1:-1] in rows for each in (stored(text), wanted, wanted.casefold(), wanted.upper()))


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) >= 1000


def test_every_text_field_is_part_of_what_its_case_sends(ground: Ground) -> None:
    texts = Texts(ground)
    for slot in every_slot(ground):
        texts.body(slot, "壳体")
    assert not texts.wrong, "\n".join(texts.wrong)


@pytest.mark.parametrize("part", range(PARTS))
def test_hostile_text_is_stored_as_it_is_or_refused(ground: Ground, part: int) -> None:
    """In the long form every text into every field; in the short one markup and a text of the corpus into a sample of them."""
    texts, random, begun = Texts(ground), Random(SEED), time.process_time()
    slots = every_slot(ground)[part::PARTS]
    for slot in slots if SOAK else random.sample(slots, 80):
        for number, text in enumerate(CORPUS if SOAK else [random.choice(RAW), random.choice(CORPUS)]):
            texts.send(slot, text, look=number % LOOKED_AT == 0 or text in RAW)
    print(f"{dict(texts.came)} texts, {len(slots)} fields, seed {SEED}, {time.process_time() - begun:.0f} s of CPU")
    assert not texts.wrong, "\n".join(texts.wrong)
    if PARTS == 1:
        assert len(slots) > 200
        assert len(texts.kept) > 15
        assert len(texts.shown) > 5, "the pages that were opened show nothing of what was sent"


def test_plain_text_is_kept_by_every_field_that_is_for_text(ground: Ground) -> None:
    """A third of the fields and more are for words; the others are for figures, dates, codes and ids, and refuse these."""
    texts, slots = Texts(ground), every_slot(ground)[:: rounds(6, 1)]
    for slot, text in product(slots, PLAIN):
        texts.send(slot, text, look=False)
    assert not texts.wrong, "\n".join(texts.wrong)
    assert len(texts.kept) > len(slots) * 0.3, sorted(texts.kept)


def test_ten_megabytes_are_refused(ground: Ground) -> None:
    texts, slots = Texts(ground), every_slot(ground)
    for slot in slots if SOAK else slots[:: len(slots) // 4]:
        texts.send(slot, HUGE, look=False)
    assert not texts.wrong, "\n".join(texts.wrong)
    assert not texts.kept
