#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every pitfall in HACKING.md names a test, and that test exists.

    check-pitfalls.py SOURCE_ROOT

A test program may put a prefix before the names of its tests, so the end of a name, from any of its slashes on, is
looked for between quotes in tests/.
"""
import pathlib
import re
import sys


def main(root):
    text = (root / "HACKING.md").read_text(encoding="utf-8").split("\n## Pitfalls\n")[1]
    sources = "".join(path.read_text(encoding="utf-8") for path in sorted((root / "tests").rglob("*.c")))
    pitfalls = re.split(r"(?m)^\* ", text)[1:]
    complaints = []
    for pitfall in pitfalls:
        title = pitfall.split("**")[1].replace("\n", " ") if "**" in pitfall else pitfall[:60]
        tests = re.findall(r"Tests?:\s+(.*)", pitfall, re.DOTALL)
        names = re.findall(r"`(/[a-z0-9/_-]+)`", tests[0]) if tests else []
        if not names:
            complaints.append(f"'{title}' names no test")
        for name in names:
            parts = name.strip("/").split("/")
            ends = ["/" + "/".join(parts)] + ["/".join(parts[i:]) for i in range(len(parts))]
            if not any(f'"{end}"' in sources for end in ends):
                complaints.append(f"'{title}': there is no test {name}")
    for line in complaints:
        print("HACKING.md, Pitfalls:", line, file=sys.stderr)
    print(f"{len(pitfalls)} pitfalls, {len(complaints)} complaints")
    return 1 if complaints or not pitfalls else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
