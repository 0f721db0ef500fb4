"""Which engine answers: Elasticsearch where it is named, tantivy in the data folder otherwise."""

from pathlib import Path

from flask import Flask, current_app

from gongchuang.settings import Settings
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.index import Index
from search.engines.tantivy import TantivyEngine


def engine_of(settings: Settings) -> ElasticsearchEngine | TantivyEngine:
    """Return the engine the settings name. Nothing is opened or asked before its first use."""
    if settings.elasticsearch_url:
        return ElasticsearchEngine(settings.elasticsearch_url, settings.elasticsearch_index)
    return TantivyEngine(Path(settings.data_folder) / "search")


def install(app: Flask) -> None:
    """Give the application its index, and tell `/readyz` how it is."""
    engine = engine_of(app.config["SETTINGS"])
    found = Index(engine)
    app.extensions["search"] = found
    app.extensions["readiness"]["search"] = engine.ping


def index() -> Index:
    """Return the running application's index."""
    found: Index = current_app.extensions["search"]
    return found
