#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one test program on a desktop of its own; see desktop.py. What it prints is passed through: TAP.

  run-app-test.py --schemas FOLDER [--settings memory] PROGRAM [ARGUMENT...]
"""

import argparse
import os
import subprocess
import sys
import tempfile

import desktop


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--schemas", required=True)
    parser.add_argument("--settings", default="keyfile", help="where they are kept: keyfile: the next program finds them; memory")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()

    desktop.need(Xvfb="xvfb", dbus_run_session="dbus")
    with tempfile.TemporaryDirectory(prefix="limn-app-", ignore_cleanup_errors=True) as home:
        environment = desktop.make_environment(home, os.path.abspath(arguments.schemas))
        environment["GSETTINGS_BACKEND"] = arguments.settings
        server = desktop.start_screen(environment)
        try:
            status = subprocess.call([*desktop.bus_command(home), *arguments.command], env=environment)
        finally:
            server.terminate()
            server.wait()
    # Negative: a program that was ended by a signal.
    sys.exit(status if status >= 0 else 128 - status)


main()
