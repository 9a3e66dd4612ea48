#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every XML file of the tree can be read, says its licence, and every template and icon is used.

    check-xml.py SOURCE_ROOT

Templates (ui/*.ui) and own icons (data/icons/scalable) get into the program only through a .gresource.xml; one that is
named in none is forgotten. Margins and alignments are never "left" or "right", which would stay there in a
right-to-left language.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

FOLDERS = ("data", "ui", "src", "po")
KINDS = ("*.ui", "*.svg", "*.xml", "*.xml.in")
SIDED = re.compile(r'name="margin-(left|right)"|<property name="(?:halign|xalign)">(?:left|right)<')


def main(root):
    bad = []
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

    for path in [*(root / "ui").rglob("*.ui"), *(root / "data/icons/scalable").rglob("*.svg")]:
        if path.name not in bundled:
            bad.append(f"{path.relative_to(root)}: named in no .gresource.xml")
    for line in bad:
        print(line, file=sys.stderr)
    print(f"{len(paths)} files: {len(bad)} complaints")
    return 1 if bad or not paths else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
