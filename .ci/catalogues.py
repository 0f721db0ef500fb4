"""The English catalogue against the source: `python .ci/catalogues.py update` brings it up to date, `check` says what is missing.

Chinese is the source language. What people read is marked with `_()` or `_l()`, or is the message of a `Refusal`, and is found here by
Babel. A Chinese sentence that is not marked would stay Chinese in the English page, so that it is a mistake too.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("platform/gongchuang", "search", "services", "marketplace", "crowdsourcing")
CATALOGUES = ROOT / "platform/gongchuang/translations"
METHODS = [("**/static/**", "ignore"), ("**.py", "python"), ("**.html", "jinja2.ext.babel_extract"), ("**.txt", "jinja2.ext.babel_extract")]
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None, "lazy_ngettext": (1, 2), "lazy_pgettext": ((1, "c"), 2), "Refusal": (2,)}
OPTIONS = {"**.html": {"trimmed": "true", "silent": "false"}, "**.txt": {"silent": "false"}}
DATA = ("vocabulary", "demo", "translations", "languages.py", "money.py", "filters.py", "text.py", "settings.py", "assets.py", "start.py", "commands")
"""Coded data with labels in both languages, made-up firms, amounts and dates, patterns, the operator's terminal: not sentences of a page."""
NAMES = {"工创云 Gongchuang API"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def extracted() -> Catalog:
    """Return every message that the source marks, with the files it stands in."""
    catalogue = Catalog(project="Gongchuang", charset="utf-8", fuzzy=False)
    for room in ROOMS:
        for file, line, message, comments, context in extract_from_dir(
            str(ROOT / room), METHODS, OPTIONS, KEYWORDS, ("translators:",), strip_comment_tags=True
        ):
            catalogue.add(message, locations=[(f"{room}/{file}", line)], auto_comments=comments, context=context)
    return catalogue


def update(locale: str) -> int:
    """Write the catalogue of `locale` anew from the source, keeping its translations; return how many are missing."""
    path = CATALOGUES / locale / "LC_MESSAGES/messages.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue = _read(path, locale)
    catalogue.update(extracted(), no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    with path.open("wb") as file:
        write_po(file, catalogue, width=0, no_location=True, sort_output=True, ignore_obsolete=True, omit_header=False)
    return sum(1 for message in catalogue if message.id and not all(_strings(message)))


def mistakes(locale: str) -> Iterator[str]:
    """Yield a sentence for each message that a reader of `locale` would not see well."""
    catalogue, source = _read(CATALOGUES / locale / "LC_MESSAGES/messages.po", locale), extracted()
    for message in source:
        if message.id:
            yield from _mistakes_of(message, catalogue.get(message.id, message.context), locale)
    known = {(message.id, message.context) for message in source}
    yield from (f"{locale}: no longer used: {message.id!r}" for message in catalogue if message.id and (message.id, message.context) not in known)


def _mistakes_of(message: Message, translated: Message | None, locale: str) -> Iterator[str]:
    name = message.id if isinstance(message.id, str) else message.id[0]
    place = ":".join(map(str, message.locations[0])) if message.locations else "?"
    if translated is None or translated.fuzzy or not all(_strings(translated)):
        yield f"{place}: not translated into {locale}: {name}"
        return
    for text in _strings(translated):
        if CHINESE.search(text):
            yield f"{place}: Chinese left in {locale}: {text}"
        if set(PLACEHOLDER.findall(text)) - set(PLACEHOLDER.findall(name)):
            yield f"{place}: a placeholder of {locale} is not in the source: {text}"


def unmarked() -> Iterator[str]:
    """Yield each Chinese sentence in templates and code that no message of the source holds."""
    known = {part for message in extracted() if message.id for part in ([message.id] if isinstance(message.id, str) else message.id)}
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*")):
            if set(file.relative_to(ROOT).parts) & set(DATA):
                continue
            if file.suffix == ".html":
                yield from _unmarked_in_template(file, known)
            elif file.suffix == ".py":
                yield from _unmarked_in_code(file, known)


def _unmarked_in_template(file: Path, known: set[str]) -> Iterator[str]:
    """What stands outside of `{{ _("…") }}` and `{% trans %}`."""
    inside_trans = False
    for line, kind, text in Environment().lex(  # noqa: S701 - nothing is rendered
        file.read_text("utf-8")
    ):
        if kind == "name" and text in {"trans", "endtrans"}:
            inside_trans = text == "trans"
        if not CHINESE.search(text) or kind in {"comment", "linecomment"} or inside_trans:
            continue
        if kind == "data" or (kind == "string" and ast.literal_eval(text) not in known):
            yield f"{file.relative_to(ROOT)}:{line}: not marked for translation: {' '.join(text.split())[:60]}"


def _unmarked_in_code(file: Path, known: set[str]) -> Iterator[str]:
    tree = ast.parse(file.read_text("utf-8"))
    sentences = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and CHINESE.search(node.value)
            and id(node) not in sentences
            and node.value not in known
        ):
            yield f"{file.relative_to(ROOT)}:{node.lineno}: not marked for translation: {node.value[:60]}"


def _read(path: Path, locale: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=locale, project="Gongchuang", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=locale, abort_invalid=True)


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or [""])


def main(arguments: list[str]) -> int:
    if arguments == ["update"]:
        print(f"en: {update('en')} to translate")
        return 0
    if arguments == ["check"]:
        found = [*mistakes("en"), *unmarked()]
        print("\n".join(found) or "every sentence is translated")
        return bool(found)
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
