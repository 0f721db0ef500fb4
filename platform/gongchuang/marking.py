"""Marking sentences that stand in pure code and are put into the reader's language only where they are shown."""


def N_(sentence: str) -> str:
    """Return `sentence` as it is: it is found by the catalogue, and translated with `gettext` when a page shows it."""
    return sentence
