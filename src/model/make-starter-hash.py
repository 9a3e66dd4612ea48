#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the SHA-256 of the embedded model's weights as a C table.

    make-starter-hash.py OUTPUT FOLDER FILE...

The row without a file is the hash over all files, one after the other, in the order given.
"""
import hashlib
import pathlib
import sys

output, folder, *files = sys.argv[1:]
whole = hashlib.sha256()
rows = []
for name in files:
    data = (pathlib.Path(folder) / name).read_bytes()
    whole.update(data)
    rows.append(f'  {{ "{name}", "{hashlib.sha256(data).hexdigest()}" }},\n')
rows.append(f'  {{ NULL, "{whole.hexdigest()}" }},\n')
pathlib.Path(output).write_text(
    "/* Made by make-starter-hash.py. */\n"
    "static const struct\n{\n  const char *file;\n  const char *hash;\n} limn_starter_hashes[] = {\n"
    + "".join(rows) + "};\n", encoding="utf-8")
