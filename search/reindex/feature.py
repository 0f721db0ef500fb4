"""What reindexing contributes."""

from gongchuang.manifest import Feature
from search.reindex import commands, tasks

feature = Feature(name="reindex", handlers=[tasks.fill_index], commands=[commands.reindex])
