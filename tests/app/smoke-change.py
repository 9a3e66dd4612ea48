#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""With a real pointer: a picture is painted, taken to be changed, and painted on; the program is killed in the middle, and started again. What
was marked is there, and what is painted then is changed where it was marked.

  smoke-change.py --program LIMN --schemas FOLDER
"""

import json
import os
import subprocess
import time

import desktop

# In the window, which is drawn at the screen's corner and is 1360 x 860: on the picture.
FROM = (430, 330)
TO = (560, 420)


def xdotool(*arguments):
    subprocess.run(["xdotool", *map(str, arguments)], check=True, stderr=subprocess.DEVNULL)


def find_window():
    found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", "^Limn$"], capture_output=True, text=True,
                           check=False).stdout.split()
    return found[-1] if found else None


def start(limn, environment):
    process = subprocess.Popen([limn], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    desktop.wait_for("a window", find_window, desktop.LONG, process)
    time.sleep(1)
    # There is no window manager that would do it.
    xdotool("windowfocus", "--sync", find_window())
    return process


def stroke():
    """As a hand does it: not at once."""
    (x, y), (to_x, to_y), n = FROM, TO, 20
    xdotool("mousemove", x, y, "mousedown", 1)
    for i in range(1, n + 1):
        xdotool("mousemove", x + (to_x - x) * i // n, y + (to_y - y) * i // n)
    xdotool("mouseup", 1)


def read_mask(sources):
    masks = desktop.list_pngs(f"{sources}/masks")
    if not masks:
        return None
    with open(masks[0], "rb") as file:
        return file.read()


def wait_for_pictures(pictures, n, process):
    desktop.wait_for(f"{n} pictures", lambda: len(desktop.list_pngs(pictures)) == n, desktop.LONG, process)


def names_mask(path):
    """The recipe in the picture."""
    _, _, texts = desktop.read_png(path)
    source = json.loads(texts["limn"])["request"]["source"]
    if not source or not source["mask"]:
        desktop.fail(f"{path} was painted without a mask")


def journey(home, limn):
    pictures, sources = f"{home}/Pictures/Limn", f"{home}/.local/share/limn/sources"
    tap, environment = desktop.Tap(), dict(os.environ)
    process = start(limn, environment)
    try:
        xdotool("key", "ctrl+Return")
        tap.case("a picture is painted", wait_for_pictures, pictures, 1, process)
        # The file is there before the window shows it, and what can be marked is shown after its copy is there.
        tap.case("it is the picture to change", desktop.insist, "its copy", lambda: xdotool("key", "ctrl+u"),
                 lambda: desktop.list_pngs(sources), 2, process)
        tap.case("what the pointer marks is kept", desktop.insist, "a mask", stroke, lambda: read_mask(sources), 5, process)
        process.kill()
        process.wait()
        before = read_mask(sources)

        process = start(limn, environment)
        time.sleep(1)
        tap.case("it is there after a kill", lambda: read_mask(sources) == before or desktop.fail("it is not"))
        # Not as long as that is being read. A second picture of it would do no harm.
        tap.case("a picture is painted of it", desktop.insist, "2 pictures", lambda: xdotool("key", "ctrl+Return"),
                 lambda: len(desktop.list_pngs(pictures)) >= 2, 30, process)
        tap.case("with what was marked", names_mask, max(desktop.list_pngs(pictures), key=os.path.getmtime))
    finally:
        process.kill()
        process.wait()
    tap.end()


desktop.run_accessible(__file__, journey, xdotool="xdotool")
