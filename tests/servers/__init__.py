"""Real servers for tests: installed by `make servers`, started on free loopback ports, stopped by process id.

`start_postgres()`, `start_redis()`, `start_minio()` and `start_elasticsearch()` return a `Server` with `url`, `pid`, `stop()` and
`kill()`. Without a folder the data is temporary; with one, a server that was killed can be started on its data again.
A server that is not on this machine raises `Missing`, which the plugin turns into a skip with its name.
"""

from .elasticsearch import start_elasticsearch
from .minio import start_minio
from .places import Missing
from .postgres import start_postgres
from .redis import start_redis
from .running import NotStarted, Server

__all__ = ["Missing", "NotStarted", "Server", "start_elasticsearch", "start_minio", "start_postgres", "start_redis"]
