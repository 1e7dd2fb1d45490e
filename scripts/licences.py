#!/usr/bin/env python3
"""Prints the licences of everything that is linked into the binary: ours, then those of each dependency, from
`cargo metadata` and the sources that Cargo has fetched. Each text is printed once."""

import collections
import json
import pathlib
import re
import subprocess

TEXT = re.compile(r"licen[cs]e|copying|notice|unlicense|copyright|\bofl\b|\bufl\b", re.IGNORECASE)


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


def main():
    users = collections.OrderedDict()
    print("shoespace is made of the following packages.\n")
    for package in linked():
        name = f"{package['name']} {package['version']}"
        authors = ", ".join(package["authors"])
        print(f"{name}: {package['license'] or 'see its text'}{', by ' + authors if authors else ''}")
        for text in texts(package):
            users.setdefault(text, []).append(name)
    for text, names in users.items():
        print(f"\n{'=' * 100}\n{', '.join(names)}\n{'-' * 100}\n{text}")


if __name__ == "__main__":
    main()
