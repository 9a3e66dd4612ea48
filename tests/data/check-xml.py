#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every XML file of the tree can be read and says its licence; every template and icon is bundled, every icon named is there.

    check-xml.py SOURCE_ROOT

Templates (ui/*.ui) and own icons (data/icons/actions) get into the program only through a .gresource.xml; one that is
named in none is forgotten. A symbolic icon that the program names is one of these or one of the Adwaita theme, where that
is installed: newer versions of the theme have fewer. Margins and alignments are never "left" or "right", which would stay
there in a right-to-left language. The metainfo says of each screenshot how large it is, and names all that there are.
"""
import os
import pathlib
import re
import struct
import sys
import xml.etree.ElementTree as ElementTree

FOLDERS = ("data", "ui", "src", "po")
KINDS = ("*.ui", "*.svg", "*.xml", "*.xml.in")
SIDED = re.compile(r'name="margin-(left|right)"|<property name="(?:halign|xalign)">(?:left|right)<')
ICON = re.compile(r'[">]([a-z][a-z0-9]*(?:-[a-z0-9]+)*-symbolic)["<]')


def theme_icons():
    """Names of the Adwaita theme's icons; none where it is not installed."""
    folders = os.environ.get("XDG_DATA_DIRS", "/usr/local/share:/usr/share").split(":")
    return {path.stem for folder in folders for path in pathlib.Path(folder, "icons/Adwaita").rglob("*-symbolic.svg")}


def check_icons(root):
    known = theme_icons()
    if not known:
        return []
    known |= {path.stem for path in (root / "data/icons").rglob("*.svg")}
    sources = [*(root / "ui").rglob("*.ui"), *(root / "src/app").rglob("*.c")]
    return [f"{path.relative_to(root)}: there is no icon {name}" for path in sources
            for name in ICON.findall(path.read_text(encoding="utf-8")) if name not in known]


def check_styles(root):
    """GTK ignores what follows an error."""
    bad = []
    for path in (root / "ui").glob("*.css"):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        if "{" in re.sub(r"[^{}]*\{[^{}]*\}", "", text) or text.count("{") != text.count("}"):
            bad.append(f"{path.relative_to(root)}: a block within a block, or braces without their partners")
    return bad


def read_size(path):
    """Width and height of a PNG, as texts."""
    data = path.read_bytes()[:24]
    return [str(number) for number in struct.unpack(">II", data[16:24])] if data[:8] == b"\x89PNG\r\n\x1a\n" else ["?", "?"]


def check_screenshots(root):
    bad = []
    folder = root / "data/screenshots"
    named = set()
    for path in (root / "data").glob("*.metainfo.xml.in"):
        try:
            images = list(ElementTree.parse(path).iter("image"))
        except ElementTree.ParseError: # said elsewhere
            continue
        for image in images:
            shot = folder / pathlib.PurePath(image.text or "").name
            named.add(shot.name)
            said = [image.get("width"), image.get("height")]
            if not shot.is_file():
                bad.append(f"{path.name}: there is no data/screenshots/{shot.name}")
            elif said != read_size(shot):
                bad.append(f"{path.name}: {shot.name} has {'x'.join(read_size(shot))} pixels, not {said[0]}x{said[1]}")
    return bad + [f"data/screenshots/{shot.name}: named in no metainfo" for shot in sorted(folder.glob("*.png")) if shot.name not in named]


def main(root):
    bad = check_screenshots(root) + check_icons(root) + check_styles(root)
    paths = [path for folder in FOLDERS for kind in KINDS for path in sorted((root / folder).rglob(kind))]
    bundled = set()
    for path in paths:
        name = path.relative_to(root)
        text = path.read_text(encoding="utf-8")
        try:
            tree = ElementTree.fromstring(text.encode())
        except ElementTree.ParseError as error:
            bad.append(f"{name}: {error}")
            continue
        if "SPDX-License-Identifier: " not in text:
            bad.append(f"{name}: says no licence")
        if path.suffix == ".ui" and SIDED.search(text):
            bad.append(f"{name}: left or right where start or end is meant")
        bundled |= {pathlib.PurePath((file.text or "").strip()).name for file in tree.iter("file")}

    for path in [*(root / "ui").rglob("*.ui"), *(root / "data/icons/actions").rglob("*.svg")]:
        if path.name not in bundled:
            bad.append(f"{path.relative_to(root)}: named in no .gresource.xml")
    for line in bad:
        print(line, file=sys.stderr)
    print(f"{len(paths)} files: {len(bad)} complaints")
    return 1 if bad or not paths else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
