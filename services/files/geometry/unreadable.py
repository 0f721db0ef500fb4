"""Why a file cannot be read, as a code with parameters; the words are found where it is shown."""


class Unreadable(Exception):
    """The file is refused for `code`; the parameters are plain figures and words."""

    def __init__(self, code: str, **params: str | int | float) -> None:
        super().__init__(code)
        self.code = code
        self.params = params
