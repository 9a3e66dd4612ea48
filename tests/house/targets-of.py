#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be built before some suites can be run.

    targets-of.py BUILD_FOLDER SUITE...

Prints ninja's names of it, one a line.
"""
import json
import os
import subprocess
import sys


def introspect(folder, what):
    return json.loads(subprocess.run(["meson", "introspect", folder, what], check=True, stdout=subprocess.PIPE).stdout)


def main(folder, suites):
    files = {target["id"]: target["filename"] for target in introspect(folder, "--targets")}
    wanted = {f"limn:{suite}" for suite in suites}
    needed = {target for test in introspect(folder, "--tests") if wanted & set(test["suite"]) for target in test["depends"]}
    for target in sorted(needed):
        for path in files[target]:
            print(os.path.relpath(path, folder))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
