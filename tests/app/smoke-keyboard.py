#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""By key alone, from the start to saved files: the keys are the X server's own, as from a keyboard, and what has the focus is asked of
the accessibility bus.

  smoke-keyboard.py --program LIMN --schemas FOLDER
"""

import os
import subprocess
import sys
import time

import desktop

PROMPT = "a harbour without a mouse"

# More than there are stops in the window; a circle is found long before.
MOST_TABS = 200


class Keys:
    """A keyboard."""

    def __init__(self):
        self.window = None

    def find_window(self):
        """Of a program that is to be seen."""
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", "^Limn$"], capture_output=True, text=True,
                               check=False).stdout.split()
        self.window = found[-1] if found else None
        return self.window

    def focus(self):
        """There is no window manager that would do it."""
        subprocess.run(["xdotool", "windowfocus", "--sync", self.window], check=True, stderr=subprocess.DEVNULL)

    @staticmethod
    def press(*keys):
        subprocess.run(["xdotool", "key", "--clearmodifiers", "--delay", "30", *keys], check=True)

    @staticmethod
    def type(text):
        subprocess.run(["xdotool", "type", "--delay", "10", text], check=True)


def has_prompt(path):
    _, _, texts = desktop.read_png(path)
    if not texts.get("parameters", "").startswith(PROMPT):
        raise desktop.Failure(f"{path} was painted from: {texts.get('parameters')}")


def go_round(keys, watch):
    """Tab until it is where it began."""
    stops = []
    for _ in range(MOST_TABS):
        keys.press("Tab")
        time.sleep(0.05)
        for stop in watch.take():
            stops.append(stop)
            if stop == stops[0] and len(set(stops)) > 10:
                names = [stop[1] for stop in stops]
                missing = {"Prompt", "Picture", "Main menu", "Steps"} - {name.split(":")[0] for name in names}
                if missing:
                    raise desktop.Failure(f"Tab never came to {missing}, only to {names}")
                return len(set(stops))
    raise desktop.Failure(f"Tab does not come round; the last stops: {stops[-8:]}")


def journey(home, limn):
    import accessible  # pylint: disable=import-outside-toplevel # needs the session bus

    pictures = f"{home}/Pictures/Limn"
    tap, keys = desktop.Tap(), Keys()
    program = accessible.Program([limn], dict(os.environ), sys.stderr)
    try:
        tap.case("the window opens", desktop.wait_for, "a window", keys.find_window, desktop.LONG, program.process)
        tap.case("it is on the accessibility bus", program.wait)
        keys.focus()
        keys.press("ctrl+l", "ctrl+a")
        keys.type(PROMPT)
        keys.press("ctrl+Return")
        tap.case("what was typed is painted and saved", desktop.wait_for, "a picture", lambda: desktop.list_pngs(pictures),
                 desktop.LONG, program.process)
        tap.case("from the prompt that was typed", has_prompt, desktop.list_pngs(pictures)[0])

        # K on the canvas plays, and is no letter there; Ctrl+S keeps the step that is shown.
        keys.press("ctrl+shift+l", "k")
        time.sleep(1)
        keys.press("k", "ctrl+s")
        tap.case("the step that is shown is kept", desktop.wait_for, "a second picture",
                 lambda: len(desktop.list_pngs(pictures)) == 2, desktop.LONG, program.process)
        tap.case("also from that prompt", has_prompt, desktop.list_pngs(pictures)[1])

        with accessible.FocusWatch() as watch:
            print(f"# {tap.case('Tab goes round the window', go_round, keys, watch)} stops")
        keys.press("ctrl+q")
        tap.case("Ctrl+Q ends the program", desktop.wait_for, "its end", lambda: program.process.poll() is not None, 30)
        if program.process.returncode != 0:
            tap.case("in peace", desktop.fail, f"it returned {program.process.returncode}")
    finally:
        program.end()
    tap.end()


desktop.run_accessible(__file__, journey, xdotool="xdotool")
