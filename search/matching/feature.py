"""What matching contributes."""

from gongchuang.manifest import Feature
from search.matching import checks, tasks

feature = Feature(
    name="matching",
    handlers=[tasks.match_document],
    crons=[tasks.learn_terms, tasks.forget_superseded],
    checks=[checks.matches_are_judged_right],
)
