"""What the typed words ask of an engine, as terms: one meaning for every engine."""

from collections.abc import Iterable
from dataclasses import dataclass

from search.engines.port import Word
from search.text import bigrams, tokens


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one alternative of a word: its tokens and the bigrams of neighbouring tokens."""

    tokens: tuple[str, ...]
    bigrams: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Terms":
        parts = tokens(text)
        return cls(tuple(dict.fromkeys(parts)), tuple(dict.fromkeys(bigrams(parts))))

    @property
    def demanded(self) -> tuple[str, tuple[str, ...]]:
        """The sub-field and terms that must all be there for the alternative to be found: bigrams, or the lone token."""
        return ("bigrams", self.bigrams) if self.bigrams else ("chars", self.tokens)


def terms_of(words: Iterable[Word]) -> list[list[Terms]]:
    """Return for each word the terms of its alternatives; words of signs alone ask nothing."""
    groups = [[terms for terms in map(Terms.of, dict.fromkeys(word.alternatives)) if terms.tokens] for word in words]
    return [group for group in groups if group]


def phrase(text: str) -> str:
    """Return how a word stands in the table's `words` column: its tokens between blanks."""
    return f" {' '.join(tokens(text))} "
