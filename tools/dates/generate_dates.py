"""Prints texts that Airflow may be given as a date, as a JSON array: dates, almost dates, and run ids. Argument: how many of each kind."""

import json
import random
import sys

COUNT = int(sys.argv[1])
RANDOM = random.Random(2026)

# Forms that Airflow reads although they are not ISO 8601, and forms that look like dates.
UNUSUAL = """2026-11-Jan 2026-11-1 20261128 2026-W48 2026-W48-1 2026W48 2026W48_ 2026-333 11/28/2026 28.11.2026 2026 2026-11 1 12:30 Nov
2026-11-01T24:00 2026-11-01T00:00:60 2026-02-29 2024-02-29 2026-11-31 0000-01-01 0001-01-01 9999-12-31T23:59:59.999999Z
2026-11-01T00:00:00.1234567 2026-11-01T00 2026-11-01t00:00z 2026-11-01T00:00+0100 2026-11-01T00:00+01 2026-11-01T00:00-23:59
2026-11-01T00:00+24:00 2026-11-01T00:00+14:60 2026-11-01T00:00:00.Z 2026-11-01T00:00:00,5 +2026-11-01 -2026-11-01 2026_11_01
P1D P1D_ PT1H 2026-11-01/2026-12-01 2026-11-01/P1D 2026-11-01..2026-12-01 1762000000 1e9 manual__2026-11-01T00:00:00+00:00
scheduled__2026-11-01 backfill__2026-11-01T00:00:00+00:00 asset_triggered__2026-11-01 m_ Jan_ UTC_12 T_ Z_ a_b at_2026 _2026-11-01
today tomorrow midnight None null *""".split() + ["", " ", " 2026-11-01", "2026-11-01 ", "2026-11-01  00:00", "Nov 2026", "1 Nov 2026", "2026-11-01\n",
"2026-11-01T00:00 UTC", "2026-11-01T00:00 +01:00", "2026-11-01 12am", "\u0662\u0660\u0662\u0666-11-01", "2026\u201111\u201101", "\ufeff2026-11-01"]

PIECES = (
    "Jan November 2026 11 01 T Z UTC +05:00 am PM AD st - / . , : ( ) W48 P1D 12:30 monday of at _ x \u0661 \u00b2 \u2028 R "
    "2026-11-01 2026-11-01T00:00:00+00:00 2026W48"
).split() + [" "]
BEGINNINGS = "manual__ scheduled__ m_ a_ Jan_ UTC_ T_ Z_ W_ mon_ st_ R_ at_ am_ P_ P1D_ PT1_ P2026-11-01_ Pipeline_ x2026-11-01_".split()


def generate_date():
    year = RANDOM.choice([RANDOM.randint(1, 9999), 1970, 2024, 2026, 2026])
    text = "%04d-%02d-%02d" % (year, RANDOM.randint(1, 12), RANDOM.randint(1, 31))
    if RANDOM.random() < 0.2:
        return text
    text += RANDOM.choice("T ") + "%02d:%02d" % (RANDOM.randint(0, 24), RANDOM.randint(0, 59))
    if RANDOM.random() < 0.7:
        text += ":%02d" % RANDOM.randint(0, 60)
        if RANDOM.random() < 0.5:
            text += "." + "".join(RANDOM.choice("0123456789") for _ in range(RANDOM.randint(1, 7)))
    hours, minutes = RANDOM.randint(0, 14), RANDOM.choice([0, 0, 30, 45, RANDOM.randint(0, 60)])
    return text + RANDOM.choice(["", "", "Z", "+%02d:%02d" % (hours, minutes), "-%02d:%02d" % (hours, minutes)])


def mutate(text):
    characters = list(text)
    for _ in range(RANDOM.randint(1, 3)):
        at = RANDOM.randrange(len(characters) + 1)
        characters[at : at + RANDOM.randint(0, 1)] = RANDOM.choice(["", *"0123456789-:T Z+.,/WPYMDHSajnFebov_~#=@"])
    return "".join(characters)


def generate_run_id():
    return RANDOM.choice(BEGINNINGS) + "".join(RANDOM.choice(PIECES) for _ in range(RANDOM.randint(0, 6)))


texts = [
    *UNUSUAL,
    *(generate_date() for _ in range(COUNT)),
    *(mutate(generate_date()) for _ in range(COUNT)),
    *(generate_run_id() for _ in range(COUNT)),
]
json.dump(list(dict.fromkeys(texts)), sys.stdout)
