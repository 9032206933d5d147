"""Output of every command: written whole, or exit code 1; and messages, whose loss changes nothing of that.

Each fault is met with and without Python's buffer, which PYTHONUNBUFFERED takes away: images and CI jobs often set it.
"""

import ast
import errno
import fcntl
import io
import json
import os
import resource
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path
from typing import IO, NamedTuple

import hosts
import pytest

from krmfn import commands
from krmfn.commands.check import formats as check
from krmfn.commands.explain import formats as explain
from krmfn.commands.patches import formats as patches
from krmfn.krm import streams

SOURCES = sorted((hosts.SOURCES / "krmfn").rglob("*.py"))
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: a%d, generateName: a}
spec:
  serviceAccountName: builder-%d
  containers:
  - name: a
    image: nginx
"""
MANIFESTS = "---\n".join(POD % (i, i) for i in range(100))
FILES = {
    "web.yaml": MANIFESTS,
    "kustomization.yaml": "resources: [web.yaml]\n",
    "config.json": json.dumps({"auths": {"registry.example.com": {"auth": "dXNlcjpwYXNzd29yZA=="}}}),
}
CONTENT = "a.example.com/note=" + "x" * 5000
SECRET = f"secret --from config.json --registry registry.example.com --annotation {CONTENT}"
LONG = {
    "function": "--secret regcred",
    "function-as-file": "--secret regcred --stdin-filename web.yaml",
    "cmp-generate": "cmp generate --secret regcred -- cat web.yaml",
    "secret": SECRET,
    "diff": "diff web.yaml",
    "check": "check web.yaml",
    "check-json": "check --format json web.yaml",
    "check-junit": "check --format junit web.yaml",
    "check-sarif": "check --format sarif web.yaml",
    "check-github": "check --format github web.yaml",
    "check-gitlab": "check --format gitlab web.yaml",
    "check-azure": "check --format azure web.yaml",
    "check-stdin": "check",
    "explain": "explain web.yaml",
    "explain-json": "explain --format json web.yaml",
    "explain-csv": "explain --format csv web.yaml",
    "explain-stdin": "explain --format json",
    "patches": "patches --secret regcred -",
    "patches-flux": "patches --format flux -",
    "kinds": "kinds",
    "kinds-json": "kinds --format json",
    "schema": "schema",
    "completion": "completion zsh",
    "init": "init --output -",
}
SHORT = {
    "explain-overview": "explain --format overview web.yaml",
    "cmp-parameters": "cmp parameters",
    "cmp-discover": "cmp discover",
    "help": "--help",
    "help-below": "cmp generate --help",
    "version": "--version",
}
COMMANDS = LONG | SHORT
WRITES_FILES = {"fix", "new"}
LONGER_THAN_A_PIPE = 4096
SOME = ["function", "cmp-generate", "secret", "diff", "check-json", "explain-json"]


def of_each(names: Iterable[str]) -> pytest.MarkDecorator:
    """A test of each command; those of one command run in one process, where what it does otherwise is known."""
    return pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in names])


def test_every_command_and_format_is_among_them() -> None:
    assert {line.split()[0] for line in COMMANDS.values()} >= {*commands.COMMANDS} - WRITES_FILES
    for command, formats in (
        ("check", check.FORMATS),
        ("explain", explain.FORMATS),
        ("patches", patches.FORMATS),
    ):
        named = {line.partition("--format ")[2].split(" ")[0] for line in COMMANDS.values() if line.startswith(command)}
        assert named >= {*formats} - {"human", "table", "component"}, "a line for each format"


each_command = of_each(COMMANDS)
each_long_command = of_each(LONG)
some_commands = of_each(SOME)


class Ended(NamedTuple):
    """What became of a command."""

    code: int
    output: bytes
    said: str


class Place(hosts.Workplace):
    """A folder with manifests, and krmfn run there with streams that are not as they should be."""

    def start(
        self, arguments: Sequence[str], stdout: int | IO[bytes], stderr: int | IO[bytes]
    ) -> subprocess.Popen[bytes]:
        with (self.folder / "web.yaml").open("rb") as stdin:
            return subprocess.Popen(
                [self.krmfn, *arguments],
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                cwd=self.folder,
                env=self.environment,
            )

    def end(self, name: str, stdout: int | IO[bytes]) -> Ended:
        """Run a command; its output is not looked at."""
        with self.start(COMMANDS[name].split(), stdout, subprocess.PIPE) as process:
            _, said = process.communicate(timeout=hosts.PATIENCE)
        return Ended(process.returncode, b"", said.decode())

    def end_in_pipe(self, name: str, read: Callable[[int], bytes], blocking: bool) -> Ended:
        """Run a command that writes into a small pipe, from which `read` reads as it likes."""
        reader, writer = pipe(blocking)
        with (self.folder.parent / "said").open("w+b") as said:
            with self.start(COMMANDS[name].split(), writer, said) as process:
                os.close(writer)
                output = read(reader)
                os.close(reader)
                process.wait(hosts.PATIENCE)
            said.seek(0)
            return Ended(process.returncode, output, said.read().decode())


@pytest.fixture
def place(tmp_path: Path, buffering: str) -> Place:  # noqa: ARG001 - what it sets is read by hosts.Workplace
    made = Place(tmp_path)
    made.write(FILES)
    return made


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Ended]:
    """What a command does where nothing is in its way."""
    place = Place(tmp_path_factory.mktemp("whole"))
    place.write(FILES)

    @cache
    def ended(name: str) -> Ended:
        with place.start(COMMANDS[name].split(), subprocess.PIPE, subprocess.PIPE) as process:
            output, said = process.communicate(timeout=hosts.PATIENCE)
        assert process.returncode in {0, int(name.startswith("check"))}
        assert name in SHORT or len(output) > LONGER_THAN_A_PIPE
        return Ended(process.returncode, output, said.decode())

    return ended


def pipe(blocking: bool = True) -> tuple[int, int]:
    """A pipe as small as there is one; its writing end does not wait unless `blocking`."""
    if not hasattr(fcntl, "F_SETPIPE_SZ"):
        pytest.skip("the size of a pipe cannot be set here")
    reader, writer = os.pipe()
    assert fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 1) <= LONGER_THAN_A_PIPE
    os.set_blocking(writer, blocking)
    return reader, writer


def held(reader: int) -> int:
    """How many bytes are in a pipe."""
    (number,) = struct.unpack("i", fcntl.ioctl(reader, termios.FIONREAD, b"\0" * 4))
    return int(number)


def full_device() -> IO[bytes]:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    return Path("/dev/full").open("wb", buffering=0)


@contextmanager
def files_of_at_most(limit: int) -> Iterator[None]:
    """What is started meanwhile can make no larger file: that stands for a disk that fills up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def slowly(reader: int) -> bytes:
    """Read all, in bits, and begin when the pipe is full or nobody writes any more."""
    data = os.read(reader, 1)
    time.sleep(0.1)
    while bit := os.read(reader, 997):
        data += bit
    return data


def a_part(reader: int) -> bytes:
    return os.read(reader, 100)


def nothing(_: int) -> bytes:
    return b""


# Output


@each_command
@pytest.mark.parametrize("buffering", ["1"], ids=["unbuffered"], indirect=True)
def test_output_that_no_room_is_left_for_is_an_error(
    name: str, place: Place, whole: Callable[[str], Ended], tmp_path: Path
) -> None:
    size = len(whole(name).output)
    limit = size // 2
    with (tmp_path / "out").open("wb") as out, files_of_at_most(limit):
        ended = place.end(name, out)
    message = f"error: cannot write the output: File too large; discard the {limit} of {size} bytes that were written\n"
    assert ended.code == 1
    assert ended.said.endswith(message)
    assert (tmp_path / "out").stat().st_size == limit


@each_long_command
@pytest.mark.parametrize("buffering", ["1"], ids=["unbuffered"], indirect=True)
def test_pipe_that_does_not_wait_is_waited_for(name: str, place: Place, whole: Callable[[str], Ended]) -> None:
    assert place.end_in_pipe(name, slowly, blocking=False) == whole(name)


@some_commands
@pytest.mark.parametrize("buffering", [""], ids=["buffered"], indirect=True)
def test_pipe_that_does_not_wait_is_waited_for_with_a_buffer_too(
    name: str, place: Place, whole: Callable[[str], Ended]
) -> None:
    assert place.end_in_pipe(name, slowly, blocking=False) == whole(name)


@some_commands
@pytest.mark.parametrize(
    ("read", "blocking"),
    [(nothing, True), (a_part, True), (a_part, False)],
    ids=["at-once", "in-the-middle", "in-the-middle-of-non-blocking"],
)
def test_reader_that_leaves_is_no_success_and_no_message(
    name: str, place: Place, read: Callable[[int], bytes], blocking: bool
) -> None:
    ended = place.end_in_pipe(name, read, blocking)
    assert ended.code == 1
    assert "cannot write" not in ended.said
    assert "Traceback" not in ended.said


@some_commands
def test_full_disk_is_an_error(name: str, place: Place) -> None:
    with full_device() as full:
        ended = place.end(name, full)
    assert ended.code == 1
    assert ended.said.endswith("error: cannot write the output: No space left on device\n")


@some_commands
def test_stdout_that_is_only_for_reading_is_an_error(name: str, place: Place) -> None:
    with Path(os.devnull).open("rb") as readable:
        ended = place.end(name, readable)
    assert ended.code == 1
    assert ended.said.endswith("error: cannot write the output: Bad file descriptor\n")


@each_command
@pytest.mark.parametrize("buffering", [""], ids=["buffered"], indirect=True)
def test_closed_stdout_is_an_error(name: str, place: Place) -> None:
    ended = place.run("sh", "-c", 'exec krmfn "$@" <web.yaml >&-', "sh", *COMMANDS[name].split())
    assert ended.returncode == 1
    assert ended.stderr.endswith("error: cannot write the output: stdout is closed\n")


def test_device_that_takes_nothing_is_an_error_and_not_tried_for_ever(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Stuck(io.RawIOBase):
        patience = 100

        def writable(self) -> bool:
            return True

        def write(self, _: object) -> int:
            self.patience -= 1
            assert self.patience
            return 0

    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(Stuck())))
    assert not streams.write(b"output")
    assert capsys.readouterr().err == "error: cannot write the output: nothing more is taken\n"


def test_error_that_a_file_system_keeps_until_the_file_is_closed_is_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def close(_: int) -> None:
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    with (tmp_path / "out").open("w") as out, monkeypatch.context() as context:
        context.setattr(sys, "stdout", out)
        context.setattr(os, "close", close)
        assert not streams.write(b"output")
    message = f"error: cannot write the output: {os.strerror(errno.EDQUOT)}; discard the 6 of 6 bytes that were written"
    assert capsys.readouterr().err == f"{message}\n"


def test_written_output_is_no_failure_where_no_descriptor_is_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def dup(_: int) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with (tmp_path / "out").open("w") as out, monkeypatch.context() as context:
        context.setattr(sys, "stdout", out)
        context.setattr(os, "dup", dup)
        assert streams.write(b"output")
    assert (tmp_path / "out").read_bytes() == b"output"


# Messages

TALKING = {
    "warnings": "--secret regcred",
    "error": "--config config.json",
    "usage": "--policy Sometimes",
    "fix": "fix --secret regcred web.yaml",
    "diff": "diff --secret regcred web.yaml",
    "cmp-generate": "cmp generate --secret regcred -- cat web.yaml",
}
each_talking_command = of_each(TALKING)


class Heard(NamedTuple):
    """What became of a command, and of the file that it may write."""

    code: int
    output: bytes
    said: bytes
    file: bytes


def gone() -> IO[bytes]:
    """A pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "wb")


def read_only() -> IO[bytes]:
    return Path(os.devnull).open("rb")


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Heard]:
    """What a command does, and says, where nothing is in its way."""

    @cache
    def of(name: str) -> Heard:
        place = Place(tmp_path_factory.mktemp("heard"))
        place.write(FILES)
        with place.start(TALKING[name].split(), subprocess.PIPE, subprocess.PIPE) as process:
            output, said = process.communicate(timeout=hosts.PATIENCE)
        assert said
        return Heard(process.returncode, output, said, (place.folder / "web.yaml").read_bytes())

    return of


@each_talking_command
@pytest.mark.parametrize("stderr", [full_device, gone, read_only])
def test_messages_that_cannot_be_written_change_neither_output_nor_exit_code(
    place: Place, heard: Callable[[str], Heard], name: str, stderr: Callable[[], IO[bytes]]
) -> None:
    with stderr() as broken, place.start(TALKING[name].split(), subprocess.PIPE, broken) as process:
        output, _ = process.communicate(timeout=hosts.PATIENCE)
    after = (place.folder / "web.yaml").read_bytes()
    assert Heard(process.returncode, output, heard(name).said, after) == heard(name)


@each_talking_command
@pytest.mark.parametrize("buffering", [""], ids=["buffered"], indirect=True)
def test_closed_stderr_changes_neither_output_nor_exit_code(
    place: Place, heard: Callable[[str], Heard], name: str
) -> None:
    finished = place.run("sh", "-c", 'exec krmfn "$@" <web.yaml 2>&-', "sh", *TALKING[name].split())
    after = (place.folder / "web.yaml").read_bytes()
    assert Heard(finished.returncode, finished.stdout.encode(), heard(name).said, after) == heard(name)


@each_talking_command
@pytest.mark.parametrize("buffering", [""], ids=["buffered"], indirect=True)
def test_messages_stand_in_the_file_that_a_variable_names_too(
    place: Place, heard: Callable[[str], Heard], name: str
) -> None:
    for times in (1, 2):  # it is appended to
        place.write(FILES)
        finished = place.run("sh", "-c", 'exec krmfn "$@" <web.yaml', "sh", *TALKING[name].split(), KRMFN_LOG="log")
        after = (place.folder / "web.yaml").read_bytes()
        ended = Heard(finished.returncode, finished.stdout.encode(), finished.stderr.encode(), after)
        assert ended == heard(name)
        assert (place.folder / "log").read_bytes() == heard(name).said * times


@each_talking_command
@pytest.mark.parametrize("buffering", [""], ids=["buffered"], indirect=True)
def test_messages_stand_in_that_file_where_there_is_no_stderr(
    place: Place, heard: Callable[[str], Heard], name: str
) -> None:
    script = 'exec krmfn "$@" <web.yaml 2>&-'
    finished = place.run("sh", "-c", script, "sh", *TALKING[name].split(), KRMFN_LOG="log")
    assert finished.returncode == heard(name).code
    assert (place.folder / "log").read_bytes() == heard(name).said


@of_each(["warnings", "cmp-generate"])
@pytest.mark.parametrize("log", ["nowhere/log", "."])
def test_log_that_cannot_be_written_is_a_warning_and_changes_nothing_else(
    place: Place, heard: Callable[[str], Heard], name: str, log: str
) -> None:
    finished = place.run("sh", "-c", 'exec krmfn "$@" <web.yaml', "sh", *TALKING[name].split(), KRMFN_LOG=log)
    assert (finished.returncode, finished.stdout.encode()) == (heard(name).code, heard(name).output)
    first, warning, *others = finished.stderr.splitlines(keepends=True)
    assert warning.startswith(f"warning: KRMFN_LOG: {log} cannot be written: ")
    assert "".join([first, *others]).encode() == heard(name).said


def test_full_disk_for_the_log_changes_nothing(place: Place, heard: Callable[[str], Heard]) -> None:
    full_device().close()
    script = 'exec krmfn "$@" <web.yaml'
    finished = place.run("sh", "-c", script, "sh", *TALKING["warnings"].split(), KRMFN_LOG="/dev/full")
    assert (finished.returncode, finished.stdout.encode()) == (heard("warnings").code, heard("warnings").output)
    assert finished.stderr.encode() == heard("warnings").said


@each_talking_command
def test_failure_is_one_where_that_cannot_be_said_either(
    place: Place, heard: Callable[[str], Heard], name: str
) -> None:
    with full_device() as full, place.start(TALKING[name].split(), full, full) as process:
        process.wait(hosts.PATIENCE)
    assert process.returncode == (heard(name).code or int(name != "fix"))  # which has no output


@of_each(["warnings", "fix", "cmp-generate"])
def test_pipe_for_messages_that_does_not_wait_is_waited_for(
    place: Place, heard: Callable[[str], Heard], name: str, tmp_path: Path
) -> None:
    reader, writer = pipe(blocking=False)
    with (tmp_path / "out").open("wb") as out, place.start(TALKING[name].split(), out, writer) as process:
        os.close(writer)
        said = slowly(reader)
        os.close(reader)
        process.wait(hosts.PATIENCE)
    assert len(said) > LONGER_THAN_A_PIPE
    after = (place.folder / "web.yaml").read_bytes()
    assert Heard(process.returncode, (tmp_path / "out").read_bytes(), said, after) == heard(name)


@pytest.mark.parametrize("buffering", [""], ids=["buffered"], indirect=True)
def test_message_with_half_a_character_is_written_with_an_escape(place: Place) -> None:
    finished = place.run("krmfn", "check", os.fsdecode(b"--\xff"), PYTHONIOENCODING="ascii:strict")
    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr.endswith("error: unrecognized arguments: --\\udcff\n")


def test_bar_on_a_terminal_that_takes_nothing_for_a_moment_ends_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = count(step=60)
    monkeypatch.setattr("tqdm.std.time", lambda: next(seconds))
    master, slave = os.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    os.set_blocking(slave, False)
    with suppress(BlockingIOError):
        while os.write(slave, b"x" * 1000):
            pass
    reader = threading.Timer(0.1, drain, [master])

    def items() -> Iterator[str]:
        reader.start()
        yield from "abc"

    with os.fdopen(slave, "w") as stderr, monkeypatch.context() as context:
        context.setattr(sys, "stderr", stderr)
        assert list(streams.progress(items(), 3)) == ["a", "b", "c"]
    reader.join(hosts.PATIENCE)


def drain(master: int) -> None:
    """Read what a terminal gets until it is closed."""
    try:
        while os.read(master, 4096):
            pass
    except OSError:  # Linux says so when the other end is closed
        os.close(master)


# Input

STDIN = {
    "function": (["--secret", "regcred"], MANIFESTS),
    "check": (["check"], MANIFESTS),
    "secret": (["secret", "--from", "-", "--registry", "registry.example.com"], FILES["config.json"]),
}


@pytest.mark.parametrize(("arguments", "text"), STDIN.values(), ids=STDIN)
@pytest.mark.parametrize("buffering", [""], ids=["buffered"], indirect=True)
def test_stdin_that_does_not_wait_is_read_to_its_end(place: Place, arguments: list[str], text: str) -> None:
    whole = place.run("krmfn", *arguments, stdin=text)
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    with (
        os.fdopen(reader, "rb", buffering=0) as stdin,
        subprocess.Popen(
            [place.krmfn, *arguments],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=place.folder,
            env=place.environment,
        ) as process,
    ):
        for part in (text[: len(text) // 2], text[len(text) // 2 :]):
            os.write(writer, part.encode())
            while process.poll() is None and held(reader):
                time.sleep(0.01)
            time.sleep(0.1)
        os.close(writer)
        output, said = process.communicate(timeout=hosts.PATIENCE)
    assert (process.returncode, output.decode(), said.decode()) == (whole.returncode, whole.stdout, whole.stderr)


@pytest.mark.parametrize("buffering", [""], ids=["buffered"], indirect=True)
def test_stdin_that_is_only_for_writing_is_an_error(place: Place) -> None:
    finished = place.run("sh", "-c", "exec krmfn 0>out")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr == "error: cannot read stdin: Bad file descriptor\n"


# No way around


def test_only_one_module_touches_the_streams() -> None:
    astray = [
        f"{path.relative_to(hosts.SOURCES)}:{node.lineno}: {ast.unparse(node)}"
        for path in SOURCES
        if path.name != "streams.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Attribute) and ast.unparse(node) in ATTRIBUTES)
        or (isinstance(node, ast.Call) and ast.unparse(node.func) in CALLS)
    ]
    assert astray == []


ATTRIBUTES = {"sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__", "sys.stdin.buffer", "os.write"}
CALLS = {"print", "argparse.ArgumentParser"}
"""The latter writes help around them; `krmfn.flags` has one that does not."""
