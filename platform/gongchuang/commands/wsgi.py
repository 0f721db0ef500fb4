"""What gunicorn serves. Each of its workers makes its own application; the database is brought up to date under an advisory lock."""

import time

import structlog

from gongchuang.settings import read_settings
from gongchuang.start import StartError, ready
from gongchuang.web.application import Application

log = structlog.get_logger(__name__)


def make_app() -> Application:
    """Return the application of the environment's settings, as soon as the database answers.

    A worker that could not be made would end all of gunicorn: one that is replaced while the database is away would take the others with it.
    """
    settings = read_settings()
    while True:
        try:
            return ready(settings)
        except StartError as error:
            log.error("waiting for the database", reason=str(error))
            time.sleep(1)
