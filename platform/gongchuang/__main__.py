"""The program `gongchuang`, also `python -m gongchuang`."""

import signal


def main() -> None:
    """Import the commands, which takes a second or more and holds nothing yet: Ctrl-C ends that at once, without a trace. Then run one."""
    held = signal.getsignal(signal.SIGINT)
    if held is signal.default_int_handler:  # not where a shell lets us ignore it
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from gongchuang.commands import main as run_command  # noqa: PLC0415 - the imports are what may be interrupted

    signal.signal(signal.SIGINT, held)
    run_command()


if __name__ == "__main__":
    main()
