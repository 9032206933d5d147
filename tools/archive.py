"""Make `dist/krmfn.pyz`: krmfn and its dependencies in one file that any machine with Python can run.

`python tools/archive.py [--here] [--python 3.11 --platform manylinux2014_x86_64 ...]`

The packages come from the package index as wheels, by the versions and hashes in `locks/run.txt`. Packages with
compiled modules have one wheel for each Python and platform, which differ in the names of the modules. Nothing is
compiled: a package without a wheel for a target is an error. `archive_start.py` describes how the archive starts. The
same sources and Python give the same bytes.
"""

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import archive_start
from building import LOCKS, ROOT, build, locked, pip
from lock import entries

LOCK = LOCKS / "run.txt"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = ("manylinux2014_x86_64", "manylinux2014_aarch64")
SHEBANG = b"#!/usr/bin/env python3\n"
START = Path(archive_start.__file__)
INSTALLER = b"one-file archive\n"
"""The content of the file in which pip writes its own name; `krmfn --version` reads it."""


def main() -> None:
    """Write the archive and print its contents."""
    parser = argparse.ArgumentParser(description="Make an archive that runs krmfn.")
    parser.add_argument("--here", action="store_true", help="for this Python and platform only; needs no other wheels")
    parser.add_argument("--python", action="append", metavar="X.Y", help=f"repeatable; {', '.join(PYTHONS)}")
    parser.add_argument("--platform", action="append", help=f"as wheels name it, repeatable; {', '.join(PLATFORMS)}")
    parser.add_argument("--output", type=Path, default=ROOT / "dist" / "krmfn.pyz")
    arguments = parser.parse_args()
    targets = product(arguments.python or PYTHONS, arguments.platform or PLATFORMS)
    with tempfile.TemporaryDirectory() as folder:
        collect(Path(folder), [] if arguments.here else list(targets))
        files = dict(contents(sorted(Path(folder).rglob("*.whl"))))
    (metadata,) = (name for name in files if name.startswith("krmfn-") and name.endswith(".dist-info/METADATA"))
    files[metadata.replace("METADATA", "INSTALLER")] = INSTALLER
    write(arguments.output, files)
    for name in sorted(files):
        if name.endswith(".so"):
            print(name)
    print(f"{arguments.output}: {arguments.output.stat().st_size / 1e6:.1f} MB")


def collect(folder: Path, targets: Sequence[tuple[str, str]]) -> None:
    """Put the wheels of krmfn and its dependencies into a folder; without targets, the wheels for this Python."""
    build(["wheel"], folder)
    pip("download", "--dest", folder, *locked(LOCK))
    compiled = [path for path in folder.glob("*.whl") if not path.stem.endswith("-any")]
    if targets:
        for path in compiled:
            path.unlink()
    names = {path.name.partition("-")[0].replace("_", "-").lower() for path in compiled}
    pins = folder / "pins.txt"
    pins.write_text("".join(text for name, (_, text) in entries(LOCK).items() if name in names))
    for python, platform in targets:
        # One folder for each target, because wheels of one platform have several names.
        kinds = ("--python-version", python, "--platform", platform, "--implementation", "cp")
        pip("download", *kinds, "--dest", folder / f"{python}-{platform}", *locked(pins))


def contents(wheels: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """The files of wheels, by their path."""
    seen = dict[str, bytes]()
    for wheel in wheels:
        with ZipFile(wheel) as file:
            for name in file.namelist():
                if name.endswith("/"):
                    continue
                data = file.read(name)
                known = seen.setdefault(name, data)
                # The metadata of wheels may differ between platforms, but modules must not.
                if known != data and ".dist-info/" not in name:
                    sys.exit(f"{wheel.name}: {name} is in another wheel too, with other contents")
    yield from seen.items()


def write(output: Path, files: dict[str, bytes]) -> None:
    """Write the archive; the same files give the same bytes."""
    entries = {archive_start.PACKAGES + name: data for name, data in sorted(files.items())}
    digest = hashlib.sha256()
    for name, data in entries.items():
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    entries["__main__.py"] = START.read_bytes()
    entries[archive_start.DIGEST] = digest.hexdigest()[:16].encode()
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("wb") as stream:
        stream.write(SHEBANG)
        with ZipFile(stream, "w", ZIP_DEFLATED, compresslevel=9) as archive:
            for name, data in entries.items():
                info = ZipInfo(name)  # the time is always 1980
                info.external_attr = 0o100644 << 16
                archive.writestr(info, data, ZIP_DEFLATED)
    output.chmod(0o755)


if __name__ == "__main__":
    main()
