"""Redis as in production: with its append-only file, without which a killed server loses the queue."""

from contextlib import suppress
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from .places import found_or_missing
from .running import Server, free_port, launch, own_folder, wait_until


def start_redis(folder: Path | None = None, *, port: int | None = None) -> Server:
    """Start Redis on a free port with AOF in `folder`; the same folder again brings its contents back."""
    program = found_or_missing("Redis")
    temporary, place, port = folder is None, own_folder("redis", folder, as_other=False), port or free_port()
    options = {"--bind": "127.0.0.1", "--port": str(port), "--dir": str(place), "--appendonly": "yes", "--appendfsync": "everysec", "--save": ""}
    process = launch([program, *[part for option in options.items() for part in option]], place)
    url = f"redis://127.0.0.1:{port}/0"
    wait_until(lambda: _pings(url), process, place)
    return Server(name="Redis", url=url, port=port, folder=place, process=process, temporary=temporary)


def _pings(url: str) -> bool:
    with suppress(RedisError), Redis.from_url(url, socket_timeout=5) as client:
        return bool(client.ping())
    return False
