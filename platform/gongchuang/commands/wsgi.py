"""What gunicorn serves. Each of its workers makes its own application; the database is brought up to date under an advisory lock."""

from gongchuang.settings import read_settings
from gongchuang.start import ready
from gongchuang.web.application import Application


def make_app() -> Application:
    """Return the application of the environment's settings."""
    return ready(read_settings())
