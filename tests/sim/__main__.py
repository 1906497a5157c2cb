"""``make sim SEEDS=n [FIRST=k] [TRACE=1] [JOBS=n]``: many days, a progress line, and how to repeat the one that failed.

Ends with 1 when any day brought a complaint; each is named by its seed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.sim import faults, folder
from tests.sim.days import Day, days, live


@dataclass
class Tally:
    """All days so far."""

    begun: float
    seeds: int
    done: int = 0
    failed: list[Day] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, int] = (0.0, 0)

    def add(self, day: Day) -> None:
        """One more."""
        self.done += 1
        self.struck.update(day.struck)
        self.slowest = max(self.slowest, (day.seconds, day.seed))
        if day.found:
            self.failed.append(day)

    def line(self) -> str:
        """How it stands."""
        rate = self.done / max(0.001, time.monotonic() - self.begun)
        kinds = sum(self.struck[kind] > 0 for kind in faults.ALL)
        slow, seed = self.slowest
        return (
            f"{self.done}/{self.seeds} days, {rate:.1f}/s, {kinds}/{len(faults.ALL)} kinds of fault struck "
            f"{self.struck.total()} times, slowest {slow:.1f} s (seed {seed}), {len(self.failed)} with complaints"
        )


def main(arguments: list[str]) -> int:
    """Run the days asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.sim", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--trace", action="store_true", help="print all that happened, in the order of time")
    given = parser.parse_args(arguments)
    tally, told = Tally(time.monotonic(), given.seeds), 0.0
    with folder.made() as home:
        if given.trace:
            for seed in range(given.first, given.first + given.seeds):
                day = live(seed, home, trace=True)
                print("\n".join(day.trace), flush=True)
                tally.add(day)
        else:
            for day in days(range(given.first, given.first + given.seeds), home, given.jobs):
                tally.add(day)
                if time.monotonic() - told > 2 or day.found:
                    told = time.monotonic()
                    print(tally.line(), flush=True)
                    _complain(day)
    print(tally.line())
    unseen = [kind for kind in faults.ALL if not tally.struck[kind]]
    if unseen:
        print(f"never struck: {', '.join(unseen)}")
    for day in tally.failed:
        _complain(day)
    return 1 if tally.failed else 0


def _complain(day: Day) -> None:
    for words in day.found:
        print(f"  seed {day.seed}: {words}")
    if day.found:
        print(f"  repeat it with: make sim FIRST={day.seed} SEEDS=1 TRACE=1", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
