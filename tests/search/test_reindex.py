"""Filling the index anew: asked through the outbox, and at the terminal."""

import os
from contextlib import contextmanager
from threading import Event, Thread

from click.testing import CliRunner
from sqlalchemy import text

from gongchuang.database import db, found_or_404, now
from gongchuang.start import StartError
from search.documents import mirroring
from search.engines.index import Index
from search.reindex import actions, commands
from search.reindex.models import Reindex
from tests.builders import make_organisation
from tests.search.test_engines import BrokenEngine


def test_a_request_is_answered_by_the_worker(app, corpus, system, run_outbox):
    with system():
        identifier = actions.ask().id
    run_outbox()
    with system():
        request = found_or_404(Reindex, identifier)
        assert (request.status, request.documents) == ("done", len(corpus))
        assert request.finished_at is not None
        assert mirroring.differences() == ([], [], [])
        before = request.version
        actions.fill(request, now())
        assert request.version == before, "an answered request is left alone"


def test_a_failure_is_noted_and_not_retried(app, corpus, system, run_outbox):
    app.extensions["search"] = Index(BrokenEngine())
    with system():
        identifier = actions.ask().id
    run_outbox()
    with system():
        assert found_or_404(Reindex, identifier).status == "failed"
        assert db.session.scalar(text("select count(*) from outbox_deliveries where status <> 'done'")) == 0


def test_no_tenant_reads_requests(app, system, acting_for, organisations):
    with system():
        actions.ask()
    with acting_for(make_organisation()):
        assert db.session.scalar(text("select count(*) from reindexes")) == 0


def test_the_command_says_what_it_did(app, corpus, settings, monkeypatch):
    @contextmanager
    def program(_):
        yield app

    monkeypatch.setattr(commands, "read_settings", lambda: settings)
    monkeypatch.setattr(commands, "program", program)
    ran = CliRunner().invoke(commands.reindex, ["--here"])
    assert ran.exit_code == 0, ran.output
    assert f"共 {len(corpus)} 条" in ran.output
    assert app.extensions["search"].health().documents == len(corpus)


def test_the_command_asks_a_running_instance_and_waits(app, corpus, settings, monkeypatch, run_outbox):
    @contextmanager
    def program(_):
        yield app

    monkeypatch.setattr(commands, "read_settings", lambda: settings.model_copy(update={"database_url": "postgresql://app@db.example/gongchuang"}))
    monkeypatch.setattr(commands, "program", program)
    asked = Event()

    def work():
        while not asked.wait(0.2):
            run_outbox()

    worker = Thread(target=work)
    worker.start()
    ran = CliRunner().invoke(commands.reindex, [])
    asked.set()
    worker.join()
    assert ran.exit_code == 0, ran.output
    assert "等待后台处理" in ran.output
    assert f"共 {len(corpus)} 条" in ran.output


def test_the_command_says_when_nobody_works(app, settings, monkeypatch):
    @contextmanager
    def program(_):
        yield app

    monkeypatch.setattr(commands, "read_settings", lambda: settings.model_copy(update={"database_url": "postgresql://app@db.example/gongchuang"}))
    monkeypatch.setattr(commands, "program", program)
    monkeypatch.setattr(commands, "PATIENCE_SECONDS", 0.2)
    ran = CliRunner().invoke(commands.reindex, [])
    assert isinstance(ran.exception, StartError)


def test_a_running_instance_is_found_by_its_data_folder(tmp_path, settings):
    folder = tmp_path / "postgres"
    folder.mkdir()
    here = settings.model_copy(update={"data": tmp_path, "database_url": None})
    assert commands.running(here) is None
    (folder / "postmaster.pid").write_text(f"{os.getpid()}\n{folder}\n1\n5432\n/run/sock\n")
    found = commands.running(here)
    assert found is not None
    assert found.database_url == "postgresql+psycopg://gongchuang_app@/gongchuang?host=/run/sock"
    (folder / "postmaster.pid").write_text("999999999\n")
    assert commands.running(here) is None
