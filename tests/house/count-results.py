#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the cases in a log of `meson test`.

    count-results.py MESON_LOG.json EXIT_STATUS SUITE...

Prints for each suite "SUITE SECONDS PASSED FAILED SKIPPED" on standard output, and on standard error what failed, with its output, and why something
was skipped. The seconds are those of its programs, one after the other. A test program counts by its TAP cases; one that speaks no TAP, crashed or
timed out counts as one. A program of which nothing at all ran counts as failed, since a test that is always skipped is no test; the one excuse is that
no LIMN_FIXTURES were named. So does a suite of which no program is in the log.
"""
import json
import re
import sys

CASE = re.compile(r"^(not )?ok\b[^#]*(?:#\s*(SKIP|TODO)\b(.*))?", re.IGNORECASE)
PLAN_SKIP = re.compile(r"^1\.\.0\s*#\s*SKIP\b(.*)", re.IGNORECASE)
# What is said for those who look for something, and the end of it that is worth reading.
CHATTER = re.compile(r"^# .*-DEBUG: ")
TAIL_LINES = 12


def count(test):
    """(passed, failed, skipped) of one test program."""
    passed = failed = skipped = 0
    excused = False
    for line in test.get("stdout", "").splitlines():
        plan = PLAN_SKIP.match(line)
        case = CASE.match(line)
        if plan or case and case.group(2):
            print(f"    {test['name'].split('/')[-1].strip()}: {line}", file=sys.stderr)
        if plan:
            skipped += 1
            excused |= "LIMN_FIXTURES" in plan.group(1)
        elif case and case.group(2):
            skipped += 1
            excused |= "LIMN_FIXTURES" in (case.group(3) or "")
        elif case and case.group(1):
            failed += 1
        elif case:
            passed += 1
    if test["result"] in ("OK", "EXPECTEDFAIL"):
        passed = max(passed, 1)
    elif test["result"] == "SKIP":
        if not excused:
            failed += 1
            skipped = max(skipped - 1, 0)
    elif failed == 0:
        failed = 1
    return passed, failed, skipped


def show(test):
    """The failed cases, then the end of what was said: a place that shows only so much of it shall show why each one failed."""
    lines = [line for line in test.get("stdout", "").splitlines() if not CHATTER.match(line)]
    for line in lines:
        if line.startswith("not ok"):
            print("    " + line, file=sys.stderr)
    lines += test.get("stderr", "").splitlines()
    if len(lines) > TAIL_LINES:
        print("    ...", file=sys.stderr)
    for line in lines[-TAIL_LINES:]:
        print("    " + line, file=sys.stderr)


def main(path, status, suites):
    totals = {suite: [0, 0, 0, 0] for suite in suites}
    have = set()
    try:
        with open(path, encoding="utf-8") as log:
            tests = [json.loads(line) for line in log]
    except FileNotFoundError:
        tests = []
    for test in tests:
        # "limn:base / rng", and "limn:base+slow / rng" one of two suites.
        suite = re.match(r"[^:]*:([a-z0-9-]*)", test["name"]).group(1)
        numbers = count(test)
        have.add(suite)
        totals[suite] = [a + b for a, b in zip(totals[suite], (test["duration"], *numbers))]
        if numbers[1]:
            print(f"--- {test['name']}: {test['result']}, exit status {test['returncode']}", file=sys.stderr)
            show(test)
    for suite in totals.keys() - have:
        totals[suite][2] += 1
    if status != 0 and all(numbers[2] == 0 for numbers in totals.values()) or totals.keys() - have:
        print(f"--- meson test ended with status {status} after {len(tests)} tests (124: stopped, far over budget)",
              file=sys.stderr)
        if len(have) == len(totals):
            totals[suites[-1]][2] += 1
    for suite, (seconds, *numbers) in totals.items():
        print(suite, round(seconds), *numbers)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
