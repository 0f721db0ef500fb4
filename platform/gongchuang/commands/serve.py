"""Commands that stay: the whole program in one process, or one of its parts in production."""

import contextlib
import ipaddress
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

import click
from waitress.server import create_server

from gongchuang import assets
from gongchuang.commands.program import load_demo_once, program, sign_in_links
from gongchuang.events.registry import QUEUES
from gongchuang.jobs.queues import poke
from gongchuang.jobs.workers import Background, run_clock, run_worker
from gongchuang.settings import Settings, read_settings
from gongchuang.start import StartError
from gongchuang.web.application import Application


def _listen(app: Application, settings: Settings) -> Any:
    try:
        return create_server(
            app, host=settings.host, port=settings.port, threads=8, ident=None, channel_timeout=60, clear_untrusted_proxy_headers=not settings.trusted_proxies
        )
    except OSError as error:
        raise StartError(
            f"无法在 {settings.host}:{settings.port} 上监听（{error.strerror or error}）：端口可能已被占用，请用 GONGCHUANG_PORT 指定另一个端口"
        ) from None
    except (ValueError, socket.gaierror):
        raise StartError(f"地址 {settings.host} 无效：请用 GONGCHUANG_HOST 指定本机地址") from None


def _port_is_free(settings: Settings) -> None:
    """Say at once that a port is taken, before a database is started for nothing."""
    with contextlib.suppress(socket.gaierror), socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise StartError(
                f"无法在 {settings.host}:{settings.port} 上监听（{error.strerror}）：端口可能已被占用，请用 GONGCHUANG_PORT 指定另一个端口"
            ) from None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _greet(app: Application, settings: Settings, port: int) -> None:
    address = f"http://{'127.0.0.1' if settings.host in ('0.0.0.0', '::') else settings.host}:{port}"  # noqa: S104 - compared, not bound
    click.echo(f"\n工创云已启动：{click.style(address + '/', bold=True)}    （Ctrl-C 停止）\n")
    links = sign_in_links(app)
    if links:
        click.echo("演示账号，一次性登录链接：")
        for role, path in links:
            click.echo(f"  {role}\t{address}{path}")
    if not _is_loopback(settings.host):
        click.echo("\n提醒：正在局域网内以明文 HTTP 提供服务，Cookie 未加 Secure 标记；仅供试用，正式使用请置于 HTTPS 代理之后。")
    sys.stdout.flush()


@contextlib.contextmanager
def _stoppable(server: Any) -> Iterator[None]:
    """Close the server on SIGINT or SIGTERM; a second one ends at once."""

    def stop(*_: Any) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        click.echo("\n正在停止 …")
    finally:
        server.close()


@click.command()
def run() -> None:
    """Start everything in one process: database, workers, search, pages, demo."""
    settings = read_settings()
    _port_is_free(settings)
    assets.build()
    with program(settings) as app:
        server = _listen(app, settings)
        if settings.demo is not False:
            load_demo_once(app)
        background = Background(app).start()  # after the demo, with which the workers would only contend
        for name in QUEUES:
            poke(name)
        _greet(app, settings, server.effective_port)
        with _stoppable(server):
            server.run()
        background.stop()
    os._exit(0)  # daemon threads of parsers and clocks hold nothing that is not committed


@click.command()
def web() -> None:
    """Serve pages and API with gunicorn (production)."""
    settings = read_settings()
    if settings.embedded:
        raise StartError("gongchuang web 需要 DATABASE_URL（生产环境）；单机试用请运行 gongchuang run")
    bind = f"{settings.host}:{settings.port}"
    arguments = ["gunicorn", "--worker-class", "gthread", "--workers", str(settings.web_workers), "--threads", "8", "--bind", bind]
    arguments += ["--timeout", "60", "--graceful-timeout", "20", "--max-requests", "20000", "--max-requests-jitter", "2000"]
    arguments += ["--no-control-socket", "gongchuang.commands.wsgi:make_app()"]
    os.execvp(os.path.join(os.path.dirname(sys.executable), "gunicorn"), arguments)  # noqa: S606 - our own interpreter's gunicorn


@click.command()
@click.option("--queue", "names", multiple=True, type=click.Choice(QUEUES), help="Which queues; all by default, a thread each.")
def worker(names: tuple[str, ...]) -> None:
    """Deliver events and parse files (production; any number of them)."""
    settings = read_settings()
    if settings.redis_url is None:
        raise StartError("gongchuang worker 需要 REDIS_URL（生产环境）；单机试用请运行 gongchuang run")
    with program(settings) as app:
        chosen = names or QUEUES
        if len(chosen) == 1:
            run_worker(app, chosen[0])
            return
        background = Background(app, chosen, clock=False).start()
        stop = threading.Event()
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, lambda *_: stop.set())
        stop.wait()
        background.stop()
    os._exit(0)


@click.command()
def cron() -> None:
    """Run the clocks (production; exactly one, though two do no harm)."""
    settings = read_settings()
    if settings.redis_url is None:
        raise StartError("gongchuang cron 需要 REDIS_URL（生产环境）；单机试用请运行 gongchuang run")
    with program(settings) as app:
        run_clock(app)
