"""The servers themselves: they answer, they are ours, and what they acknowledged survives a kill -9."""

import io
from pathlib import Path

import psycopg
from elasticsearch import Elasticsearch
from minio import Minio as MinioClient
from redis import Redis

from tests.servers import start_redis
from tests.servers.plugin import started

from .conftest import Minio


def test_postgresql_is_one_that_production_may_use(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        row = connection.execute("select current_setting('server_version_num')::int >= 150000, usesuper from pg_user where usename = current_user").fetchone()
    assert row == (True, True)


def test_redis_keeps_its_queue_over_a_kill(tmp_path: Path) -> None:
    with started(lambda: start_redis(tmp_path)) as server:
        with Redis.from_url(server.url) as client:
            client.config_set("appendfsync", "always")
            client.rpush("queue", "job")
        server.kill()
        with start_redis(tmp_path, port=server.port) as again, Redis.from_url(again.url) as client:
            assert client.lrange("queue", 0, -1) == [b"job"]


def test_minio_locks_and_versions(minio: Minio) -> None:
    client = MinioClient(minio.endpoint.removeprefix("http://"), access_key=minio.access_key, secret_key=minio.secret_key, secure=False)
    client.make_bucket("locks-and-versions", object_lock=True)
    for body in (b"first", b"second"):
        client.put_object("locks-and-versions", "part.stl", io.BytesIO(body), len(body))
    assert len(list(client.list_objects("locks-and-versions", include_version=True))) == 2


def test_elasticsearch_cuts_chinese_words_as_we_index_them(elasticsearch_url: str) -> None:
    client = Elasticsearch(elasticsearch_url)
    shingle = {"type": "shingle", "min_shingle_size": 2, "max_shingle_size": 2, "output_unigrams": False, "token_separator": ""}
    tokens = client.indices.analyze(tokenizer="standard", filter=["lowercase", shingle], text="西安5轴加工")["tokens"]
    assert [token["token"] for token in tokens] == ["西安", "安5", "5轴", "轴加", "加工"]
