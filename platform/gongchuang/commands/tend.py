"""Commands that look after an installation: migrate, demo, doctor, check."""

import shutil
import sys

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, text

from gongchuang import assets
from gongchuang.commands import program
from gongchuang.database import Scope
from gongchuang.database.provision import heads, provision, revision_of
from gongchuang.database.unit import transaction
from gongchuang.jobs import queues
from gongchuang.manifest import features, load_rooms
from gongchuang.settings import Settings, read_settings
from gongchuang.start import StartError, embedded_database, hold_folder
from gongchuang.web.application import Application

Finding = tuple[bool, str, str]
"""Right or not, what was looked at, the mend where it is not right."""


@click.command()
def migrate() -> None:
    """Bring the database to the newest revision, with roles and grants."""
    settings = read_settings()
    load_rooms()
    if settings.database_url and settings.database_owner_url:
        click.echo(provision(settings.database_owner_url, settings.database_url))
        return
    with hold_folder(settings.data_folder), embedded_database(settings) as complete:
        click.echo(provision(complete.database_owner_url or "", complete.database_url or ""))


@click.command()
@click.option("--remove", is_flag=True, help="Remove the demo's organisations and everything of theirs.")
def demo(remove: bool) -> None:
    """Load the demo (firms, machines, orders marked 示例), or remove it."""
    with program.program(read_settings()) as app:
        if remove:
            program.remove_demo(app)
            click.echo("演示数据已移除")
        else:
            with app.app_context():
                loaded = program.demo_is_loaded()
            if loaded:
                raise StartError("演示数据已经载入；如需重新载入，请先运行 gongchuang demo --remove")
            program.load_demo(app)
            if app.config["SETTINGS"].redis_url is None:
                program.deliver_all(app)
            click.echo("演示数据已载入")


def _findings(app: Application, settings: Settings) -> list[Finding]:
    found: list[Finding] = []
    engine = create_engine(settings.database_owner_url or "")
    with engine.connect() as connection:
        version = connection.execute(text("show server_version")).scalar_one()
        found.append((int(version.split(".")[0]) >= 15, f"PostgreSQL {version}", "需要 PostgreSQL 15 或更新"))
        revision = revision_of(connection)
        found.append((revision in heads(), f"数据库结构版本 {revision}", "运行 gongchuang migrate"))
        role = connection.execute(
            text("select rolsuper or rolbypassrls from pg_roles where rolname = :r"), {"r": create_engine(settings.database_url or "").url.username}
        ).scalar_one()
        found.append((not role, "应用数据库角色没有越权属性", "DATABASE_URL 不得使用超级用户或 BYPASSRLS 角色"))
    engine.dispose()
    free = shutil.disk_usage(settings.data_folder if settings.data_folder.exists() else "/").free
    found.append((free > 2**30, f"磁盘剩余 {free / 2**30:.1f} GiB", "请清理磁盘，至少保留 1 GiB"))
    found.append((bool(assets.file_of("app.css")), "页面资源已构建", "运行 python -m gongchuang.assets"))
    try:
        queues.connection().ping()
        found.append((True, "队列 " + ("Redis" if settings.redis_url else "进程内"), ""))
    except Exception as error:
        found.append((False, f"队列无法连接（{type(error).__name__}）", "检查 REDIS_URL；期间事件保存在数据库中，不会丢失"))
    for name, ready in app.extensions["readiness"].items():
        try:
            ready()
            found.append((True, name, ""))
        except Exception as error:
            found.append((False, f"{name}: {type(error).__name__}", "检查服务是否启动、地址与密钥是否正确"))
    with app.app_context(), transaction(Scope(system=True)):
        for feature in features():
            for look in feature.doctor:
                found += look()
    return found


@click.command()
def doctor() -> None:
    """Say what is right, what is not, and the mend."""
    settings = read_settings()
    with program.beside(settings) as app:
        found = _findings(app, app.config["SETTINGS"])
    table = Table(show_header=False, box=None)
    for right, what, mend in found:
        table.add_row("[green]✓[/]" if right else "[red]✗[/]", what, "" if right else mend)
    Console().print(table)
    sys.exit(0 if all(right for right, _, _ in found) else 1)


@click.command()
def check() -> None:
    """Prove the invariants on the live system; exit 1 on any break."""
    broken = 0
    with program.beside(read_settings()) as app:
        for feature in features():
            for prove in feature.checks:
                with app.app_context(), transaction(Scope(system=True)):
                    problems = list(prove())
                click.echo(f"{'✗' if problems else '✓'} {feature.name}: {(prove.__doc__ or prove.__name__).strip().splitlines()[0]}")
                for problem in problems:
                    click.echo(f"    {problem}")
                broken += len(problems)
    sys.exit(1 if broken else 0)
