"""Finding and matching: documents, engines, the search box, lists, matches."""

from gongchuang.manifest import Room
from search.documents.feature import feature as documents
from search.matching.feature import feature as matching
from search.reindex.feature import feature as reindex

room = Room("search", (documents, matching, reindex))
