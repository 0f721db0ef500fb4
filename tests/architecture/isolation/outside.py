"""What leaves the program: mails, short messages and robots' posts are caught where they would go out; the index is made of a folder of its own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from gongchuang.accounts import sms
from gongchuang.database import Scope
from gongchuang.database.unit import transaction
from gongchuang.events import relay
from gongchuang.events.registry import QUEUES
from search.documents import mirroring
from search.engines.index import Index
from search.engines.port import Engine
from tests.architecture.isolation.making import Sent, World


def drain(world: World) -> int:
    """Deliver everything that waits."""
    total = 0
    with world.app.app_context():
        while handled := sum(relay.drain(queue) for queue in QUEUES):
            total += handled
    return total


@contextmanager
def catching(world: World) -> Iterator[None]:
    """Catch what is sent into `world.sent`: mails by the mail library's own memory, short messages by a sender, robots' posts by a real HTTP server."""

    class Caught:
        def send(self, phone: str, text: str, **values: str) -> None:
            world.sent.append(Sent("sms", phone, text + json.dumps(values, ensure_ascii=False)))

    settings, mailman, before = world.app.config["SETTINGS"], world.app.extensions["mailman"], sms.use_sender(Caught())
    backend, allowed = mailman.backend, settings.outgoing_allow
    with _gateway(world) as port:
        mailman.backend, mailman.outbox = "locmem", []
        settings.__dict__["outgoing_allow"] = f"127.0.0.1:{port}"
        world.links["robot"] = f"http://127.0.0.1:{port}/"
        try:
            yield
        finally:
            settings.__dict__["outgoing_allow"], mailman.backend = allowed, backend
            sms.use_sender(before)
    world.sent += [Sent("mail", to, f"{mail.subject}\n{mail.body}") for mail in mailman.outbox for to in mail.to]


@contextmanager
def _gateway(world: World) -> Iterator[int]:
    """A server that answers as a chat robot's does, and keeps what it is sent."""

    class Robot(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            world.sent.append(Sent("robot", self.path, json.dumps(json.loads(body), ensure_ascii=False)))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"errcode": 0}')

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Robot)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def indexed(world: World, engine: Engine) -> Iterator[Index]:
    """The application over an engine of its own, which holds what the world has put out."""
    before = world.app.extensions["search"]
    made = world.app.extensions["search"] = Index(engine)
    with world.app.app_context(), transaction(Scope(system=True)):
        mirroring.rebuild()
    try:
        yield made
    finally:
        world.app.extensions["search"] = before
