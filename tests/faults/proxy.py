"""A small TCP proxy of ours between the program and a server: it delays, hangs, resets, truncates, refuses, or speaks HTTP in the server's place.

It stands in for cutting a network, which would need namespaces of the kernel's and so a privileged run; to a client it is the same.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from tests.servers.running import free_port

T = TypeVar("T")

HOST = "127.0.0.1"
PIECE = 65_536
RESET_AT_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Request:
    """An HTTP request as it came, whole."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def with_body(self, body: bytes) -> "Request":
        return replace(self, body=body)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer in the server's place."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"


Speaker = Callable[[Request], Request | Answer]
"""Returns what is sent on to the server, or the answer the client gets in its place."""


@dataclass(frozen=True)
class Mode:
    """How connections are treated. The default passes everything on."""

    seconds: float = 0.0
    hangs: bool = False
    resets: bool = False
    refuses: bool = False
    swallows: bool = False
    upload: int | None = None
    download: int | None = None
    speaks: Speaker | None = None

    @property
    def drops_others(self) -> bool:
        """Whether connections that were open before cannot go on."""
        return self.resets or self.refuses or self.speaks is not None


PASS = Mode()
HANG = Mode(hangs=True)
"""Connections are accepted and never answered; open ones stall, and go on when the mode ends."""
RESET = Mode(resets=True)
CUT = Mode(refuses=True)
"""New connections are refused, open ones closed."""
BLACKHOLE = Mode(hangs=True, swallows=True)
"""As if every packet were lost: new connections are not even taken up, open ones stall, and go on when the mode ends."""


def latency(seconds: float) -> Mode:
    """Every piece the server sends comes later."""
    return Mode(seconds=seconds)


def truncate(*, upload: int | None = None, download: int | None = None) -> Mode:
    """A connection ends after so many bytes to the server, or from it."""
    return Mode(upload=upload, download=download)


def speak(speaker: Speaker) -> Mode:
    """Read HTTP requests; `speaker` changes or answers each. One request a connection."""
    return Mode(speaks=speaker)


def answer(status: int, body: bytes = b"", *, when: Callable[[Request], bool] = lambda _: True) -> Mode:
    """Answer requests for which `when` holds in the server's place, pass the others on."""
    return speak(lambda request: Answer(status, body) if when(request) else request)


@dataclass(eq=False)
class _Link:
    """A client's connection and ours to the server."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    since: dict[str, tuple[Mode, int]] = field(default_factory=dict)

    def end(self, *, by_reset: bool = False) -> None:
        for writer in (self.client, self.server):
            if writer is None or writer.transport.is_closing():
                continue
            if by_reset:
                plug: socket.socket = writer.get_extra_info("socket")
                plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
            writer.transport.abort()


class Proxy:
    """Listens on a free loopback port for `target`, until `close`. Everything happens in a thread of its own."""

    def __init__(self, target: int) -> None:
        self.target, self.port = target, free_port()
        self._now = PASS
        self._links: set[_Link] = set()
        self._held = self._bound()
        self._listening = False
        self._plugs: list[socket.socket] = []
        self._serving: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"proxy-{target}", daemon=True)
        self._thread.start()
        self._changed = asyncio.Event()
        self._do(self._switch(PASS))

    def mode(self, mode: Mode) -> None:
        """Treat connections so from now on; returns once it holds."""
        self._do(self._switch(mode))

    def drop(self) -> None:
        """Close every open connection once."""
        self._do(self._drop())

    @property
    def connections(self) -> int:
        return len(self._links)

    def close(self) -> None:
        if self._loop.is_closed():
            return
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    def _bound(self) -> socket.socket:
        """Return a socket that holds the port. Until it listens, the kernel refuses connections."""
        held = socket.socket()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind((HOST, self.port))
        held.setblocking(False)
        return held

    async def _switch(self, mode: Mode) -> None:
        before, self._now = self._now, mode  # first, so that what is accepted from now on is treated by it
        if mode.drops_others or before.drops_others:
            await self._drop(by_reset=mode.resets)
        if mode.refuses:
            self._shut()
            self._held = self._bound()
        elif mode.swallows:
            self._stop_accepting()
            await self._plug_up()
        elif not self._listening:
            self._unplug()
            self._held.listen(256)
            self._loop.add_reader(self._held, self._accept)
            self._listening = True
        waited_for, self._changed = self._changed, asyncio.Event()
        waited_for.set()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            plug, _ = self._held.accept()
            task = self._loop.create_task(self._serve(plug))
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)

    def _stop_accepting(self) -> None:
        if self._listening:
            self._loop.remove_reader(self._held)
            self._listening = False

    async def _plug_up(self) -> None:
        """Fill the queue of connections that wait to be taken up: while it is full the kernel drops whatever asks for one more."""
        self._held.listen(0)
        with contextlib.suppress(TimeoutError):
            while True:
                self._plugs.append(plug := socket.socket())
                plug.setblocking(False)
                await asyncio.wait_for(self._loop.sock_connect(plug, (HOST, self.port)), 0.2)

    def _unplug(self) -> None:
        for plug in self._plugs:
            plug.close()
        self._plugs.clear()

    def _shut(self) -> None:
        self._stop_accepting()
        self._unplug()
        self._held.close()

    async def _drop(self, *, by_reset: bool = False) -> None:
        for link in list(self._links):
            link.end(by_reset=by_reset)
        await asyncio.sleep(0)

    async def _end(self) -> None:
        self._shut()
        await self._drop()
        for task in list(self._serving):
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await asyncio.sleep(0)

    async def _serve(self, plug: socket.socket) -> None:
        plug.setblocking(False)
        try:
            reader, writer = await asyncio.open_connection(sock=plug)
        except BaseException:
            plug.close()
            raise
        link = _Link(writer)
        self._links.add(link)
        try:
            with contextlib.suppress(OSError, EOFError):
                await self._treat(link, reader)
        finally:
            link.end()
            self._links.discard(link)

    async def _treat(self, link: _Link, reader: asyncio.StreamReader) -> None:
        await self._while_hanging()
        if self._now.resets or self._now.refuses:  # taken by the kernel just before it was told to refuse
            link.end(by_reset=self._now.resets)
            return
        back, link.server = await asyncio.open_connection(HOST, self.target)
        if self._now.speaks is not None:
            await _speak(self._now.speaks, reader, back, link)
            return
        ways = [self._pump(link, "upload", reader, link.server), self._pump(link, "download", back, link.client)]
        tasks = [asyncio.ensure_future(way) for way in ways]
        _, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in others:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _pump(self, link: _Link, way: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE):
            await self._while_hanging()
            if self._now.seconds and way == "download":
                await asyncio.sleep(self._now.seconds)
            most = getattr(self._now, way)
            if most is not None:
                piece = self._within(link, way, piece, most)
            writer.write(piece)
            await writer.drain()
            if most is not None and link.since[way][1] >= most:
                raise EOFError("truncated")
        await self._while_hanging()
        if writer.can_write_eof():
            writer.write_eof()

    def _within(self, link: _Link, way: str, piece: bytes, most: int) -> bytes:
        """Return what of `piece` may still pass; counted from the beginning of the mode."""
        mode, sent = link.since.get(way, (self._now, 0))
        sent = sent if mode is self._now else 0
        piece = piece[: most - sent]
        link.since[way] = (self._now, sent + len(piece))
        return piece

    async def _while_hanging(self) -> None:
        while self._now.hangs:
            await self._changed.wait()


async def _speak(speaker: Speaker, reader: asyncio.StreamReader, back: asyncio.StreamReader, link: _Link) -> None:
    """Read one request, let the speaker decide, and end the connection after its answer."""
    assert link.server is not None
    decided = speaker(await _request(reader, link.client))
    if isinstance(decided, Answer):
        head = f"HTTP/1.1 {decided.status} Broken\r\nContent-Type: {decided.content_type}\r\nContent-Length: {len(decided.body)}\r\n"
        # without this header the Elasticsearch client takes any answer for a stranger's
        link.client.write(f"{head}X-Elastic-Product: Elasticsearch\r\nConnection: close\r\n\r\n".encode() + decided.body)
    else:
        lines = "".join(f"{name}: {value}\r\n" for name, value in decided.headers)
        head = f"{decided.method} {decided.path} HTTP/1.1\r\n{lines}Content-Length: {len(decided.body)}\r\nConnection: close\r\n\r\n"
        link.server.write(head.encode("latin-1") + decided.body)
        first, rest = (await back.readuntil(b"\r\n\r\n")).split(b"\r\n", 1)
        link.client.write(first + b"\r\nConnection: close\r\n" + rest)
        while piece := await back.read(PIECE):
            link.client.write(piece)
    await link.client.drain()
    link.client.close()
    with contextlib.suppress(OSError):
        await link.client.wait_closed()


LEFT_OUT = frozenset({"content-length", "transfer-encoding", "connection", "expect"})


async def _request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    known = {name.lower(): value for name, value in pairs}
    if known.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = await _chunked(reader) if "chunked" in known.get("transfer-encoding", "") else await reader.readexactly(int(known.get("content-length", 0)))
    return Request(method, path, tuple(pair for pair in pairs if pair[0].lower() not in LEFT_OUT), body)


async def _chunked(reader: asyncio.StreamReader) -> bytes:
    whole = b""
    while size := int((await reader.readline()).split(b";")[0], 16):
        whole += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return whole
