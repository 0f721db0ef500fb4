"""The English catalogue against the source: `python .ci/catalogues.py update` brings it up to date, `check` says what is missing.

Chinese is the source language. In templates what people read is marked with `_()` or `{% trans %}` and found by Babel. In code many
sentences are named first and translated when shown (refusals, labels of codes, messages), so that every Chinese string of the rooms is
a message, but for data, patterns and docstrings. Chinese that cannot be translated, such as a piece of an f-string, is a mistake.
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
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None, "lazy_ngettext": (1, 2), "lazy_pgettext": ((1, "c"), 2)}
OPTIONS = {"**.html": {"trimmed": "true", "silent": "false"}, "**.txt": {"silent": "false"}}
DATA = {"vocabulary", "demo", "translations", "languages.py", "filters.py", "text.py", "settings.py", "assets.py", "start.py"}
DATA |= {"commands", "commands.py"}
"""Coded data with labels in both languages, made-up firms, amounts and dates, patterns, the operator's terminal: not sentences of a page."""
TYPED = ("search/query", "search/listing/address.py", "search/documents/checks.py", "services/files/doctor.py", "marketplace/orders/tolerances.py")
"""What is read out of people's sentences, and what only the operator's terminal says."""
NAMES = {"人民币", "负", "万", "工创云 Gongchuang API", "工业云运营中心", "运营中心", "件", "零件", " 等 ", " 种", "即可", "\n[查看](", "\n\n[查看]("}
"""How an amount is written in capitals, proper names, words inside a title that a firm keeps, and what is sent to a Chinese chat robot."""
WIDE = re.compile(r"[\u3001\u3002\u300a-\u300f\u4e00-\u9fff\uff01-\uff5e]")
"""What tells a template's Chinese: punctuation counts too."""
WRITTEN = {"LEGAL_FORMS"}
"""Constants that are looked for in what people write."""
CHINESE = re.compile(r"[\u4e00-\u9fff]")
QUOTED = re.compile("“[^”]*”")
"""What has to be typed in Chinese is shown in Chinese, in quotation marks."""
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|%|\{\w+\}")
HEADER = """\
# The words of the pages in `{locale}`. Source and order are kept by .ci/catalogues.py; write translations here.
msgid ""
msgstr ""
"Language: {locale}\\n"
"Plural-Forms: {plurals}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def extracted() -> Catalog:
    """Return every message of the source, with the files it stands in."""
    catalogue = Catalog(project="Gongchuang", charset="utf-8", fuzzy=False)
    for room in ROOMS:
        for file, line, message, comments, context in extract_from_dir(
            str(ROOT / room), METHODS, OPTIONS, KEYWORDS, ("translators:",), strip_comment_tags=True
        ):
            catalogue.add(message, locations=[(f"{room}/{file}", line)], auto_comments=comments, context=context)
    plural = {part for message in catalogue if isinstance(message.id, tuple | list) for part in message.id}
    for source in _sources("*.py"):
        for text, line, whole in _strings_of_code(source):
            if whole and text not in plural:
                catalogue.add(text, locations=[(str(source.relative_to(ROOT)), line)])
    return catalogue


def _sources(pattern: str) -> Iterator[Path]:
    """The rooms' files whose Chinese is for readers."""
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob(pattern)):
            place = file.relative_to(ROOT)
            if not set(place.parts) & DATA and not str(place).startswith(TYPED):
                yield file


def _strings_of_code(file: Path) -> Iterator[tuple[str, int, bool]]:
    """Each Chinese string outside of docstrings and patterns, its line, and whether it is whole (not a piece of an f-string)."""
    tree = ast.parse(file.read_text("utf-8"))
    apart = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    pieces = {id(piece) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for piece in node.values}
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        function = ast.unparse(call.func)
        if function.startswith("re.") or function == "Response":
            apart |= {id(inner) for inner in ast.walk(call)}
    for constant in (node for node in ast.walk(tree) if isinstance(node, ast.Assign)):
        if {ast.unparse(target) for target in constant.targets} & WRITTEN:
            apart |= {id(inner) for inner in ast.walk(constant)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in apart and CHINESE.search(node.value) and node.value not in NAMES:
            yield node.value, node.lineno, id(node) not in pieces


def update(locale: str) -> int:
    """Write the catalogue of `locale` anew from the source, keeping its translations; return how many are missing."""
    path = CATALOGUES / locale / "LC_MESSAGES/messages.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue = _read(path, locale)
    catalogue.update(extracted(), no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    with path.open("wb") as file:
        file.write(HEADER.format(locale=locale, plurals=catalogue.plural_forms).encode())
        write_po(file, catalogue, width=0, no_location=True, sort_output=True, ignore_obsolete=True, omit_header=True)
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
    name = message.id if isinstance(message.id, str) else message.id[-1]
    place = ":".join(map(str, message.locations[0])) if message.locations else "?"
    if translated is None or translated.fuzzy or not all(_strings(translated)):
        yield f"{place}: not translated into {locale}: {name}"
        return
    for text in _strings(translated):
        if CHINESE.search(QUOTED.sub("", text)):
            yield f"{place}: Chinese left in {locale}: {text}"
        if sorted(set(PLACEHOLDER.findall(text))) != sorted(set(PLACEHOLDER.findall(name))):
            yield f"{place}: the placeholders of {locale} are not those of the source: {text}"


def unmarked() -> Iterator[str]:
    """Yield each Chinese sentence of templates and code that cannot be translated."""
    known = {part for message in extracted() if message.id for part in ([message.id] if isinstance(message.id, str) else message.id)}
    for file in _sources("*.html"):
        yield from _unmarked_in_template(file, known)
    for file in _sources("*.py"):
        for text, line, whole in _strings_of_code(file):
            if not whole:
                yield f"{file.relative_to(ROOT)}:{line}: a piece of an f-string cannot be translated: {text[:60]}"


def _unmarked_in_template(file: Path, known: set[str]) -> Iterator[str]:
    """What stands outside of `{{ _("…") }}` and `{% trans %}`."""
    inside_trans = False
    for line, kind, text in Environment().lex(  # noqa: S701 - nothing is rendered
        file.read_text("utf-8")
    ):
        if kind == "name" and text in {"trans", "endtrans"}:
            inside_trans = text == "trans"
        if not WIDE.search(text) or kind in {"comment", "linecomment"} or inside_trans:
            continue
        if kind == "data" or (kind == "string" and ast.literal_eval(text) not in known):
            yield f"{file.relative_to(ROOT)}:{line}: not marked for translation: {' '.join(text.split())[:60]}"


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
