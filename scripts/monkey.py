#!/usr/bin/env python3
"""A monkey at the real window: clicks, keys, drags, wheel, typing, sizes, dropped files, with a fixed seed, under Xvfb.

    scripts/monkey.py PROGRAM [CATALOGUE...] [--acts 10000] [--seed 1]

PROGRAM is the built shoespace; each catalogue is opened in its turn. It wants Xvfb, Mesa's lavapipe and python-xlib. Told are panics,
how often the program ended by itself, the longest time in which its window did not answer a ping of the window manager's kind, and
whether what it saved can be read. With --kills it is killed so often, at random acts, and must come up again with all that it had saved
whole. Dropped are files of --drop, and some that are none of anything. The program has a home of its own,
which goes.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from Xlib import X, XK, display, protocol
from Xlib.ext import xtest

SCREEN = (1600, 1000)
HANG = 2.0  # seconds without an answer
KEYS = list("wasdqefcgphljkrtnmxzuio1234567890") + ["question", "slash", "plus", "minus"] + [
    "Tab", "Escape", "Return", "space", "Left", "Right", "Up", "Down", "Home", "End", "Delete", "BackSpace", "F1", "F11", "Prior", "Next"]
CHORDS = ["k", "z", "y", "s", "f", "a", "o", "c", "v"]
WORDS = ["boot", "black", "sandal", "price<3", "\"", "home", "settings", "grid", "neighbourhoods", "0", "/tmp", "#aa3322", "zzzz"]


class Window:
    def __init__(self, name):
        self.x = display.Display(name)
        self.root = self.x.screen().root
        self.window = None
        self.root.change_attributes(event_mask=X.SubstructureNotifyMask)
        self.ping, self.protocols = self.x.intern_atom("_NET_WM_PING"), self.x.intern_atom("WM_PROTOCOLS")
        # What files are dragged from.
        self.source = self.root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)

    def find(self, seconds):
        until = time.time() + seconds
        while time.time() < until:
            for child in self.root.query_tree().children:
                size = child.get_geometry()
                if child.get_attributes().map_state == X.IsViewable and size.width > 100:
                    self.window = child
                    child.set_input_focus(X.RevertToParent, X.CurrentTime)
                    self.x.sync()
                    return True
            time.sleep(0.1)
        return False

    def send(self, kind, detail=0, x=0, y=0):
        xtest.fake_input(self.x, kind, detail, x=x, y=y)
        self.x.flush()

    def move(self, x, y):
        self.send(X.MotionNotify, x=x, y=y)

    def click(self, button, times=1):
        for _ in range(times):
            self.send(X.ButtonPress, button)
            self.send(X.ButtonRelease, button)

    def key(self, name, *held):
        codes = [self.x.keysym_to_keycode(XK.string_to_keysym(k)) for k in (*held, name)]
        codes = [code for code in codes if code]  # the server takes no others
        for code in codes:
            self.send(X.KeyPress, code)
        for code in reversed(codes):
            self.send(X.KeyRelease, code)

    def type(self, text):
        names = {" ": "space", "<": "less", "\"": "quotedbl", "/": "slash", "#": "numbersign", ",": "comma"}
        for letter in text:
            name = names.get(letter, letter)
            self.key(name, *(["Shift_L"] if letter in "<\"#" else []))

    def drop(self, files, x, y):
        """Drops files at a place, as a file manager does (XDND, version 5)."""
        atom = self.x.intern_atom
        uris, selection = atom("text/uri-list"), atom("XdndSelection")
        self.source.set_selection_owner(selection, X.CurrentTime)
        at = x << 16 | y  # without a window manager the window lies in the corner
        for name, data in [
            ("XdndEnter", [self.source.id, 5 << 24, uris, 0, 0]),
            ("XdndPosition", [self.source.id, 0, at, X.CurrentTime, atom("XdndActionCopy")]),
            ("XdndDrop", [self.source.id, 0, X.CurrentTime, 0, 0]),
        ]:
            event = protocol.event.ClientMessage(window=self.window, client_type=atom(name), data=(32, data))
            self.window.send_event(event)
            self.x.flush()
            until = time.time() + 0.1
            while time.time() < until:
                while self.x.pending_events():
                    got = self.x.next_event()
                    if got.type == X.SelectionRequest:
                        text = "".join(f"file://{file}\r\n" for file in files).encode()
                        got.requestor.change_property(got.property, got.target, 8, text)
                        got.requestor.send_event(protocol.event.SelectionNotify(
                            time=got.time, requestor=got.requestor, selection=got.selection, target=got.target, property=got.property))
                        self.x.flush()
                time.sleep(0.005)

    def answer(self):
        """Seconds until the window answers a ping; none where it is gone."""
        stamp = random.getrandbits(30)
        event = protocol.event.ClientMessage(window=self.window, client_type=self.protocols,
                                             data=(32, [self.ping, stamp, self.window.id, 0, 0]))
        self.window.send_event(event)
        self.x.flush()
        began = time.time()
        while time.time() - began < 30:
            while self.x.pending_events():
                got = self.x.next_event()
                if got.type == X.ClientMessage and got.client_type == self.protocols and got.data[1][1] == stamp:
                    return time.time() - began
            time.sleep(0.005)
        return 30.0


def act(window, rng, files):
    size = window.window.get_geometry()
    at = lambda: (rng.randrange(max(size.width, 1)), rng.randrange(max(size.height, 1)))
    kind = rng.random()
    if kind < 0.42:
        window.move(*at())
        window.click(rng.choices([1, 2, 3], [8, 1, 2])[0], rng.choices([1, 2], [6, 1])[0])
    elif kind < 0.60:
        window.key(rng.choice(KEYS))
    elif kind < 0.66:
        window.key(rng.choice(CHORDS), "Control_L")
    elif kind < 0.80:
        window.move(*at())
        button = rng.choice([1, 1, 3])
        window.send(X.ButtonPress, button)
        for _ in range(rng.randrange(1, 8)):
            window.move(*at())
            time.sleep(0.01)
        window.send(X.ButtonRelease, button)
    elif kind < 0.90:
        window.move(*at())
        window.click(rng.choice([4, 5]), rng.randrange(1, 12))
    elif kind < 0.97:
        window.type(rng.choice(WORDS))
        if rng.random() < 0.5:
            window.key("Return")
    elif kind < 0.98:
        window.drop(rng.sample(files, rng.choice([1, 1, 1, 2])), *at())
    else:
        window.window.configure(width=rng.randrange(120, SCREEN[0]), height=rng.randrange(90, SCREEN[1]))
    window.x.sync()


def unreadable(home):
    """What the program saved and what cannot be read of it: sessions, settings and designs, and the pictures of those."""
    broken = []
    for file in home.rglob("*.json"):
        try:
            json.loads(file.read_text())
        except ValueError as error:
            broken.append(f"{file.name}: {error}")
    for file in home.rglob("designs/*.png"):
        if not file.read_bytes().endswith(b"IEND\xaeB\x60\x82"):
            broken.append(f"{file.name}: cut short")
    return broken


def end(program):
    """Asks the program to end, and kills it where it does not."""
    program.send_signal(signal.SIGTERM)
    try:
        program.wait(20)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("catalogues", nargs="*")
    parser.add_argument("--acts", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=0, help="so often it is killed by SIGKILL and started again")
    parser.add_argument("--drop", nargs="*", default=[], help="files and folders that are dropped on the window")
    parser.add_argument("--keep", help="a folder for what the program said and saved")
    arguments = parser.parse_args()
    home = pathlib.Path(tempfile.mkdtemp(prefix="monkey-"))
    name = f":{50 + os.getpid() % 40}"
    server = subprocess.Popen(["Xvfb", name, "-screen", "0", f"{SCREEN[0]}x{SCREEN[1]}x24", "-nolisten", "tcp"], stderr=subprocess.DEVNULL)
    time.sleep(1.5)
    environment = dict(os.environ, DISPLAY=name, HOME=str(home))
    for key in ("WAYLAND_DISPLAY", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        environment.pop(key, None)
    rng, done, ended, slow, longest, codes = random.Random(arguments.seed), 0, 0, 0, 0.0, []
    asked = False  # whether the program was asked to end
    killed, broken = 0, []
    kills = set(rng.sample(range(50, max(arguments.acts, 51)), min(arguments.kills, max(arguments.acts - 50, 0))))
    window, program, log = Window(name), None, home / "log"
    catalogues = arguments.catalogues or [None]
    nothing, cut = home / "nothing.txt", home / "cut.png"
    nothing.write_text("no shoe")
    cut.write_bytes(b"\x89PNG\r\n\x1a\n")
    files = [os.path.abspath(file) for file in arguments.drop] + [str(nothing), str(cut), str(home / "gone.parquet"), str(home / "empty")]
    (home / "empty").mkdir()
    try:
        while done < arguments.acts:
            if program is None or program.poll() is not None:
                if program is not None:
                    ended += not asked
                    codes.append(program.returncode)
                asked = False
                which = catalogues[min(len(catalogues) - 1, done * len(catalogues) // arguments.acts)]
                command = [arguments.program] + ([which] if which else [])
                program = subprocess.Popen(command, env=environment, cwd=home, stdout=log.open("ab"), stderr=subprocess.STDOUT)
                if not window.find(60):
                    sys.exit(f"no window within a minute: {log.read_text()[-2000:]}")
                time.sleep(1)
            try:
                act(window, rng, files)
                done += 1
                time.sleep(0.01)
                if done % 25 == 0:
                    seconds = window.answer()
                    if program.poll() is None:
                        longest, slow = max(longest, seconds), slow + (seconds > HANG)
                if done in kills:
                    asked = True
                    killed += 1
                    program.kill()
                    program.wait()
                    broken += unreadable(home)
                elif len(catalogues) > 1 and done % max(arguments.acts // len(catalogues), 1) == 0:
                    asked = True
                    end(program)
            except Exception as error:  # the window is gone: the program ended between two acts
                if type(error).__module__.partition(".")[0] != "Xlib":
                    raise
                time.sleep(0.5)
                if program.poll() is None and not window.find(10):
                    sys.exit(f"the window is gone and the program is not: {error}")
        if program.poll() is None:
            end(program)
        codes.append(program.returncode)
    finally:
        if program and program.poll() is None:
            program.kill()
        server.kill()
    said = log.read_text(errors="replace")
    faults = [str(f) for f in home.rglob("faults/*") if f.is_file()]
    saved = sum(1 for _ in home.rglob("*.json"))
    broken += unreadable(home)
    print(f"acts {done}, seed {arguments.seed}; killed {killed}; panics {said.count('panicked')}, reports {len(faults)}; ended by itself {ended}, exit codes {codes}; "
          f"longest without an answer {longest:.2f} s, above {HANG:.0f} s {slow}; saved files {saved}, broken {len(broken)} {broken}")
    lines = said.splitlines()
    for at, line in enumerate(lines):
        if "panicked" in line:
            print("\n".join(lines[at : at + 30]))
    if arguments.keep:
        shutil.copytree(home, arguments.keep, dirs_exist_ok=True)
    shutil.rmtree(home, ignore_errors=True)
    bad = [code for code in codes if code not in (0, 130, -signal.SIGKILL)]
    sys.exit(1 if "panicked" in said or faults or broken or slow or bad else 0)


if __name__ == "__main__":
    main()
