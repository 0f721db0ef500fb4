"""Invariants for `gongchuang check`."""

from search.documents import mirroring, queries
from search.engines.choice import index
from search.engines.port import EngineUnavailable


def index_equals_documents() -> list[str]:
    """The engine holds exactly the standing documents, each in its latest version; what changed this minute may be on its way."""
    try:
        lacking, ahead, surplus = mirroring.differences()
    except EngineUnavailable as error:
        return [f"search engine {index().engine.name}: {error}"] if queries.any_living() else []
    moving = queries.moving()
    lacking, ahead, surplus = ([key for key in keys if key not in moving] for keys in (lacking, ahead, surplus))
    found = [f"{late} documents have waited over five minutes for the engine: is a worker running?"] if (late := queries.waiting_long()) else []
    if lacking:
        found.append(f"{len(lacking)} documents are missing or old in the index, first {lacking[0]}")
    if ahead:
        found.append(f"{len(ahead)} documents are newer in the index than in the table, first {ahead[0]}")
    if surplus:
        found.append(f"{len(surplus)} documents are in the index but no longer in the table, first {surplus[0]}")
    return found


def engine_answers() -> list[tuple[bool, str, str]]:
    """For `gongchuang doctor`: whether the engine answers, and the mend."""
    health = index().health()
    if health.answers:
        return [(True, f"搜索引擎 {health.name} 正常，{health.documents} 条", "")]
    if not queries.any_living():
        return [(True, f"搜索引擎 {health.name} 尚无内容", "")]
    return [(False, f"搜索引擎 {health.name} 不可用：{health.detail}", "检查 ELASTICSEARCH_URL 与服务器，或运行 gongchuang reindex；期间页面使用简易搜索")]
