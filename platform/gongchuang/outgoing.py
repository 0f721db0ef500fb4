"""Requests the program makes to addresses that people typed: public ones only, resolved once, never redirected.

An operator's own gateways inside a private network are named in `GONGCHUANG_OUTGOING_ALLOW` (host:port, comma separated).
"""

import ipaddress
import json
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import urllib3

from gongchuang.refusal import Refusal

TIMEOUT = urllib3.Timeout(connect=3, read=7)
LONGEST_ANSWER = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def _refused(reason: str) -> Refusal:
    return Refusal("address.refused", "不能使用这个地址：%(reason)s", field="url", reason=(reason,))


def _resolve(host: str, port: int, *, trusted: bool) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise _refused("无法解析主机名") from None
    address = str(found[0][4][0])
    if not trusted and not ipaddress.ip_address(address).is_global:
        raise _refused("只允许公网地址")
    return address


def check_address(url: str, allow: frozenset[str] = frozenset()) -> None:
    """Refuse an address that is not plain https to a host (http too where the operator allows the host)."""
    parts = urlsplit(url)
    if not parts.hostname or parts.username or parts.fragment:
        raise _refused("格式应为 https://主机/路径")
    if parts.scheme != "https" and f"{parts.hostname}:{parts.port or 80}" not in allow:
        raise _refused("须以 https:// 开头")


def post(url: str, body: bytes, headers: dict[str, str], allow: frozenset[str] = frozenset()) -> Answer:
    """POST `body`; the name is resolved once, and that very address is connected to. Raises Refusal for addresses, urllib3 errors for the network."""
    check_address(url, allow)
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    address = _resolve(host, port, trusted=f"{host}:{port}" in allow)
    pool: Any
    if secure:
        pool = urllib3.HTTPSConnectionPool(address, port, timeout=TIMEOUT, retries=False, server_hostname=host, assert_hostname=host)
    else:
        pool = urllib3.HTTPConnectionPool(address, port, timeout=TIMEOUT, retries=False)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    answer = pool.urlopen("POST", target, body=body, headers={"Host": parts.netloc, **headers}, redirect=False, preload_content=False)
    try:
        return Answer(answer.status, answer.read(LONGEST_ANSWER))
    finally:
        answer.release_conn()
        pool.close()
