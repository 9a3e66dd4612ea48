#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the start to a saved picture under Wayland, by key alone: a compositor without a screen (sway), keys from wtype, the screen
looked at by grim.

  smoke-wayland.py --program LIMN --schemas FOLDER
"""

import argparse
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile

import desktop

PROMPT = "a lighthouse under wayland"

SWAY = """output HEADLESS-1 resolution 1400x900 position 0 0
default_border none
exec {program} >{log} 2>&1
"""


def leave_root(home, program, schemas):
    """sway does not start as root; then all of it runs as nobody, with copies where nobody can read them."""
    nobody = pwd.getpwnam("nobody")
    folder = f"{home}/bin"
    os.makedirs(folder)
    program = shutil.copy(program, folder)
    schemas = os.path.dirname(shutil.copy(f"{schemas}/gschemas.compiled", folder))
    for path, folders, files in os.walk(home):
        for name in [path, *(f"{path}/{name}" for name in folders + files)]:
            os.lchown(name, nobody.pw_uid, nobody.pw_gid)
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
    os.chdir(home)
    os.environ["USER"] = os.environ["LOGNAME"] = nobody.pw_name
    return program, schemas


class Sway:
    """The compositor, and what is asked of it from outside."""

    def __init__(self, home, program, schemas):
        self.environment = desktop.make_environment(home, schemas, backend="wayland")
        self.environment.update({
            "WLR_BACKENDS": "headless",
            "WLR_LIBINPUT_NO_DEVICES": "1",
            "WLR_RENDERER": "pixman",
            "SWAYSOCK": f"{home}/run/sway.sock",
            "LIBSEAT_BACKEND": "noop",
        })
        self.keyboard = None
        self.log = f"{home}/limn.log"
        config = f"{home}/sway.conf"
        with open(config, "w", encoding="utf-8") as file:
            file.write(SWAY.format(program=program, log=self.log))
        self.sway_log = open(f"{home}/sway.log", "w", encoding="utf-8")
        # A group of its own, since the D-Bus session and the compositor are to end together.
        self.process = subprocess.Popen([*desktop.bus_command(home), "sway", "-c", config], env=self.environment,
                                        stdout=self.sway_log, stderr=self.sway_log, start_new_session=True)

    def find_display(self):
        run = self.environment["XDG_RUNTIME_DIR"]
        names = [name for name in os.listdir(run) if name.startswith("wayland-") and not name.endswith(".lock")]
        if names:
            self.environment["WAYLAND_DISPLAY"] = names[0]
        return names

    def plug_keyboard(self):
        """One that lies there, so that the seat has a keyboard from the beginning to the end."""
        self.keyboard = subprocess.Popen(["wtype", "-s", "2000000"], env=self.environment)

    def has_keyboard(self):
        inputs = subprocess.run(["swaymsg", "-r", "-t", "get_inputs"], env=self.environment, capture_output=True, text=True, check=False)
        return inputs.returncode == 0 and any(device["type"] == "keyboard" for device in json.loads(inputs.stdout))

    def find_window(self):
        """The window of the program that has the focus."""
        tree = subprocess.run(["swaymsg", "-r", "-t", "get_tree"], env=self.environment, capture_output=True, text=True,
                              check=False)
        nodes = [json.loads(tree.stdout)] if tree.returncode == 0 else []
        while nodes:
            node = nodes.pop()
            if node.get("app_id") and node.get("focused"):
                return node
            nodes += node.get("nodes", []) + node.get("floating_nodes", [])
        return None

    def press(self, *arguments):
        # wtype brings a keyboard of its own each time. Were it the only one, the program would have to ask for it anew, and keys that come
        # before it has are lost: hence plug_keyboard(). From one to the next there is only another key map, which comes before the keys.
        subprocess.run(["wtype", "-s", "300", *arguments, "-s", "100"], env=self.environment, check=True)

    def look(self, path):
        subprocess.run(["grim", "-t", "ppm", path], env=self.environment, check=True)
        return desktop.count_colours(path)

    def end(self):
        if self.keyboard:
            self.keyboard.terminate()
            self.keyboard.wait()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait()
        self.sway_log.close()

    def tell(self):
        for name in (self.log, self.sway_log.name):
            if os.path.exists(name):
                with open(name, encoding="utf-8", errors="replace") as file:
                    for line in file.read().splitlines()[-12:]:
                        print(f"# {os.path.basename(name)}: {line}")


def has_prompt(path):
    width, height, texts = desktop.read_png(path)
    if not texts.get("parameters", "").startswith(PROMPT):
        raise desktop.Failure(f"{path}, {width}x{height}, was painted from: {texts.get('parameters')}")


def journey(tap, sway, home):
    tap.case("the compositor starts", desktop.wait_for, "a Wayland display", sway.find_display, desktop.LONG, sway.process)
    sway.plug_keyboard()
    tap.case("it has a keyboard", desktop.wait_for, "a keyboard", sway.has_keyboard, desktop.LONG, sway.process)
    window = tap.case("the window opens", desktop.wait_for, "a window", sway.find_window, desktop.LONG, sway.process)
    if window["app_id"] != "io.github.limn_app.Limn":
        print(f"# its application id is {window['app_id']}")
    # One colour is a window that was never drawn; text on a toolbar has some dozens.
    tap.case("it is drawn", desktop.wait_for, "colours", lambda: sway.look(f"{home}/empty.ppm") > 30, desktop.LONG, sway.process)

    sway.press("-M", "ctrl", "-k", "l", "-m", "ctrl")
    sway.press("-M", "ctrl", "-k", "a", "-m", "ctrl")
    sway.press("-d", "5", PROMPT)
    sway.press("-M", "ctrl", "-k", "Return", "-m", "ctrl")
    pictures = f"{home}/Pictures/Limn"
    tap.case("what was typed is painted and saved", desktop.wait_for, "a picture",
             lambda: desktop.list_pngs(pictures), desktop.LONG, sway.process)
    tap.case("from the prompt that was typed", has_prompt, desktop.list_pngs(pictures)[0])
    # A picture has thousands of colours.
    tap.case("and is to be seen", desktop.wait_for, "the picture", lambda: sway.look(f"{home}/done.ppm") > 2000, desktop.LONG, sway.process)
    sway.press("-M", "ctrl", "-k", "q", "-m", "ctrl")
    tap.case("Ctrl+Q ends the program", desktop.wait_for, "no window", lambda: not sway.find_window(), desktop.LONG, sway.process)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--schemas", required=True)
    parser.add_argument("--keep", help="a folder for the screenshots")
    arguments = parser.parse_args()

    desktop.need(sway="sway", swaymsg="sway", wtype="wtype", grim="grim", dbus_run_session="dbus")
    program, schemas = os.path.abspath(arguments.program), os.path.abspath(arguments.schemas)
    # Beside nothing that belongs to another: /tmp is where everybody may have a folder.
    with tempfile.TemporaryDirectory(prefix="limn-app-", dir="/tmp", ignore_cleanup_errors=True) as home:
        if os.getuid() == 0:
            program, schemas = leave_root(home, program, schemas)
        sway = Sway(home, program, schemas)
        tap = desktop.Tap()
        try:
            journey(tap, sway, home)
        except SystemExit:
            sway.tell()
            raise
        finally:
            sway.end()
            for name in ("empty.ppm", "done.ppm"):
                if arguments.keep and os.path.exists(f"{home}/{name}"):
                    shutil.copy(f"{home}/{name}", arguments.keep)
    tap.end()


main()
