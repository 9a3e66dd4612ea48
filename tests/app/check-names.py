#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a screen reader is told: paints a picture, opens all panels, popovers and windows, and walks over what the program tells the
accessibility bus. All that can have the focus or be pressed must have a name that can be read aloud.

  check-names.py --program LIMN --schemas FOLDER
"""

import os
import sys
import time

import desktop


def look(accessible, where, root, seen):
    """Adds what has no name to @seen, by its place. Returns how many could have the focus."""
    for node in accessible.list_unnamed(root):
        seen.setdefault(node.path(), where)
    return sum("focusable" in node.states for node in root)


def press_menu_buttons(program, accessible, root, seen):
    """Every button that opens a popover: a button inside of a button, for a screen reader. The popover is inside of the outer one.
    Which of the two the inner one is depends on the age of GTK."""
    kinds = ("push-button", "toggle-button")
    buttons = [node for node in root
               if node.role in kinds and node.parent and node.parent.role in kinds and "sensitive" in node.states]
    for button in buttons:
        program.click(button)
        time.sleep(0.6)
        look(accessible, f"popover of {button.name}", program.read(button.parent), seen)
        program.click(button)
        time.sleep(0.3)
    return len(buttons)


def wait_for_window(program, known):
    """A window that is not one of @known, with all that is in it: half a second after the last thing came."""
    counts = []

    def find():
        window = program.read_window(known)
        if window:
            counts.append(sum(1 for _ in window))
            if len(counts) > 1 and counts[-1] == counts[-2]:
                return window
        time.sleep(0.5)
        return None

    return desktop.wait_for("a window", find, desktop.LONG, program.process)


def journey(home, limn):
    """On the session bus."""
    import accessible  # pylint: disable=import-outside-toplevel # needs that bus

    tap, seen = desktop.Tap(), {}
    program = accessible.Program([limn], dict(os.environ), sys.stderr)
    try:
        tap.case("the program is on the accessibility bus", program.wait)
        program.activate("win.toggle-gallery")
        program.activate("win.paint")
        tap.case("a picture is painted", desktop.wait_for, "a picture", lambda: desktop.list_pngs(f"{home}/Pictures/Limn"),
                 desktop.LONG, program.process)
        # All that has to do with a picture to change.
        program.activate("win.use-picture")
        time.sleep(1)
        # Rows for the queue.
        program.activate("win.pause")
        program.activate("win.paint")
        program.activate("win.paint")
        time.sleep(1)
        root = program.read()
        count = look(accessible, "window", root, seen)
        popovers = press_menu_buttons(program, accessible, root, seen)
        print(f"# {count} things can have the focus; {popovers} popovers were opened")
        tap.case("popovers are found", check_popovers, popovers)
        known = [child.accessible for child in root.children]
        for action in ("app.preferences", "app.help", "win.show-help-overlay", "app.about"):
            program.activate(action)
            window = tap.case(f"{action} opens a window", wait_for_window, program, known)
            known.append(window.accessible)
            look(accessible, action, window, seen)
        tap.case("all that can have the focus or be pressed has a name", report, seen)
    finally:
        program.end()
    tap.end()


def check_popovers(count):
    # Queue, main menu, last prompts, styles, how many.
    if count < 5:
        desktop.fail(f"{count} buttons that open a popover")


def report(seen):
    if seen:
        desktop.fail(f"{len(seen)} have no name:\n" + "\n".join(f"{where}: {path}" for path, where in seen.items()))


desktop.run_accessible(__file__, journey)
