"""Isolation on the real search engine and the real queue: what they hold of others is shown to nobody, and jobs hold no words."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from gongchuang.jobs import queues
from gongchuang.web.application import Application
from search.engines.elasticsearch import ElasticsearchEngine
from tests.architecture.isolation.calls import Ground
from tests.architecture.isolation.canary import marks_in
from tests.architecture.isolation.outside import indexed
from tests.architecture.isolation.queued import jobs
from tests.architecture.isolation.readers import Readers
from tests.architecture.isolation.searching import searched
from tests.schema import Wipe


@pytest.fixture(scope="module")
def ground(whole_app: Application, wipe: Wipe, redis_url: str) -> Iterator[Ground]:
    """The world, all of whose changes asked the real Redis for a worker."""
    queues.use_redis(redis_url)
    with Ground.of(whole_app, wipe) as made:
        yield made
    queues.use_redis(None)


@pytest.fixture(scope="module")
def readers(ground: Ground, wipe: Wipe) -> Readers:
    return Readers(ground.world, wipe)


def test_elasticsearch_finds_no_document_for_somebody_who_may_not_see_it(ground: Ground, readers: Readers, elasticsearch_url: str) -> None:
    engine = ElasticsearchEngine(elasticsearch_url, f"test-{uuid4().hex[:12]}")
    with indexed(ground.world, engine):
        engine.refresh()
        held = str(engine.client.search(index=engine.alias, size=1_000)["hits"])
        found, wrong = searched(ground.world, readers)
    for index in engine.client.indices.get(index=f"{engine.alias}-*"):
        engine.client.indices.delete(index=index)
    assert found
    assert not wrong, "\n".join(wrong)
    put_out = {each for each, places in readers.places.items() if any(place.startswith("search_documents.") for place in places)}
    assert marks_in(held)
    assert not marks_in(held) - put_out, "the engine holds what no document says"


def test_jobs_in_redis_hold_no_words_at_all(ground: Ground) -> None:
    held = jobs(queues.connection())
    assert "gongchuang.jobs.work.drain_queue" in held
    assert not marks_in(held)
