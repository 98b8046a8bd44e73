"""How long to wait before a server is asked again."""

import random

FIRST_WAIT, LONGEST_WAIT = 1.0, 300.0


class Backoff:
    """Seconds to wait before the next try: doubling, with jitter, so that a server's return is no stampede."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.failures = 0

    def reset(self) -> None:
        self.failures = 0

    def next(self, least: float = FIRST_WAIT) -> float:
        seconds = min(max(FIRST_WAIT * 2**self.failures, least), LONGEST_WAIT)
        self.failures = min(self.failures + 1, 16)
        return float(seconds * self.chance.uniform(0.7, 1.3))
