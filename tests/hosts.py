"""The programs that tests run from outside: krmfn as it is installed, and the hosts it runs under."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
import termios
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import NoReturn

import pytest

import krmfn

REPOSITORY = Path(__file__).parent.parent
SOURCES = Path(krmfn.__file__).parent.parent
"""The folder that the package under test stands in."""
SEARCH_PATH = os.pathsep.join([str(REPOSITORY / ".hosts" / "bin"), os.environ.get("PATH", os.defpath)])
PATIENCE = 300
"""Seconds until a program counts as hanging."""

Finished = subprocess.CompletedProcess[str]


def require(program: str) -> None:
    """Skip the test when a program is missing or no host is wanted; fail it when all have to be there."""
    if os.environ.get("KRMFN_HOSTS") == "none":
        pytest.skip(f"KRMFN_HOSTS=none leaves out what {program} runs")
    if not find(program):
        absent(f"{program} is not on PATH")


def find(program: str) -> str | None:
    """Where a program is."""
    return shutil.which(program, path=SEARCH_PATH)


def absent(reason: str) -> NoReturn:
    """Skip the test because a host cannot be had, or fail it when all have to be there."""
    if os.environ.get("KRMFN_REQUIRE_HOSTS") == "1":
        pytest.fail(f"{reason}, and KRMFN_REQUIRE_HOSTS=1 asks for every host")
    pytest.skip(reason)


@contextmanager
def handled(number: signal.Signals, handler: signal.Handlers) -> Iterator[None]:
    """What is started meanwhile gets the signal like this; a shell may have it ignored in the background."""
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


class Workplace:
    """A folder to work in and an environment that has krmfn on PATH and nothing else of the developer's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "work"
        self.folder.mkdir()
        self._home = folder / "home"
        self._home.mkdir()
        (folder / "tmp").mkdir()

    @cached_property
    def krmfn(self) -> Path:
        """The program `krmfn`: the installed one, or a script that runs the module when it is not installed."""
        installed = Path(sysconfig.get_path("scripts"), "krmfn")
        if installed.exists():
            return installed
        script = self._home / "bin" / "krmfn"
        script.parent.mkdir()
        python = f"PYTHONPATH={shlex.quote(str(SOURCES))} exec {shlex.quote(sys.executable)}"
        script.write_text(f'#!/bin/sh\n{python} -m krmfn "$@"\n')
        script.chmod(0o755)
        return script

    @cached_property
    def environment(self) -> dict[str, str]:
        """What programs get to see: no config of the developer's, neither git's nor kustomize's."""
        names = ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL")
        return {
            "PATH": os.pathsep.join([str(self.krmfn.parent), SEARCH_PATH]),
            "HOME": str(self._home),
            # kustomize leaves files there when a plugin fails.
            "TMPDIR": str(self.folder.parent / "tmp"),
            # Set in most images and CI jobs; krmfn's output does not depend on it.
            "PYTHONUNBUFFERED": os.environ.get("PYTHONUNBUFFERED", ""),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{name}": "nobody@example.com" for name in names},
        }

    def write(self, files: Mapping[str, str]) -> None:
        """Write files, named by their path in the folder."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def read(self) -> dict[str, str]:
        """All files of the folder but git's, by their path in it."""
        return {
            str(path.relative_to(self.folder)): path.read_text(encoding="utf-8")
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and ".git" not in path.parts
        }

    def run(self, *command: str | Path, stdin: str = "", **environment: str) -> Finished:
        """Run a program in the folder."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**self.environment, **environment},
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )

    def on_a_terminal(
        self, *command: str | Path, folder: Path | None = None, columns: int = 100, **environment: str
    ) -> tuple[int, bytes]:
        """Run a program in the folder, or another one, with a terminal; its exit code and what the terminal got."""
        master, slave = os.openpty()
        termios.tcsetwinsize(slave, (24, columns))
        process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=folder or self.folder,
            env={**self.environment, **environment},
        )
        os.close(slave)
        shown = b""
        try:
            while data := os.read(master, 4096):
                shown += data
        except OSError:
            pass  # Linux says so when the last one has closed it
        os.close(master)
        return process.wait(PATIENCE), shown

    def commit(self) -> None:
        """Make the folder a git repository with all that is in it."""
        for command in ("init --quiet", "add --all", "commit --quiet --message=before"):
            self.run("git", *command.split()).check_returncode()

    def diff(self) -> str:
        """What has changed since the commit, new and deleted files included."""
        self.run("git", "add", "--all").check_returncode()
        return self.run("git", "diff", "--cached", "HEAD").stdout
