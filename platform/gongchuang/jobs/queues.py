"""The three queues. A job says only "look into the outbox"; it carries no content and may be lost at any moment."""

from functools import cache
from typing import Any

import fakeredis
import redis
from rq import Queue
from rq.serializers import JSONSerializer

_state: dict[str, Any] = {"url": None}


def use_redis(url: str | None) -> None:
    """Name the server; None means a Redis inside this process."""
    if url != _state["url"]:
        _state["url"] = url
        connection.cache_clear()


@cache
def connection() -> redis.Redis:
    """Return the connection that pokes go through: short time-outs, for a request must not wait for a queue that is down."""
    if _state["url"] is None:
        return fakeredis.FakeStrictRedis(server=_fake_server())
    return redis.Redis.from_url(_state["url"], socket_connect_timeout=0.5, socket_timeout=1.0)


@cache
def _fake_server() -> Any:
    return fakeredis.FakeServer()


def blocking_connection() -> redis.Redis:
    """Return a connection for a worker, which waits on it for long."""
    if _state["url"] is None:
        return fakeredis.FakeStrictRedis(server=_fake_server())
    return redis.Redis.from_url(_state["url"], socket_connect_timeout=5, health_check_interval=30)


def queue(name: str, on: redis.Redis | None = None) -> Queue:
    return Queue(name, connection=on or connection(), serializer=JSONSerializer)


def poke(name: str) -> None:
    """Ask a worker to look into the outbox for queue `name`. Two waiting pokes are enough: the second sees what the first missed."""
    target = queue(name)
    if target.count < 2:
        target.enqueue("gongchuang.jobs.work.drain_queue", name, result_ttl=0, failure_ttl=60, job_timeout=900, ttl=600)
