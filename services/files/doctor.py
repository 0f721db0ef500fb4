"""What `gongchuang doctor` says about files: whether the store answers, and what protects the parser here."""

import tempfile
from pathlib import Path

from . import child
from .geometry.unreadable import Unreadable
from .store import StoreUnavailable
from .stores import current_store

TETRAHEDRON = b"""v 0 0 0
v 10 0 0
v 0 10 0
v 0 0 10
f 1 3 2
f 1 2 4
f 2 3 4
f 3 1 4
"""
GUARDS = {"network": "无网络", "folder": "无其他文件", "calls": "不开套接字和程序"}


def examine() -> list[tuple[bool, str, str]]:
    """Return what is right, what is not, and the mend."""
    return [_store(), _parser()]


def _store() -> tuple[bool, str, str]:
    store = current_store()
    try:
        store.ensure()
    except (StoreUnavailable, OSError) as error:
        return (False, f"文件存储不可用：{error}", "启动它，或检查 S3_ENDPOINT、S3_ACCESS_KEY、S3_SECRET_KEY；本机与它的时间相差不能超过 15 分钟")
    return (True, f"文件存储 {type(store).__name__} 正常", "")


def _parser() -> tuple[bool, str, str]:
    """Read a small body in the real child process, and name what the kernel lets it give up."""
    with tempfile.TemporaryDirectory(prefix="gongchuang-doctor-") as folder:
        (Path(folder) / "input").write_bytes(TETRAHEDRON)
        try:
            found = child.read(Path(folder), "obj")
        except Unreadable as error:
            return (False, f"模型无法读取：{error.code}", "运行 python -m pip install --require-hashes -r requirements.lock")
    guards = "、".join(words for name, words in GUARDS.items() if name in found.lockdown)
    if "calls" not in found.lockdown:
        return (False, f"模型读取缺少内核的保护（现有：{guards or '无'}）", "需要 Linux ≥ 5.13，启用 seccomp 与 Landlock")
    return (True, f"模型在隔离的子进程里读取：{guards}、20 秒、1 GiB", "")
