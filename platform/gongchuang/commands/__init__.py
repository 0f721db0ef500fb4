"""The command `gongchuang`: run web worker cron migrate demo doctor check, and what the rooms add."""

import sys

import click

from gongchuang.assets import AssetsError
from gongchuang.commands.serve import cron, run, web, worker
from gongchuang.commands.tend import check, demo, doctor, migrate
from gongchuang.manifest import features
from gongchuang.settings import SettingsError
from gongchuang.start import StartError


class Commands(click.Group):
    """The ground's commands at once; the rooms' only when one is asked for or all are listed, for the rooms are imported while the database starts."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        self._gather()
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.commands:
            self._gather()
        return super().get_command(ctx, cmd_name)

    def _gather(self) -> None:
        for feature in features():
            for command in feature.commands:
                self.add_command(command)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """工创云 Gongchuang: industrial-cloud collaboration platform."""


for command in (run, web, worker, cron, migrate, demo, doctor, check):
    cli.add_command(command)


def main() -> None:
    """Run a command; what is wrong is said in sentences, never as a trace."""
    try:
        cli()
    except SettingsError as error:
        click.echo("环境变量有误：", err=True)
        for mistake in error.mistakes:
            click.echo(f"  · {mistake}", err=True)
        sys.exit(2)
    except (StartError, AssetsError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
