"""Commands beside a running `gongchuang run`, as real processes on one data folder."""

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
