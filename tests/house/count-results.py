#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the cases in a log of `meson test`.

    count-results.py BUILD_FOLDER MESON_LOG.json EXIT_STATUS SUITE...

Prints for each suite "SUITE SECONDS PASSED FAILED SKIPPED" on standard output, and on standard error what failed, with its output, and why something
was skipped. The seconds are those of its programs, one after the other. A test program counts by its TAP cases; one that speaks no TAP, crashed or
timed out counts as one. A program of which nothing at all ran counts as failed, since a test that is always skipped is no test; the one excuse is that
no LIMN_FIXTURES were named. So does each that was to run and is not in the log.
"""
import json
import re
import subprocess
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


def read_log(path):
    """Those that ended. Where meson was killed the last line may be half a one."""
    tests = []
    try:
        with open(path, encoding="utf-8") as log:
            for line in log:
                tests.append(json.loads(line))
    except (FileNotFoundError, json.JSONDecodeError) as error:
        print(f"--- {path}: {error}", file=sys.stderr)
    return tests


def find_wanted(folder, suites):
    """The suite of each program that was to run, by its name, which is unique in all that are run at once."""
    listed = json.loads(subprocess.run(["meson", "introspect", "--tests", folder], check=True, stdout=subprocess.PIPE).stdout)
    wanted = {}
    for test in listed:
        suite = test["suite"][0].split(":")[1]
        if suite in suites:
            assert test["name"] not in wanted, test["name"]
            wanted[test["name"]] = suite
    return wanted


def main(folder, path, status, suites):
    totals = {suite: [0, 0, 0, 0] for suite in suites}
    wanted = find_wanted(folder, suites)
    for test in read_log(path):
        # "limn:base / rng", as meson 1.0 has it.
        suite = wanted.pop(re.split(" / |:", test["name"])[-1])
        numbers = count(test)
        totals[suite] = [a + b for a, b in zip(totals[suite], (test["duration"], *numbers))]
        if numbers[1]:
            print(f"--- {test['name']}: {test['result']}, exit status {test['returncode']}", file=sys.stderr)
            show(test)
    if wanted or status in (124, 137):
        print(f"--- meson test ended with status {status} (124: stopped, far over budget); did not run: {', '.join(wanted) or 'none'}", file=sys.stderr)
    for suite in wanted.values():
        totals[suite][2] += 1
    if status != 0 and all(numbers[2] == 0 for numbers in totals.values()):
        print(f"--- meson test ended with status {status}, and no test failed", file=sys.stderr)
        totals[suites[0]][2] += 1
    for suite, (seconds, *numbers) in totals.items():
        if sum(numbers) == 0:
            print(f"--- {suite}: there is no such test", file=sys.stderr)
            numbers[1] = 1
        print(suite, round(seconds), *numbers)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:])
