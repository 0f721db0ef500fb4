"""`gongchuang operator invite PHONE --region 61`: makes the first operator of a place, from the terminal of the machine."""

import click

from gongchuang.commands import program
from gongchuang.database import Scope, now
from gongchuang.database.unit import transaction
from gongchuang.refusal import Refusal
from gongchuang.settings import read_settings
from gongchuang.start import StartError

from . import actions
from .rules import DUTIES


@click.group()
def operator() -> None:
    """Operators of a province, city or park."""


@operator.command()
@click.argument("phone")
@click.option("--region", default="", help="Code of the province, city, county (61, 6101, 610113) or park; empty for the whole country.")
@click.option("--duty", type=click.Choice(list(DUTIES)), default="operations", show_default=True, help="One duty a person: they watch over each other.")
@click.option("--name", default="", help="The operator's name, if it is made now.")
def invite(phone: str, region: str, duty: str, name: str) -> None:
    """Make PHONE an operator; prints a link that signs in once within 24 hours, and asks for a second factor."""
    settings = read_settings()
    with program.beside(settings) as app:
        site = settings.public_url or f"http://{settings.host}:{settings.port}"
        try:
            with app.app_context(), transaction(Scope(system=True)):
                path = actions.make_operator(now(), phone=phone, region=region, duty=duty, name=name)
        except Refusal as refusal:
            raise StartError(refusal.worded(str)) from None
    click.echo(f"{site}{path}")
