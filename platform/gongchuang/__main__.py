"""The program `gongchuang`, also `python -m gongchuang`. Its imports take a second or more and hold nothing yet: Ctrl-C ends them at once, without a trace."""

import signal

HELD = signal.getsignal(signal.SIGINT)
if HELD is signal.default_int_handler:  # not where whoever started us has it ignored
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from gongchuang.commands import main  # noqa: E402 - what may be interrupted

signal.signal(signal.SIGINT, HELD)

__all__ = ["main"]

if __name__ == "__main__":
    main()
