"""For processes with this folder in PYTHONPATH: SIGUSR2 makes the event loop's thread hang for a minute."""

import signal
import time
from types import FrameType


def hang_for_a_minute(number: int, frame: FrameType | None) -> None:
    time.sleep(60)


signal.signal(signal.SIGUSR2, hang_for_a_minute)
