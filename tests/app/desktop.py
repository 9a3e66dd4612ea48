# SPDX-License-Identifier: GPL-3.0-or-later
"""A desktop of its own for one test: a new home with all XDG folders in it, a D-Bus session, a screen that draws into memory. Nothing of
the test reaches the desktop that is really there."""

import argparse
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib

SCREEN = "1400x900x24"

# A test that is stopped ends its servers and takes its folders with it.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

# Seconds for what takes a few on two busy cores: the first picture of a home whose kernels have to be compiled takes 10. It bounds
# a test that hangs and says nothing of speed.
LONG = 120


class Failure(Exception):
    """What a test found to be wrong."""


class Tap:
    """Cases in the words of TAP; the first that fails ends the run, since each builds on what was before."""

    def __init__(self):
        self.count = 0

    def case(self, name, function, *arguments):
        self.count += 1
        try:
            result = function(*arguments)
        except Failure as failure:
            print(f"not ok {self.count} {name}")
            for line in str(failure).splitlines():
                print(f"# {line}")
            print(f"1..{self.count}", flush=True)
            sys.exit(1)
        print(f"ok {self.count} {name}", flush=True)
        return result

    def end(self):
        print(f"1..{self.count}", flush=True)


def skip(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def need(**packages):
    """need(program="debian-package"): a test whose programs are not installed is skipped, with the reason."""
    for program, package in packages.items():
        program = program.replace("_", "-")
        if not shutil.which(program):
            skip(f"{program} is not there (Debian: {package})")


def need_accessibility():
    """What a screen reader has: its bus, and a way to speak to it from here."""
    if not os.path.exists(ACCESSIBILITY_SERVICE):
        skip("the accessibility bus is not there (Debian: at-spi2-core)")
    try:
        import gi  # pylint: disable=import-outside-toplevel
        gi.require_version("Atspi", "2.0")
    except (ImportError, ValueError):
        skip("Atspi is not there for this python3 (Debian: python3-gi gir1.2-atspi-2.0)")


def make_home(home):
    """The folders of a person who has just been given an account."""
    folders = {
        "HOME": home,
        "XDG_CONFIG_HOME": f"{home}/.config",
        "XDG_DATA_HOME": f"{home}/.local/share",
        "XDG_STATE_HOME": f"{home}/.local/state",
        "XDG_CACHE_HOME": f"{home}/.cache",
        "XDG_RUNTIME_DIR": f"{home}/run",
        "TMPDIR": f"{home}/tmp",
    }
    for folder in [*folders.values(), f"{home}/Pictures"]:
        os.makedirs(folder, exist_ok=True)
    os.chmod(folders["XDG_RUNTIME_DIR"], 0o700)
    with open(f"{folders['XDG_CONFIG_HOME']}/user-dirs.dirs", "w", encoding="utf-8") as file:
        file.write('XDG_PICTURES_DIR="$HOME/Pictures"\n')
    return folders


def make_environment(home, schemas, accessible=False, backend="x11"):
    environment = dict(os.environ)
    for name in ("WAYLAND_DISPLAY", "DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_CONFIG_DIRS", "LANGUAGE", "LC_ALL"):
        environment.pop(name, None)
    environment.update(make_home(home))
    environment.update({
        "LANG": "C.UTF-8",
        "GSETTINGS_SCHEMA_DIR": schemas,
        # Settings in a file of that home: no service is needed, and the next program of the same test finds them.
        "GSETTINGS_BACKEND": "keyfile",
        "GDK_BACKEND": backend,
        # The window's own drawing by cairo: through GL it would be llvmpipe as well, and wait for the same threads.
        "GSK_RENDERER": "cairo",
        "GIO_USE_VFS": "local",
        "GTK_USE_PORTAL": "0",
        # Nothing of an installed Limn.
        "LIMN_COMPANIONS": "",
        "ADW_DISABLE_PORTAL": "1",
    })
    if accessible:
        environment.pop("GTK_A11Y", None)
    else:
        # No screen reader listens; a test may say "test" and listen itself.
        environment.setdefault("GTK_A11Y", "none")
    return environment


BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir={home}/run</listen>
  <servicedir>{home}/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
ACCESSIBILITY_SERVICE = "/usr/share/dbus-1/services/org.a11y.Bus.service"


def bus_command(home, accessible=False):
    """The beginning of a command line: with a session bus that starts none of the services that happen to be installed here, such
    as portals and their backends; but for the one that screen readers need, where the test is one."""
    services = f"{home}/services"
    os.makedirs(services, exist_ok=True)
    if accessible:
        shutil.copy(ACCESSIBILITY_SERVICE, services)
    with open(f"{home}/bus.conf", "w", encoding="utf-8") as file:
        file.write(BUS.format(home=home))
    return ["dbus-run-session", f"--config-file={home}/bus.conf", "--"]


def start_screen(environment):
    """An X server that chooses its own number, so that tests can run beside each other."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", SCREEN, "-nolisten", "tcp", "-noreset"],
        pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
    if not number:
        server.wait()
        print("Bail out! Xvfb does not start")
        sys.exit(1)
    environment["DISPLAY"] = f":{number}"
    return server


def fail(message):
    raise Failure(message)


def run_accessible(script, journey, **packages):
    """A script with @journey (home, program), which begins again inside of a session bus and a screen of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--schemas", required=True)
    parser.add_argument("--inside", metavar="HOME", help="used by itself: bus and screen are there")
    arguments = parser.parse_args()

    if arguments.inside:
        journey(arguments.inside, arguments.program)
        return
    need(Xvfb="xvfb", dbus_run_session="dbus", **packages)
    need_accessibility()
    with tempfile.TemporaryDirectory(prefix="limn-app-", ignore_cleanup_errors=True) as home:
        environment = make_environment(home, os.path.abspath(arguments.schemas), accessible=True)
        server = start_screen(environment)
        command = [sys.executable, os.path.abspath(script), "--program", os.path.abspath(arguments.program), "--schemas",
                   arguments.schemas, "--inside", home]
        try:
            status = subprocess.call([*bus_command(home, accessible=True), *command], env=environment)
        finally:
            server.terminate()
            server.wait()
    sys.exit(status)


def wait_for(what, function, seconds=LONG, process=None):
    """Asks @function until it says something true, which is returned."""
    end = time.monotonic() + seconds
    while True:
        result = function()
        if result:
            return result
        if process is not None and process.poll() is not None:
            raise Failure(f"the program ended with {process.returncode} while it was waited for: {what}")
        if time.monotonic() > end:
            raise Failure(f"waited {seconds} s in vain for: {what}")
        time.sleep(0.05)


def insist(what, act, function, every, process):
    """wait_for() with @act() at the beginning, and again after each @every seconds in vain: for keys and strokes that a program may not take
    yet, and that do no harm when they come twice."""
    again = time.monotonic()

    def try_it():
        nonlocal again
        result = function()
        if not result and time.monotonic() >= again:
            act()
            again = time.monotonic() + every
        return result

    return wait_for(what, try_it, LONG, process)


def list_pngs(folder):
    """Complete files only: what is being written has another name."""
    if not os.path.isdir(folder):
        return []
    return sorted(f"{folder}/{name}" for name in os.listdir(folder) if name.endswith(".png") and not name.startswith("."))


def read_png(path):
    """(width, height, texts) of a PNG; every chunk's checksum is looked at."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise Failure(f"{path} is no PNG")
    at, texts, size, ended = 8, {}, None, False
    while at + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if struct.unpack(">I", data[at + 8 + length:at + 12 + length])[0] != zlib.crc32(kind + body):
            raise Failure(f"{path}: the checksum of {kind!r} is wrong")
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
        elif kind == b"tEXt":
            keyword, text = body.split(b"\0", 1)
            texts[keyword.decode("latin-1")] = text.decode("latin-1")
        elif kind == b"IEND":
            ended = True
        at += 12 + length
    if size is None or not ended:
        raise Failure(f"{path} is not complete")
    return size[0], size[1], texts


def count_colours(path):
    """Of a screenshot, PPM as grim writes it: a window that draws nothing has one or two."""
    with open(path, "rb") as file:
        data = file.read()
    kind, width, height, depth, _ = data.split(maxsplit=4)
    if kind != b"P6" or depth != b"255":
        raise Failure(f"{path} is no screenshot")
    pixels = data[-3 * int(width) * int(height):]
    return len({pixels[i:i + 3] for i in range(0, len(pixels), 3)})
