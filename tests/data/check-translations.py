#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every text for people can be translated, and every language of po/LINGUAS translates all of them.

    check-translations.py SOURCE_ROOT

  - po/POTFILES.in names exactly the files that hold such texts;
  - each language passes msgfmt --check, with nothing untranslated and nothing fuzzy;
  - and has every text that xgettext finds in the sources today, not only those of the day it was last merged.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

# Strings stay, what looks like a comment within them too.
STRING_OR_COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
CALL = re.compile(r'(?<![A-Za-z0-9_])(?:_|N_|C_|NC_|Q_|gettext|ngettext|g_dngettext|g_dpgettext2)\s*\(\s*(?:[A-Z_]+\s*,\s*)?"')
# As meson's preset "glib" calls it.
XGETTEXT = ["xgettext", "--from-code=UTF-8", "--add-comments", "--keyword=_", "--keyword=N_", "--keyword=C_:1c,2",
            "--keyword=NC_:1c,2", "--keyword=g_dcgettext:2", "--keyword=g_dngettext:2,3", "--keyword=g_dpgettext2:2c,3"]


def words(path):
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines()
            if line.strip() and not line.startswith("#")]


def translatable(root):
    """What must stand in POTFILES.in."""
    found = set()
    for path in [*(root / "src").rglob("*.c"), *(root / "src").rglob("*.h")]:
        text = STRING_OR_COMMENT.sub(lambda match: match.group(1) or " ", path.read_text(encoding="utf-8"))
        if CALL.search(text):
            found.add(path)
    found |= {path for path in (root / "ui").rglob("*.ui") if 'translatable="' in path.read_text(encoding="utf-8")}
    found |= set((root / "data").glob("*.desktop.in")) | set((root / "data").glob("*.metainfo.xml.in"))
    found |= {path for path in (root / "data").glob("*.gschema.xml") if "gettext-domain" in path.read_text(encoding="utf-8")}
    return {path.relative_to(root).as_posix() for path in found}


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"},
                          **options)


def check_language(root, template, language):
    path = root / "po" / f"{language}.po"
    if not path.exists():
        return [f"po/LINGUAS names {language}, but there is no po/{language}.po"]
    result = run(["msgfmt", "--check", "--statistics", "-o", "/dev/null", str(path)])
    bad = []
    if result.returncode != 0 or re.search(r"fuzzy|untranslated", result.stderr):
        bad.append(f"po/{language}.po: {result.stderr.strip()}")
    result = run(["msgcmp", str(path), str(template)])
    if result.returncode != 0:
        lines = result.stderr.strip().splitlines()
        bad.append(f"po/{language}.po lacks texts of the sources (ninja limn-update-po brings them):")
        bad += lines[:40]
    return bad


def main(root):
    bad = []
    listed = words(root / "po/POTFILES.in")
    wanted = translatable(root)
    bad += [f"po/POTFILES.in lacks {name}" for name in sorted(wanted - set(listed))]
    bad += [f"po/POTFILES.in names {name}, which has nothing to translate" for name in sorted(set(listed) - wanted)]
    bad += [f"po/POTFILES.in names {name} twice" for name in sorted({name for name in listed if listed.count(name) > 1})]
    languages = words(root / "po/LINGUAS")
    bad += [f"po/LINGUAS lacks {path.stem}" for path in (root / "po").glob("*.po") if path.stem not in languages]

    with tempfile.TemporaryDirectory() as folder:
        template = pathlib.Path(folder) / "limn.pot"
        result = run([*XGETTEXT, "-f", "po/POTFILES.in", "-o", str(template)], cwd=root)
        if result.returncode != 0 or "warning" in result.stderr:
            bad.append(f"xgettext: {result.stderr.strip()}")
        else:
            texts = len(re.findall(r"^msgid ", template.read_text(encoding="utf-8"), re.MULTILINE)) - 1
            for language in languages:
                bad += check_language(root, template, language)
    for line in bad:
        print(line, file=sys.stderr)
    if not bad:
        print(f"{len(listed)} files, {texts} texts, {len(languages)} languages")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
