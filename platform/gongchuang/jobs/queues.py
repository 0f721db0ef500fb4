"""The three queues. A job says only "look into the outbox"; it carries no content and may be lost at any moment."""

import time
from functools import cache
from typing import Any

import fakeredis
import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

from gongchuang.points import point

_state: dict[str, Any] = {"url": None, "rests_until": 0.0}
REST_SECONDS = 5.0
"""How long a queue that failed is left alone, so that its time-out is not paid by every request. The sweep finds what was not poked."""


def use_redis(url: str | None) -> None:
    """Name the server; None means a Redis inside this process."""
    if url != _state["url"]:
        _state["url"] = url
        _state["rests_until"] = 0.0
        connection.cache_clear()


@cache
def connection() -> redis.Redis:
    """Return the connection that pokes go through: short time-outs, for a request must not wait for a queue that is down."""
    if _state["url"] is None:
        return fakeredis.FakeStrictRedis(server=_fake_server())
    again = Retry(NoBackoff(), 1)  # once: a connection kept from before a restart is no use, a second failure says that Redis is down
    return redis.Redis.from_url(_state["url"], socket_connect_timeout=0.5, socket_timeout=0.5, retry=again)


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


def away() -> bool:
    """Return whether the server does not answer. The one inside this process always does."""
    if _state["url"] is None:
        return False
    try:
        connection().ping()
    except RedisError:
        return True
    return False


def poke(name: str) -> None:
    """Ask a worker to look into the outbox for queue `name`. Two waiting pokes are enough: the second sees what the first missed."""
    if time.monotonic() < _state["rests_until"]:
        return
    target = queue(name)
    try:
        if target.count < 2:
            point("before enqueue")
            target.enqueue("gongchuang.jobs.work.drain_queue", name, result_ttl=0, failure_ttl=60, job_timeout=900, ttl=600)
            point("after enqueue")
    except RedisError:
        _state["rests_until"] = time.monotonic() + REST_SECONDS
        raise
