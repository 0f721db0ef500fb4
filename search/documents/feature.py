"""What documents contribute."""

from gongchuang.manifest import Feature
from search.documents import checks, tasks
from search.engines.choice import install

feature = Feature(
    name="documents",
    handlers=[tasks.mirror_to_engine],
    crons=[tasks.catch_up, tasks.verify_and_heal],
    checks=[checks.index_equals_documents],
    doctor=[checks.engine_answers],
    start=[install],
    demo=tasks.take_over_demo,
    demo_order=90,
)
