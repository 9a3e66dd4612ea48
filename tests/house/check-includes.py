#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the sources against the table of layers in HACKING.md.

    check-includes.py SOURCE_ROOT

The table is the only statement of the rule; this file knows how to read it. Checked are
  - #include "..." in src/: only the own folder, what its row names, and what lies under those;
  - #include "..." in tests/<layer>/: the same, and the starter model's bytes and the tests' own headers;
  - #include <...> of a library: only where the row names that library;
  - meson.build of each layer: the dependencies it names, in the same sense;
  - #include in shaders/: only files of shaders/lib, which exist and do not include each other in a circle.
"""
import pathlib
import re
import sys

ROW = re.compile(r"^\|\s*`([a-z/]+)`\s*\|([^|]*)\|([^|]*)\|[^|]*\|$", re.MULTILINE)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+([<"])([^>"]+)[>"]', re.MULTILINE)

# Which library a system header belongs to. What matches nothing is libc's, or the compiler's.
HEADERS = [
    (re.compile(r"^(glib|gio|gobject|gmodule)([-./]|$)"), "glib"),
    (re.compile(r"^jansson"), "jansson"),
    (re.compile(r"^png"), "libpng"),
    (re.compile(r"^zlib\.h$"), "zlib"),
    (re.compile(r"^gdk-pixbuf/"), "gdk-pixbuf"),
    (re.compile(r"^webp/"), "libwebp"),
    (re.compile(r"^(jpeglib|jerror)\.h$"), "libjpeg"),
    (re.compile(r"^lcms2"), "lcms"),
    (re.compile(r"^sqlite3"), "sqlite"),
    (re.compile(r"^epoxy/egl"), "egl"),
    (re.compile(r"^EGL/"), "egl"),
    (re.compile(r"^epoxy/"), "epoxy"),
    (re.compile(r"^(GL|GLES\d?|GL\w*|KHR|X11|vulkan)/"), "a GL header that is not epoxy's"),
    (re.compile(r"^(cairo|pango)"), "pango"),
    (re.compile(r"^(gtk|gdk|adwaita|gsk)"), "gtk"),
]
# The libraries behind meson's dependency objects.
DEPENDENCIES = {
    "glib": "glib", "gio": "glib", "gobject": "glib", "jansson": "jansson", "png": "libpng", "zlib": "zlib",
    "pixbuf": "gdk-pixbuf", "pangocairo": "pango", "webp": "libwebp", "webpmux": "libwebp", "lcms": "lcms", "jpeg": "libjpeg",
    "sqlite": "sqlite", "epoxy": "epoxy", "egl": "egl", "gtk": "gtk", "adwaita": "gtk", "m": None,
}


class Layer:
    def __init__(self, name, uses, libraries):
        self.name, self.uses, self.libraries = name, uses, libraries


def words(cell):
    return {word.strip(" `") for word in cell.split(",") if word.strip(" `")}


def read_table(root):
    text = (root / "HACKING.md").read_text(encoding="utf-8")
    layers = {name: Layer(name, words(uses), words(libraries)) for name, uses, libraries in ROW.findall(text)}
    if not layers:
        sys.exit("HACKING.md holds no table of layers")
    for layer in layers.values():
        for name in layer.uses - layers.keys():
            sys.exit(f"HACKING.md: {layer.name} may use {name}, which has no row")
    return layers


def reach(layers, name, below=()):
    """The layer and everything under it."""
    if name in below:
        sys.exit(f"HACKING.md: {name} lies under itself")
    found = {name}
    for other in layers[name].uses:
        found |= reach(layers, other, (*below, name))
    return found


def layer_of(layers, path):
    """The longest row that the folder of this path, relative to src/, lies in; None outside all of them."""
    parts = pathlib.PurePosixPath(path).parent.parts
    for n in range(len(parts), 0, -1):
        if "/".join(parts[:n]) in layers:
            return "/".join(parts[:n])
    return None


def library_of(header):
    for pattern, library in HEADERS:
        if pattern.match(header):
            return library
    return None


def check_c(root, layers, complaints):
    checked = 0
    for folder in ("src", "tests"):
        for path in sorted((root / folder).rglob("*.[chS]")):
            relative = path.relative_to(root / folder).as_posix()
            name = layer_of(layers, relative)
            if name is None:
                # tests/ has folders that are no layer's: harnesses that look at everything.
                if folder == "src":
                    complaints.append(f"{folder}/{relative}: its folder has no row in the table")
                continue
            allowed = reach(layers, name)
            checked += 1
            for bracket, header in INCLUDE.findall(path.read_text(encoding="utf-8")):
                where = f"{folder}/{relative}: includes {header}"
                if bracket == "<":
                    library = library_of(header)
                    if library and library not in layers[name].libraries and not (folder == "tests" and library == "glib"):
                        complaints.append(f"{where}, but {name} may not use {library}")
                    continue
                if header in ("config.h",) or (folder == "tests" and (path.parent / header).exists()):
                    continue
                other = layer_of(layers, header)
                if folder == "tests" and (header.startswith("tests/") or other in ("starter", "ops/ref")):
                    continue
                if other is None:
                    # Generated headers lie in the folder of the layer that makes them.
                    complaints.append(f"{where}, which is no full path from src/ to a layer")
                elif other not in allowed:
                    complaints.append(f"{where}, but {name} may not use {other}")
    return checked


def check_meson(root, layers, complaints):
    for name, layer in layers.items():
        path = root / "src" / name / "meson.build"
        if not path.exists():
            continue
        allowed = {other.replace("/", "_") for other in reach(layers, name)}
        own = name.replace("/", "_")
        text = re.sub(r"#.*", "", path.read_text(encoding="utf-8"))
        for other in re.findall(r"\blimn_(\w+?)_(?:dep|lib)\b", text):
            if other not in allowed and not other.startswith(own):
                complaints.append(f"src/{name}/meson.build: names limn_{other}, which {name} may not use")
        for other in re.findall(r"\b(?!limn_)(\w+?)_dep\b", text):
            library = DEPENDENCIES.get(other, other)
            if library and library not in layer.libraries:
                complaints.append(f"src/{name}/meson.build: names {other}_dep, but {name} may not use {library}")


def check_shaders(root, complaints):
    folder = root / "shaders"
    includes = {}
    for path in sorted(folder.rglob("*.comp")) + sorted(folder.rglob("*.glsl")):
        relative = path.relative_to(folder).as_posix()
        includes[relative] = []
        for _, header in INCLUDE.findall(path.read_text(encoding="utf-8")):
            target = header if header.startswith("lib/") else "lib/" + header
            if not (folder / target).exists() or ".." in header:
                complaints.append(f"shaders/{relative}: includes {header}, which is no file of shaders/lib")
            else:
                includes[relative].append(target)

    def walk(name, above):
        if name in above:
            complaints.append(f"shaders/{name}: includes itself through {' -> '.join(above)}")
            return
        for other in includes.get(name, []):
            walk(other, (*above, name))

    for name in includes:
        walk(name, ())
    return len(includes)


def main(root):
    layers = read_table(root)
    complaints = []
    sources = check_c(root, layers, complaints)
    check_meson(root, layers, complaints)
    shaders = check_shaders(root, complaints)
    if sources == 0:
        complaints.append("no source was found to check")
    for line in complaints:
        print(line, file=sys.stderr)
    print(f"{len(layers)} layers, {sources} sources, {shaders} shaders: {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
