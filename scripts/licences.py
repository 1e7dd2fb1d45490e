#!/usr/bin/env python3
"""Prints the licences of everything that is linked into the binary: ours, then those of each dependency, from
`cargo metadata` and the sources that Cargo has fetched. Each text is printed once. A package that comes without a
text gets that of another package: of the same authors, or one that names no holder. Its line says so."""

import collections
import json
import pathlib
import re
import subprocess
import sys

TEXT = re.compile(r"licen[cs]e|copying|notice|unlicense|copyright|\bofl\b|\bufl\b", re.IGNORECASE)

# By what words a text is known, for packages that come without one, and whether it names no holder and so may be
# another package's: best first.
KNOWN_BY = {
    "Apache-2.0": (r"Apache License\s+Version 2\.0", True),
    "CC0-1.0": (r"CC0 1\.0 Universal", True),
    "MIT": (r"Permission is hereby granted, free of charge", False),
    "BSD-3-Clause": (r"Neither the names? ", False),
}


def run(*command):
    return subprocess.run(["cargo", *command], check=True, capture_output=True, text=True).stdout


def linked():
    """The packages that the binary is made of. (The metadata alone would count what only other platforms need.)"""
    tree = run("tree", "--edges=normal,no-proc-macro", "--prefix=none", "--format={p}")
    names = {tuple(line.split()[:2]) for line in tree.splitlines() if line}
    packages = json.loads(run("metadata", "--format-version=1"))["packages"]
    found = [p for p in packages if (p["name"], "v" + p["version"]) in names]
    return sorted(found, key=lambda p: (p["name"], p["version"]))


def texts(package):
    """The licence texts that come with a package."""
    folder = pathlib.Path(package["manifest_path"]).parent
    files = [f for f in folder.glob("*") if f.is_file() and TEXT.search(f.name)]
    if package["source"]:
        # Fonts and C sources that come with a package have their own.
        files += [f for f in folder.glob("*/**/*") if f.suffix in ("", ".txt", ".md") and f.is_file() and TEXT.search(f.name)]
    return [f.read_text(errors="replace").strip() for f in sorted(files)]


def title(package):
    return f"{package['name']} {package['version']}"


def text_of_another(package, found):
    """The package and the text that stand in for a package without one. `found`: pairs of package and texts."""
    same = [pair for pair in found if set(pair[0]["authors"]) & set(package["authors"])]
    choices = [choice.strip("() ") for choice in re.split(r" OR |/", package["license"] or "")]
    for licence, (words, anybody) in KNOWN_BY.items():
        for other, its in same + (found if anybody else []) if licence in choices else []:
            for text in its:
                if re.search(words, text):
                    return other, text
    sys.exit(
        f"{title(package)} comes without the text of its licence ({package['license']}), and no other package here has "
        "it; see KNOWN_BY in scripts/licences.py"
    )


def main():
    users = collections.OrderedDict()
    print("shoespace is made of the following packages.\n")
    found = [(package, texts(package)) for package in linked()]
    for package, its in found:
        authors = ", ".join(package["authors"])
        line = f"{title(package)}: {package['license'] or 'see its text'}{', by ' + authors if authors else ''}"
        if not its:
            other, text = text_of_another(package, found)
            its = [text]
            line += f" (comes without a text; that of {title(other)} is given)"
        print(line)
        for text in its:
            users.setdefault(text, []).append(title(package))
    for text, names in users.items():
        print(f"\n{'=' * 100}\n{', '.join(names)}\n{'-' * 100}\n{text}")


if __name__ == "__main__":
    main()
