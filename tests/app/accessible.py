# SPDX-License-Identifier: GPL-3.0-or-later
"""The program as a screen reader has it: what it tells the accessibility bus of its windows, and its actions on the session bus."""

import re
import subprocess

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

import desktop  # noqa: E402

APPLICATION = "io.github.limn_app.Limn"
OBJECT = "/io/github/limn_app/Limn"

# Milliseconds for an answer. The bus's own 800 are too few where other tests have the cores; whether the window freezes is measured by the
# tests of its frames.
ANSWER_MS = 30000


class Node:
    """One accessible object, as it was when it was looked at."""

    def __init__(self, accessible, parent):
        self.accessible = accessible
        self.parent = parent
        # at-spi2 2.54 has renamed the one role.
        self.role = {"button": "push-button"}.get(accessible.get_role().value_nick, accessible.get_role().value_nick)
        self.name = accessible.get_name() or ""
        self.states = {state.value_nick for state in accessible.get_state_set().get_states()}
        self.children = []

    def path(self):
        """Where it is, for a person who looks for it."""
        return " in ".join(f"{node.role} “{node.name}”" for node in [self, *self.ancestors()] if node.name or node is self)

    def ancestors(self):
        node = self.parent
        while node:
            yield node
            node = node.parent

    def __iter__(self):
        yield self
        for child in self.children:
            yield from child


def read(accessible, parent=None):
    node = Node(accessible, parent)
    for i in range(accessible.get_child_count()):
        try:
            child = accessible.get_child_at_index(i)
            if child is not None:
                node.children.append(read(child, node))
        except GLib.GError:
            # Gone while it was looked at.
            continue
    return node


class Program:
    """The running program."""

    def __init__(self, command, environment, output=None):
        Atspi.set_timeout(ANSWER_MS, ANSWER_MS)
        self.environment = environment
        self.process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)

    def find(self):
        """The accessible object of the program, once it has a window with something in it."""
        Atspi.get_desktop(0).clear_cache()
        screen = Atspi.get_desktop(0)
        for i in range(screen.get_child_count()):
            child = screen.get_child_at_index(i)
            if child is not None and child.get_process_id() == self.process.pid and child.get_child_count() > 0:
                return child
        return None

    def wait(self):
        return desktop.wait_for("the program on the accessibility bus", self.find, desktop.LONG, self.process)

    def read(self, node=None):
        """All there is; or what is below @node now, which has the same place as before."""
        for _ in range(5):
            try:
                return read(node.accessible, node.parent) if node else read(self.wait())
            except GLib.GError as error:
                # Something went away while it was looked at.
                last = error
        raise desktop.Failure(f"the accessibility bus says: {last}")

    def read_window(self, known):
        """The newest window that is not one of @known (their accessible objects)."""
        root = self.wait()
        for i in range(root.get_child_count()):
            window = root.get_child_at_index(i)
            if window is not None and window not in known:
                try:
                    return read(window)
                except GLib.GError:
                    # It is just coming, or gone already.
                    return None
        return None

    def click(self, node):
        try:
            Atspi.Action.do_action(node.accessible, 0)
        except GLib.GError as error:
            ended = self.process.poll()
            what = f"the accessibility bus says: {error}" if ended is None else f"the program ended with {ended}"
            raise desktop.Failure(f"{node.path()} was pressed: {what}") from error

    def activate(self, action):
        """win.NAME or app.NAME."""
        group, name = action.split(".")
        path = OBJECT if group == "app" else f"{OBJECT}/window/1"
        self.bus.call_sync(APPLICATION, path, "org.gtk.Actions", "Activate",
                           GLib.Variant("(sava{sv})", (name, [], {})), None, Gio.DBusCallFlags.NONE, ANSWER_MS, None)

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


def has_ancestor(node, role, name=None):
    return any(ancestor.role == role and name in (None, ancestor.name) for ancestor in node.ancestors())


def is_labelled(node):
    """Whether something else is said to name it."""
    return any(relation.get_relation_type().value_nick == "labelled-by" for relation in node.accessible.get_relation_set())


def is_excused(node):
    """What may be without a name although it could have the focus. Every line has its reason."""
    # Holds what is named; has the focus only where that cannot have it, to be scrolled by key.
    if node.role in ("scroll-pane", "viewport", "scroll-bar"):
        return True
    # libadwaita's own list inside a row that unfolds: nothing but rows, in a list that is named. Since 1.6 the one around the head
    # of such a row is no list any more, for a screen reader.
    if node.role in ("list", "panel") and has_ancestor(node, "list-item") and any(ancestor.role == "list" and has_name(ancestor) for ancestor in node.ancestors()):
        return True
    # libadwaita's own list in what a combo row opens, and its rows: each holds a label, which is read.
    if node.role in ("list", "list-item") and has_ancestor(node, "combo-box"):
        return True
    # GTK's own items of a menu model: in 4.18 each says which label names it, and nothing tells the bus what that label says.
    if node.role == "menu-item" and is_labelled(node):
        return True
    # Windows that GTK and libadwaita build altogether: shortcuts and about.
    if has_ancestor(node, "frame", "GtkShortcutsWindow") or has_ancestor(node, "frame", "About"):
        return True
    # libadwaita's own around the pages of its preferences: the switcher of pages, search and what it has found.
    return has_ancestor(node, "frame", "Preferences") and has_ancestor(node, "filler", "AdwLeaflet") and (
        node.role, node.name) in (("page-tab", "GtkLabel"), ("entry", "GtkSearchEntry"), ("list", "GtkListBox"))


# To be operated, whether or not it can have the focus just now.
OPERATED = {
    "push-button", "toggle-button", "check-box", "radio-button", "combo-box", "entry", "text", "password-text", "spin-button", "slider",
    "link", "menu-item", "check-menu-item", "radio-menu-item", "page-tab", "switch",
}


def has_name(node):
    """GTK gives an object without a name that of its class; a sign alone cannot be read aloud."""
    return bool(re.search(r"\w", node.name)) and not re.fullmatch(r"(Gtk|Adw|Limn)[A-Z]\w*", node.name)


def list_unnamed(root):
    return [node for node in root
            if ("focusable" in node.states or node.role in OPERATED) and not has_name(node) and not is_excused(node)]


class FocusWatch:
    """What got the focus: (role, name, where it is), as the program tells it. Things that the toolkit does not tell are left out."""

    def __init__(self):
        self.stops = []
        self.listener = Atspi.EventListener.new(self.on_event)

    def on_event(self, event):
        if event.detail1:
            source = event.source
            parent = source.get_parent()
            self.stops.append((source.get_role().value_nick, source.get_name(), parent.get_name() if parent else ""))

    def take(self):
        """All since the last time, in order: a program that is late tells several at once."""
        context = GLib.MainContext.default()
        while context.iteration(False):
            pass
        stops, self.stops = self.stops, []
        return stops

    def __enter__(self):
        self.listener.register("object:state-changed:focused")
        return self

    def __exit__(self, *_):
        self.listener.deregister("object:state-changed:focused")
