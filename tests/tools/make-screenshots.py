#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take the screenshots of README.md and of the metainfo anew, from real windows on a screen in memory.

    make-screenshots.py BUILD_DIR OUT_DIR [NAME...]

BUILD_DIR is a built tree. NAME: only these; all are those of SHOTS. To be looked at before they are committed: what the model paints
depends on it. Needs Xvfb, xdotool, ImageMagick, and the locales de_DE.UTF-8 and fa_IR.UTF-8.
"""
import argparse
import glob
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "app"))
import desktop  # pylint: disable=wrong-import-position

PROMPT = "a red lighthouse by the sea at sunset, watercolor"
# What the gallery has: prompt, seed.
GALLERY = [
    ("a fox in an autumn forest, oil painting", 3),
    ("an astronaut on the moon", 2),
    ("two penguins in the falling snow", 1),
    ("a white sailing boat on the sea with a rainbow, watercolor", 4),
    ("a castle in front of snowy mountains, pixel art", 1),
    ("a cat, ink sketch", 5),
    ("a sunflower in a field on a sunny day", 2),
    ("a red house on a green hill at sunset, oil painting", 1),
]
VARIATIONS = 9
# A picture and what grew out of it: from which, at which step, other words.
ROOT = ("a fox in an autumn forest, oil painting", 8)
FAMILY = [
    ("snow", "root", 1, "a fox in the snow, oil painting"),
    ("night", "root", 2, "a fox in an autumn forest at night, oil painting"),
    ("ink", "snow", 1, "a fox in the snow, ink sketch"),
    ("dusk", "snow", 3, "a fox in the snow at sunset, oil painting"),
    ("cat", "root", 1, "a cat in an autumn forest, oil painting"),
]
# Where things are in a window of SIZE.
PAINT_VARIATIONS, EARLY_STEP, THROUGH_THE_NOISE = (161, 711), (36, 281), (520, 748)
FIRST_SLOT, SHOWN_AS_FIRST, SECOND_SLOT, SHOWN_AS_SECOND = (61, 653), (64, 733), (976, 653), (976, 733)
ADD_LORA, FIRST_OF_THE_LIBRARY = (1326, 428), (300, 130)
SIZE, OLD_SIZE, NARROW = (1360, 860), (1280, 800), (400, 760)


def write_draft(folder, prompt, seed):
    """What the window takes up again when it opens."""
    request = {"version": 1, "model": None, "prompt": prompt, "negative": "", "prompt_syntax": "a1111", "seed": str(seed), "rng": "cpu",
               "steps": None, "sampler": None, "schedule": "model", "eta": None, "cfg": None, "cfg_rescale": 0.0, "prediction": None,
               "width": None, "height": None, "precision": "f32", "batch_count": 1, "batch_index": 0, "device": None,
               "preview": "noisy", "preview_every": 1, "preview_half": False, "keep_latents": True}
    folder.mkdir(parents=True)
    draft = {"version": 1, "seed_locked": True, "preview_slowdown": 0, "request": json.dumps(request), "fresh_noise": 0,
             "noise_amount": 0.3, "noise_seed": "0"}
    (folder / "draft.json").write_text(json.dumps(draft), encoding="utf-8")


class Window:
    """A program that shows one window: the pictures are those of the whole run, all else is new."""

    def __init__(self, run, prompt, seed, size=SIZE, language="C", gallery=False, dark=False, picture=None):
        self.run, self.size = run, size
        run.n_windows += 1
        data = pathlib.Path(os.environ["HOME"], f"data-{run.n_windows}")
        write_draft(data / "limn", prompt, seed)
        settings = {"window-width": size[0], "window-height": size[1], "gallery-visible": str(gallery).lower(),
                    "settings-visible": str(size != NARROW).lower(), "processor-banner": "false", "steps-limit-told": "true",
                    "style": "'dark'" if dark else "'light'"}
        folder = pathlib.Path(os.environ["XDG_CONFIG_HOME"], "glib-2.0", "settings")
        folder.mkdir(parents=True, exist_ok=True)
        lines = ["[io/github/limn_app/Limn]", *(f"{key}={value}" for key, value in settings.items())]
        (folder / "keyfile").write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.process = subprocess.Popen([f"{run.build}/src/app/limn", *([picture] if picture else [])], env=dict(
            os.environ, XDG_DATA_HOME=str(data), LC_ALL=f"{language}.UTF-8", LIMN_LOCALEDIR=f"{run.build}/po"))
        self.window = desktop.wait_for("a window", self.find, desktop.LONG, self.process)
        # There is no window manager that would do these.
        self.focus()
        self.call("windowmove", self.window, 0, 0)
        self.call("mousemove", 1399, 899)
        time.sleep(4)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.press("ctrl+q")
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def find(self):
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", "^Limn$"], capture_output=True, text=True,
                               check=False).stdout.split()
        return found[-1] if found else None

    def focus(self):
        self.call("windowfocus", "--sync", self.window)

    @staticmethod
    def call(*arguments):
        subprocess.run(["xdotool", *map(str, arguments)], check=True, stderr=subprocess.DEVNULL)

    def press(self, *keys):
        self.call("key", "--clearmodifiers", "--delay", "60", *keys)
        time.sleep(0.6)

    def click(self, x, y):
        self.call("mousemove", x, y)
        time.sleep(0.3)
        self.call("click", 1)
        time.sleep(0.8)

    def drag(self, *points):
        """As a hand does it: not at once."""
        self.call("mousemove", *points[0], "mousedown", 1)
        for (x, y), (to_x, to_y) in zip(points, points[1:]):
            for i in range(1, 13):
                self.call("mousemove", x + (to_x - x) * i // 12, y + (to_y - y) * i // 12)
        self.call("mouseup", 1)
        time.sleep(1)

    def say(self, prompt):
        self.press("ctrl+l", "ctrl+a")
        self.call("type", "--delay", "15", prompt)

    def paint(self):
        """All the way."""
        before = self.run.count()
        self.press("ctrl+Return")
        self.wait(before + 1)

    def wait(self, n):
        desktop.wait_for(f"{n} pictures", lambda: self.run.count() >= n, desktop.LONG, self.process)
        time.sleep(2.5)

    def shot(self, name):
        self.call("mousemove", 1399, 899)
        time.sleep(1)
        target = f"{self.run.out}/{name}.png"
        # What pops up is a window of its own.
        subprocess.run(["import", "-window", "root", "-crop", f"{self.size[0]}x{self.size[1]}+0+0", "+repage", "-strip", target], check=True)
        print(target, flush=True)


class Run:
    def __init__(self, home, build, out):
        self.build, self.out, self.pictures, self.n_windows = build, out, f"{home}/Pictures/Limn", 0

    def count(self):
        return len(glob.glob(f"{self.pictures}/**/*.png", recursive=True))

    def limn_cli(self, *arguments):
        subprocess.run([f"{self.build}/src/cli/limn-cli", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def fill_gallery(self):
        os.makedirs(self.pictures, exist_ok=True)
        for i, (prompt, seed) in enumerate(GALLERY):
            self.limn_cli("generate", prompt, "--seed", str(seed), "-o", f"{self.pictures}/{i}.png")

    def paint_family(self):
        """Returns the picture that all others grew out of."""
        root = f"{self.pictures}/root.png"
        self.limn_cli("generate", ROOT[0], "--seed", str(ROOT[1]), "-o", root)
        for name, parent, step, prompt in FAMILY:
            self.limn_cli("branch", f"{self.pictures}/{parent}.png", prompt, "--at-step", str(step), "-o", f"{self.pictures}/{name}.png")
        return root


def empty(run):
    with Window(run, PROMPT, 1, OLD_SIZE) as window:
        window.shot("empty")


def done(run):
    with Window(run, "a sailing boat on the sea with a rainbow, flat illustration", 2) as window:
        window.paint()
        window.shot("done")


def painting(run):
    with Window(run, PROMPT, 7, OLD_SIZE, gallery=True) as window:
        before = run.count()
        window.press("ctrl+Return")
        time.sleep(2.2)
        window.shot("painting")
        window.wait(before + 1)


def dark(run):
    with Window(run, "a red lighthouse by the sea on a sunny day", 3, OLD_SIZE, gallery=True, dark=True) as window:
        window.paint()
        window.shot("dark")


def comparing(run):
    with Window(run, PROMPT, 7, OLD_SIZE, "de_DE", gallery=True) as window:
        window.paint()
        window.press("ctrl+u")
        time.sleep(1.5)
        window.say("a red lighthouse by the sea at night, watercolor")
        window.paint()
        window.press("ctrl+shift+d")
        time.sleep(2)
        window.shot("comparing")


def right_to_left(run):
    with Window(run, PROMPT, 7, OLD_SIZE, "fa_IR", gallery=True) as window:
        window.paint()
        window.shot("right-to-left")


def narrow(run):
    with Window(run, PROMPT, 7, NARROW) as window:
        window.paint()
        window.shot("narrow")


def marking(run):
    with Window(run, "an empty green meadow under a blue sky by day", 6) as window:
        window.paint()
        window.press("ctrl+u")
        time.sleep(1.5)
        window.say("a red house in a meadow under a blue sky")
        window.press("ctrl+shift+l", "b", *["bracketright"] * 3)
        window.drag((430, 400), (620, 400), (430, 470), (620, 470), (430, 540), (620, 540))
        window.shot("marking")


def sheet(run):
    with Window(run, "palm trees on a beach at sunset", 7) as window:
        window.paint()
        before = run.count()
        window.press("alt+2")
        time.sleep(2)
        window.click(*EARLY_STEP)
        window.click(*PAINT_VARIATIONS)
        window.wait(before + VARIATIONS)
        window.shot("sheet")


def branches(run):
    root = run.paint_family()
    with Window(run, ROOT[0], ROOT[1], picture=root) as window:
        window.press("alt+4")
        time.sleep(3)
        window.shot("branches")


def blending(run):
    """Between two pictures, by way of the noise; what is between is painted as soon as both are there."""
    with Window(run, "a castle on a hill at sunset, oil painting", 1) as window:
        window.paint()
        window.press("alt+3")
        time.sleep(2)
        window.click(*FIRST_SLOT)
        window.click(*SHOWN_AS_FIRST)
        window.press("alt+1")
        window.say("a castle in the snow at night, oil painting")
        window.paint()
        window.press("alt+3")
        window.click(*SECOND_SLOT)
        window.click(*SHOWN_AS_SECOND)
        window.click(*THROUGH_THE_NOISE)
        time.sleep(45)
        window.shot("blending")


def style(run):
    """With the LoRA that comes with Limn, chosen from the library."""
    with Window(run, "a red sailing boat on the sea, stained glass", 1) as window:
        window.click(*ADD_LORA)
        time.sleep(2)
        window.click(*FIRST_OF_THE_LIBRARY)
        window.press("Escape")
        window.focus()
        time.sleep(4)
        window.paint()
        window.shot("style")


SHOTS = {shot.__name__.replace("_", "-"): shot
         for shot in (empty, done, painting, dark, comparing, right_to_left, narrow, marking, sheet, branches,
                       blending, style)}


def main():
    parser = argparse.ArgumentParser(description="Take the screenshots anew.")
    parser.add_argument("build")
    parser.add_argument("out")
    parser.add_argument("names", nargs="*", choices=[*SHOTS, []])
    parser.add_argument("--inside", metavar="HOME", help="used by itself: bus and screen are there")
    arguments = parser.parse_args()
    build, out = os.path.abspath(arguments.build), os.path.abspath(arguments.out)
    if arguments.inside:
        run = Run(arguments.inside, build, out)
        run.fill_gallery()
        for name in arguments.names or SHOTS:
            SHOTS[name](run)
        return
    os.makedirs(out, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="limn-shots-", ignore_cleanup_errors=True) as home:
        environment = desktop.make_environment(home, f"{build}/data")
        environment["LIMN_COMPANIONS"] = str(pathlib.Path(__file__).resolve().parent.parent.parent / "data" / "companions")
        server = desktop.start_screen(environment)
        command = [sys.executable, os.path.abspath(__file__), build, out, *arguments.names, "--inside", home]
        try:
            status = subprocess.call([*desktop.bus_command(home), *command], env=environment)
        finally:
            server.terminate()
            server.wait()
    sys.exit(status)


if __name__ == "__main__":
    main()
