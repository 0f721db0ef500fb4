"""The proxy does what it says to a plain socket and to an HTTP client, and lets go afterwards."""

import http.server
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import urllib3

from tests.faults.proxy import BLACKHOLE, CUT, HANG, PASS, RESET, Proxy, Request, answer, latency, speak, truncate

LONG = b"x" * 300_000


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers a POST with its own body, a GET with many bytes."""

    protocol_version = "HTTP/1.1"

    def _say(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self._say(LONG)

    def do_POST(self) -> None:
        self._say(self.rfile.read(int(self.headers["Content-Length"])))

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def echo() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def proxy(echo: int) -> Iterator[Proxy]:
    with Proxy(echo) as made:
        yield made


@pytest.fixture
def client() -> urllib3.PoolManager:
    return urllib3.PoolManager(retries=False, timeout=5)


def _post(client: urllib3.PoolManager, proxy: Proxy, body: bytes = b"hello", path: str = "/") -> bytes:
    return client.request("POST", f"http://127.0.0.1:{proxy.port}{path}", body=body).data


def _connected(proxy: Proxy, seconds: float = 0.3) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=seconds)


def test_everything_passes_until_told_otherwise(proxy: Proxy, client: urllib3.PoolManager) -> None:
    assert _post(client, proxy, LONG) == LONG
    assert client.request("GET", f"http://127.0.0.1:{proxy.port}/").data == LONG


def test_latency_delays_every_answer(proxy: Proxy, client: urllib3.PoolManager) -> None:
    proxy.mode(latency(0.2))
    began = time.monotonic()
    assert _post(client, proxy) == b"hello"
    assert time.monotonic() - began >= 0.2


def test_hanging_accepts_and_says_nothing_and_then_goes_on(proxy: Proxy) -> None:
    with _connected(proxy) as open_before:
        proxy.mode(HANG)
        asked = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nok"
        with _connected(proxy) as later:
            for each in (open_before, later):
                each.sendall(asked)
                with pytest.raises(TimeoutError):
                    each.recv(1)
            proxy.mode(PASS)
            for each in (open_before, later):
                each.settimeout(5)
                assert each.recv(15) == b"HTTP/1.1 200 OK"


def test_resetting_resets_open_and_new_connections(proxy: Proxy, client: urllib3.PoolManager) -> None:
    with _connected(proxy, 5) as open_before:
        open_before.sendall(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n")
        proxy.mode(RESET)
        with pytest.raises(ConnectionResetError):
            open_before.recv(1)
    with pytest.raises((urllib3.exceptions.ProtocolError, urllib3.exceptions.NewConnectionError)):
        _post(client, proxy)
    proxy.mode(PASS)
    assert _post(client, proxy) == b"hello"


def test_cutting_refuses_new_connections_and_closes_the_open_ones(proxy: Proxy, client: urllib3.PoolManager) -> None:
    with _connected(proxy, 5) as open_before:
        proxy.mode(CUT)
        assert open_before.recv(1) == b""
    for _ in range(2):
        with pytest.raises(ConnectionRefusedError):
            _connected(proxy)
        proxy.mode(CUT)
    proxy.mode(PASS)
    assert _post(client, proxy) == b"hello"


def test_losing_everything_takes_no_connection_up_and_stalls_the_open_ones(proxy: Proxy, client: urllib3.PoolManager) -> None:
    with _connected(proxy) as open_before:
        for _ in range(2):
            proxy.mode(BLACKHOLE)
            open_before.sendall(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nok")
            with pytest.raises(TimeoutError):
                open_before.recv(1)
            for _ in range(3):
                with pytest.raises(TimeoutError):
                    _connected(proxy)
        proxy.mode(PASS)
        open_before.settimeout(5)
        assert open_before.recv(15) == b"HTTP/1.1 200 OK"
    assert _post(client, proxy) == b"hello"
    proxy.mode(BLACKHOLE)
    proxy.mode(CUT)
    with pytest.raises(ConnectionRefusedError):
        _connected(proxy)


def test_a_connection_asked_for_meanwhile_is_taken_up_afterwards(proxy: Proxy) -> None:
    proxy.mode(BLACKHOLE)
    with ThreadPoolExecutor() as pool:
        waits = pool.submit(_connected, proxy, 10)
        time.sleep(0.2)
        assert not waits.done()
        proxy.mode(PASS)
        with waits.result() as taken_up:
            taken_up.sendall(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nok")
            assert taken_up.recv(15) == b"HTTP/1.1 200 OK"


def test_a_download_ends_early(proxy: Proxy, client: urllib3.PoolManager) -> None:
    proxy.mode(truncate(download=100_000))
    with pytest.raises(urllib3.exceptions.ProtocolError, match="IncompleteRead"):
        client.request("GET", f"http://127.0.0.1:{proxy.port}/")


def test_an_upload_ends_early(proxy: Proxy, client: urllib3.PoolManager) -> None:
    proxy.mode(truncate(upload=100_000))
    with pytest.raises(urllib3.exceptions.ProtocolError):
        _post(client, proxy, LONG)
    proxy.mode(PASS)
    assert _post(client, proxy, LONG) == LONG


def test_some_requests_are_answered_in_the_servers_place(proxy: Proxy, client: urllib3.PoolManager) -> None:
    assert _post(client, proxy, path="/full") == b"hello"
    proxy.mode(answer(507, b"no room", when=lambda request: request.method == "POST" and request.path.startswith("/full")))
    refused = client.request("POST", f"http://127.0.0.1:{proxy.port}/full", body=b"hello")
    assert (refused.status, refused.data) == (507, b"no room")
    assert _post(client, proxy, path="/other") == b"hello"
    proxy.mode(PASS)
    assert _post(client, proxy, path="/full") == b"hello"


def test_a_request_is_changed_on_its_way(proxy: Proxy, client: urllib3.PoolManager) -> None:
    def louder(request: Request) -> Request:
        return request.with_body(request.body.upper() + b"!")

    proxy.mode(speak(louder))
    assert _post(client, proxy) == b"HELLO!"
    chunked = client.request("POST", f"http://127.0.0.1:{proxy.port}/", body=iter([b"in ", b"pieces"]), headers={"Transfer-Encoding": "chunked"})
    assert chunked.data == b"IN PIECES!"


def test_nothing_is_left_behind(echo: int) -> None:
    proxy = Proxy(echo)
    with _connected(proxy, 5) as open_before:
        proxy.close()
        assert open_before.recv(1) == b""
    proxy.close()
    with pytest.raises(ConnectionRefusedError):
        _connected(proxy)
