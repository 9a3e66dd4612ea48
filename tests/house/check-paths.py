#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""No file of the project names a place of the machine it was made on, such as somebody's home folder.

    check-paths.py SOURCE_ROOT
"""
import pathlib
import re
import subprocess
import sys

PLACE = re.compile(rb"(?<![\w.})$~*-])/(home|root|Users|work|tmp|mnt|media|srv)/[\w.~$-]")


def files(root):
    """What git tracks; in a tree that is no checkout, everything but builds."""
    git = subprocess.run(["git", "-c", "safe.directory=*", "-C", root, "ls-files", "-z"], capture_output=True, check=False)
    if git.returncode == 0 and git.stdout:
        return [root / name for name in git.stdout.decode().split("\0") if name]
    return [path for path in root.rglob("*") if not path.relative_to(root).parts[0].startswith(("_build", ".git"))]


def main(root):
    bad = 0
    for path in files(root):
        if not path.is_file():
            continue
        data = path.read_bytes()
        if b"\0" in data:
            continue
        for number, line in enumerate(data.splitlines(), 1):
            if PLACE.search(line):
                print(f"{path.relative_to(root)}:{number}: {line.decode(errors='replace').strip()}", file=sys.stderr)
                bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
