"""Text that means harm, made of what has broken programs: more than a thousand strings, the same in every run."""

import re
import unicodedata
from itertools import product

MARKUP = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg/onload=alert(1)>', "</textarea><b>", "</title><script>", "<iframe src=//a>",
    "javascript:alert(1)", "<!--", "]]>", "<a href='javascript:x'>x</a>", "<style>*{}</style>", "<math><mi//xlink:href='data:x'>", "&lt;script&gt;",
    "&#60;b&#62;",
]  # fmt: skip
TEMPLATES = ["{{7*7}}", "{% raw %}", "${7*7}", "#{7*7}", "<%= 7 %>", "%(name)s", "{0}", "%s%n", "{name.__class__}", "{{config}}"]
SQL = ["' or '1'='1", "'; drop table users;--", '" or 1=1--', "\\'; select pg_sleep(9)--", "1) union select null--", "a' || pg_sleep(1) || '", "%", "_", "\\"]
SHELL = ["; id", "$(id)", "`id`", "| cat /etc/passwd", "&& true", "*)(uid=*", "admin)(|(a=*", "${jndi:ldap://a/b}", "() { :; }; id"]
LINES = ["a\r\nSet-Cookie: a=b", "a\nBcc: x@example.org", "%0d%0aX: y", "a\u2028b", "a\u2029b", "a\tb", "a\x0bb", "a\x85b"]
PATHS = ["../../etc/passwd", "..\\..\\win.ini", "%2e%2e%2f", "/etc/passwd\x00.png", "con", "file:///etc/passwd", "\\\\host\\share", "....//", "~root", "."]
FORMULAS = ["=1+1", "+1", "-1", "@sum(a1)", "=cmd|' /c calc'!a0", "＝1+1", "＋1", "－1", "＠a", " =1+1", "\t=1", "\u3000=1+1", '=hyperlink("http://a")']
INVISIBLE = ["a\u200bb", "a\u200cb", "a\u200db", "a\ufeffb", "a\u2060b", "\u00ad", "\u115f", "\u3164", "\U000e0041", "a\ufe0fb"]
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Unicode's twelve Bidi_Control characters (PropList.txt), which turn the text around them."""
FORBIDDEN = [f"a{c}b" for c in BIDI + "\x00\x01\x08\x1b\x7f\x9f\ud800\udfff\ufdd0\ufffe\uffff"]
HIDDEN = re.compile(f"[{BIDI}\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""What no text may be stored or shown with, written out here: the program's own list is what is tried."""
SHAPES = [
    "e\u0301",
    "\u00e9",
    "\u212b",
    "\uf900",
    "ﬁ",
    "①",
    "Å",
    "a" + "\u0301" * 60,
    "شركة",
    "עברית",
    "👩\u200d👩\u200d👧\u200d👦",
    "🇨🇳",
    "рауреl",
    "ＡＢＣ",
    "ﷺ",
    "\U0001f3f4\U000e0067\U000e007f",
]
WORDS = ["null", "None", "undefined", "NaN", "true", "0", "-1", "1e400", "١٢٣", "", " ", "\u3000", "\n"]
LONG = ["长" * 5000, "a" * 100_000, "ﷺ" * 20_000, "é" * 3000, "\U0001f600" * 3000, "<" * 10_000]
HUGE = "大" * (10 * 1024 * 1024 // 3)

SINGLE = [*MARKUP, *TEMPLATES, *SQL, *SHELL, *LINES, *PATHS, *FORMULAS, *INVISIBLE, *FORBIDDEN, *SHAPES, *WORDS, *LONG]
AROUND = ["{}", "法兰{}", "{} 壳体", "x{}\n", "\u00e9{}e\u0301", "({})", '"{}"', "{0}{0}"]


def corpus() -> list[str]:
    """Return every string once, among them what goes with ordinary words."""
    found = dict.fromkeys(around.replace("{0}", each).replace("{}", each) for each, around in product(SINGLE, AROUND) if len(each) < 100 or around == "{}")
    return [each for each in found if each is not None]


def stored(text: str) -> str:
    """Return how a text is stored, if it is: NFC, one kind of line end."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


__all__ = ["BIDI", "HIDDEN", "HUGE", "MARKUP", "corpus", "stored"]
