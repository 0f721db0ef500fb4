"""Commands as real processes, most of them beside a running `gongchuang run` on one data folder."""

import signal
import subprocess
import sys

from tests.flows.conftest import Running, invite_operator
from tests.flows.site import Visitor


def test_an_operator_is_invited_while_the_program_runs(running: Running) -> None:
    link = invite_operator(running.site.command("operator", "invite", "13911110077", "--region", "61"))
    assert Visitor(running.site).open(link)[0] == 200


def test_a_running_program_is_checked_and_goes_on(running: Running) -> None:
    running.site.has_nothing_amiss()
    assert Visitor(running.site).open("/readyz")[0] == 200


def test_what_must_have_the_folder_alone_is_still_refused(running: Running) -> None:
    refused = running.site.command("migrate")
    assert refused.returncode == 1
    assert "正被另一个工创云进程使用" in refused.stderr


def test_ctrl_c_while_the_program_is_imported_leaves_no_trace() -> None:
    with subprocess.Popen([sys.executable, "-X", "importtime", "-m", "gongchuang", "doctor"], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any("sqlalchemy" in line for line in process.stderr), "the program was never imported"
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == -signal.SIGINT
    assert "Traceback" not in rest
