"""Python runs this first where the folder is on its path: whatever asks for the time of day is `WRONG_CLOCK_HOURS` off. Waiting lasts as long as ever."""

import os
from datetime import UTC, datetime, timedelta

import time_machine

time_machine.travel(datetime.now(UTC) + timedelta(hours=float(os.environ["WRONG_CLOCK_HOURS"])), tick=True).start()
