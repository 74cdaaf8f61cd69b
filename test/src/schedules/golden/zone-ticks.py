"""Writes zone-ticks.json: what Debian's cron, as cronsim 2.8 follows it, does at each transition of each zone from 2020 to 2035.

pip install cronsim==2.8 tzdata==2026.3; PYTHONTZPATH= python3 zone-ticks.py > zone-ticks.json
"""
import json
import signal
from datetime import datetime, timedelta, timezone
from importlib.metadata import version
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim

UTC = timezone.utc
FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def offset(zone, at):
    return at.astimezone(zone).utcoffset()


def transitions(zone):
    at = FIRST
    while at < LAST:
        if offset(zone, at) == offset(zone, at + DAY):
            at += DAY
            continue
        low, high = at, at + DAY
        while high - low > timedelta(seconds=1):
            middle = (low + (high - low) / 2).replace(microsecond=0)
            low, high = (low, middle) if offset(zone, middle) != offset(zone, at) else (middle, high)
        yield high, offset(zone, high - MINUTE), offset(zone, high)
        at += DAY


def minutes(delta):
    return round(delta.total_seconds()) // 60


class Endless(Exception):
    pass


def endless(*_):
    raise Endless


signal.signal(signal.SIGALRM, endless)


def ticks(pattern, zone, at, before, behind):
    """None where cronsim does not come to an end: in Chatham, whose clocks go back from 3:45 to 2:45."""
    signal.setitimer(signal.ITIMER_REAL, 2)
    try:
        return found_ticks(pattern, zone, at, before, behind)
    except Endless:
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def found_ticks(pattern, zone, at, before, behind):
    found = []
    for tick in CronSim(pattern, (at - before).astimezone(zone)):
        tick = tick.astimezone(UTC)
        if tick > at + behind:
            return found
        found.append(minutes(tick - at))


def cases(at, before, after):
    """A time in the middle of the gap or overlap, ranges and lists around it, and intervals."""
    first = (at + min(before, after)).replace(tzinfo=None)
    middle = first + abs(after - before) / 2
    day = timedelta(hours=30)
    short = timedelta(hours=5)
    yield f"{middle.minute} {middle.hour} * * *", day
    yield f"{first.minute} {first.hour} * * *", day
    yield f"5,35 {first.hour} * * *", day
    yield "10,50 0-4 * * *", day
    yield "*/20 * * * *", short
    yield "15,45 * * * *", short
    yield "30 */2 * * *", short
    yield "*/10 */3 * * *", short


# What happens around a transition follows from its offsets, so zones that share one share its ticks.
shapes, groups, known = {}, {}, {}


def shape_of(zone, at, before, after):
    if (at, before, after) not in known:
        known[at, before, after] = [
            [pattern, minutes(span), ticks(pattern, zone, at, span, span)] for pattern, span in cases(at, before, after)
        ]
    return json.dumps(known[at, before, after])


for name in sorted(available_timezones()):
    zone, rows = ZoneInfo(name), []
    for at, before, after in transitions(zone):
        shape = shapes.setdefault(shape_of(zone, at, before, after), len(shapes))
        rows.append([minutes(at - datetime(1970, 1, 1, tzinfo=UTC)), minutes(before), minutes(after), shape])
    if rows:
        groups.setdefault(json.dumps(rows), []).append(name)

print(json.dumps({
    "cronsim": version("cronsim"),
    "tzdata": version("tzdata"),
    "shapes": [json.loads(shape) for shape in shapes],
    "groups": [{"zones": zones, "transitions": json.loads(rows)} for rows, zones in groups.items()],
}, separators=(",", ":")))
