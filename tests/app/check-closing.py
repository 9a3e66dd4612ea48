#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window is closed at any moment of a first start, while the painter's thread compiles kernels: the window is gone at once, the process ends
soon and orderly, and never by a signal.

  check-closing.py --program LIMN --schemas FOLDER [--runs N]
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

import desktop

NAME = "io.github.limn_app.Limn"

# What is at hand when the window is closed is one kernel, which llvmpipe compiles in 0.3 to 1 s with a core to itself; 5 s were measured with
# three other programs on two cores, and there are slower ones. It bounds a program that does not end.
MOST_SECONDS = 30

# Of the window, for whoever closes it: 0.1 s were measured. Any one may come upon a moment at which something else has the cores; half of them are
# held to less.
MOST_SECONDS_SEEN = 6
HALF_SECONDS_SEEN = 2

# The moments, in seconds: from the window to the button (None: it is not pressed), and from there to the end.
MOMENTS = [(None, 0.0), (None, 0.4), (None, 1.0), (0.0, 0.0), (0.0, 0.5), (0.2, 1.2), (0.5, 2.0), (1.5, 0.1)]


def call(*arguments):
    return subprocess.run(["gdbus", "call", "--session", *arguments], capture_output=True, text=True, check=False)


def activate(action):
    call("--dest", NAME, "--object-path", "/io/github/limn_app/Limn", "--method", "org.gtk.Actions.Activate", action, "[]", "{}")


def find_window():
    return subprocess.run(["xdotool", "search", "--onlyvisible", "--name", "^Limn$"], capture_output=True, text=True,
                          check=False).stdout.split()


def close_once(home, limn, run, to_button, to_end):
    environment = dict(os.environ, XDG_CACHE_HOME=f"{home}/cache-{run}", XDG_DATA_HOME=f"{home}/data-{run}")
    # What other programs have compiled lies elsewhere.
    environment.pop("MESA_SHADER_CACHE_DIR", None)
    with open(f"{home}/log-{run}", "w+", encoding="utf-8") as log:
        process = subprocess.Popen([limn], env=environment, stdout=log, stderr=log)
        try:
            desktop.wait_for("a window", find_window, desktop.LONG, process)
            if to_button is not None:
                time.sleep(to_button)
                activate("paint")
            time.sleep(to_end)
            closed = time.monotonic()
            activate("quit")
            while find_window():
                if time.monotonic() - closed > MOST_SECONDS:
                    desktop.fail("the window stays")
            unseen = time.monotonic() - closed
            try:
                status = process.wait(MOST_SECONDS)
            except subprocess.TimeoutExpired:
                desktop.fail(f"it has not ended after {MOST_SECONDS} s")
            ended = time.monotonic() - closed
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        log.seek(0)
        said = log.read()
    print(f"# window gone after {unseen:.2f} s, process after {ended:.2f} s", flush=True)
    if status != 0 or "CRITICAL" in said:
        desktop.fail(f"it ended with {status}\n{said}")
    if unseen > MOST_SECONDS_SEEN:
        desktop.fail(f"the window was there for {unseen:.2f} s")
    shutil.rmtree(f"{home}/cache-{run}", ignore_errors=True)
    shutil.rmtree(f"{home}/data-{run}", ignore_errors=True)
    return unseen


def check_half(seconds):
    half = sorted(seconds)[(len(seconds) - 1) // 2]
    if half > HALF_SECONDS_SEEN:
        desktop.fail(f"half of them were there for {half:.2f} s and more")


def journey(home, limn, runs):
    tap, seconds = desktop.Tap(), []
    for run in range(runs):
        to_button, to_end = MOMENTS[run % len(MOMENTS)]
        what = "not painting" if to_button is None else f"painting after {to_button} s"
        seconds.append(tap.case(f"closed {to_end} s later, {what}", close_once, home, limn, run, to_button, to_end))
    tap.case("most windows are gone at once", check_half, seconds)
    tap.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--schemas", required=True)
    parser.add_argument("--runs", type=int, default=len(MOMENTS))
    parser.add_argument("--inside", metavar="HOME", help="used by itself: bus and screen are there")
    arguments = parser.parse_args()

    if arguments.inside:
        journey(arguments.inside, arguments.program, arguments.runs)
        return
    desktop.need(Xvfb="xvfb", dbus_run_session="dbus", gdbus="libglib2.0-bin", xdotool="xdotool")
    with tempfile.TemporaryDirectory(prefix="limn-app-", ignore_cleanup_errors=True) as home:
        environment = desktop.make_environment(home, os.path.abspath(arguments.schemas))
        server = desktop.start_screen(environment)
        command = [sys.executable, os.path.abspath(__file__), "--program", os.path.abspath(arguments.program), "--schemas",
                   arguments.schemas, "--runs", str(arguments.runs), "--inside", home]
        try:
            status = subprocess.call([*desktop.bus_command(home), *command], env=environment)
        finally:
            server.terminate()
            server.wait()
    sys.exit(status)


main()
