"""Find and read the Docker config."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from krmfn.errors import InputError
from krmfn.splice.source import decode

_LEGACY_NAME = ".dockercfg"
PLACES = """\
The Docker config is the first of these files that exists:
  $DOCKER_CONFIG/config.json, or ~/.docker/config.json
  $REGISTRY_AUTH_FILE
  $XDG_RUNTIME_DIR/containers/auth.json
  $XDG_CONFIG_HOME/containers/auth.json, or ~/.config/containers/auth.json"""


class DockerConfigFile(NamedTuple):
    """A Docker config.

    Attributes:
        name: how messages name it.
        text: its text.
        is_legacy: whether it is a `.dockercfg`.
        others: other Docker configs that exist and were not read.
    """

    name: str
    text: str
    is_legacy: bool = False
    others: tuple[str, ...] = ()


def find(environment: Mapping[str, str]) -> DockerConfigFile:
    """The Docker config of the user; raise `InputError` when there is none."""
    places = list(_places(environment))
    there = list(filter(_is_there, places))
    if not there:
        looked = ", ".join(map(_shown, places)) or "no file, because there is no home folder"
        raise InputError(f"found no Docker config; looked at: {looked}; `docker login` makes one, --from names one")
    return read(there[0])._replace(others=tuple(map(str, there[1:])))


def read(file: Path) -> DockerConfigFile:
    """The Docker config in a file, by its name also a `.dockercfg`; raise `InputError` if it cannot be read."""
    try:
        return of_bytes(_shown(file), file.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"{_shown(file)}: {getattr(error, 'strerror', None) or 'is not a path'}") from None


def _shown(file: Path) -> str:
    """A path for messages; hides the text of a Docker config that was passed instead of a path."""
    return "a Docker config in place of its path (pipe it into `--from -`)" if "{" in str(file) else str(file)


def of_bytes(name: str, data: bytes) -> DockerConfigFile:
    """The Docker config in some bytes; raise `InputError` if they are empty or not UTF-8."""
    try:
        text = decode(data).text
    except InputError:  # the message of this error would show a byte of the credentials
        raise InputError(f"{name}: is not UTF-8") from None
    if not text.strip():
        raise InputError(f"{name}: is empty; a Docker config is expected")
    return DockerConfigFile(name, text, Path(name).name == _LEGACY_NAME)


def _places(environment: Mapping[str, str]) -> Iterator[Path]:
    home = _home()
    if folder := environment.get("DOCKER_CONFIG"):
        yield Path(folder, "config.json")
    elif home:
        yield home / ".docker" / "config.json"
    if file := environment.get("REGISTRY_AUTH_FILE"):
        yield Path(file)
    if folder := environment.get("XDG_RUNTIME_DIR"):
        yield Path(folder, "containers", "auth.json")
    if folder := environment.get("XDG_CONFIG_HOME"):
        yield Path(folder, "containers", "auth.json")
    elif home:
        yield home / ".config" / "containers" / "auth.json"


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:  # neither $HOME nor an account
        return None


def _is_there(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:
        return True  # reading the file will report the error
