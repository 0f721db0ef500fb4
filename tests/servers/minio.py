"""MinIO: the object store whose judgement on signatures, versions and locks the tests trust."""

import secrets
from pathlib import Path

from .places import found_or_missing
from .running import Server, answers, free_port, launch, own_folder, wait_until

ORIGINS = "http://127.0.0.1:*,https://gongchuang.example"
"""Whose pages may upload, as production names them: browsers refuse all others."""


def start_minio(folder: Path | None = None, *, port: int | None = None) -> Server:
    """Start MinIO on a free port; `secrets` holds its `access_key` and `secret_key`, kept beside the data for a second start."""
    program = found_or_missing("MinIO")
    temporary, place, port = folder is None, own_folder("minio", folder, as_other=False), port or free_port()
    key_file = place / "secret"
    if not key_file.exists():
        key_file.write_text(secrets.token_hex(20))
    keys = {"access_key": "gongchuang", "secret_key": key_file.read_text()}
    env = {
        "MINIO_ROOT_USER": keys["access_key"],
        "MINIO_ROOT_PASSWORD": keys["secret_key"],
        "MINIO_API_CORS_ALLOW_ORIGIN": ORIGINS,
        "MINIO_BROWSER": "off",
        "MINIO_UPDATE": "off",
    }
    (place / "data").mkdir(exist_ok=True)
    process = launch([program, "server", "--quiet", "--address", f"127.0.0.1:{port}", place / "data"], place, env=env)
    wait_until(lambda: answers(port, "/minio/health/ready") is not None, process, place)
    return Server(name="MinIO", url=f"http://127.0.0.1:{port}", port=port, folder=place, process=process, temporary=temporary, secrets=keys)
