"""Safe markdown: what people may write in a brief or a proposal, as markup."""

from typing import Any

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "h3", "h4", "blockquote", "code", "pre", "a", "table", "thead", "tbody", "tr", "th", "td", "hr"}
_HEADINGS = {"h1": "h3", "h2": "h3", "h5": "h4", "h6": "h4"}
_READER = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": False}).enable("table").disable("image")


def _lower_headings(tokens: list[Any]) -> None:
    """A brief stands inside a page that has its own h1 and h2."""
    for token in tokens:
        token.tag = _HEADINGS.get(token.tag, token.tag)


def markup(text: str) -> Markup:
    """Return text as people meant it. Line ends stay; markup of their own, pictures and scripts do not come through; links open no door back."""
    tokens = _READER.parse(text)
    _lower_headings(tokens)
    html = _READER.renderer.render(tokens, _READER.options, {})
    cleaned = nh3.clean(html, tags=TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"}, link_rel="noopener nofollow ugc")
    return Markup(cleaned)  # noqa: S704 - what was just cleaned
