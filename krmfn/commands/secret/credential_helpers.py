"""Ask credential helpers, the programs in which a Docker config keeps its credentials."""

import re
import subprocess
from typing import NamedTuple

from krmfn.errors import InputError
from krmfn.imagepull.docker_config import Credentials, normal_key, reading
from krmfn.imagepull.docker_config.reading import Object

_PROGRAM = "docker-credential-"
_NAME = re.compile(r"[\w.-]+", re.ASCII)
_NOT_FOUND = b"credentials not found in native keychain"
_IS_TOKEN = "<token>"
DOCKER_HUB_SERVER = "https://index.docker.io/v1/"
"""The name of Docker Hub in requests to helpers."""


PATIENCE = 60
"""How many seconds a helper gets: it may ask a server, or wait for an answer that nobody can give."""


class Helper(NamedTuple):
    """A credential helper; `name` is the part of its program's name after `docker-credential-`."""

    name: str

    @property
    def program(self) -> str:
        """The name of the program."""
        return _PROGRAM + self.name

    def get(self, server: str) -> Credentials | None:
        """The credentials that the helper has for a server; None when it has none.

        Its output and stderr are never shown, because both may contain credentials.

        Raises:
            InputError: the helper cannot be run, failed, or gave an invalid answer.
        """
        try:
            answer = subprocess.run(
                [self.program, "get"],
                input=server.encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise InputError(
                f"{self.program} did not answer for `{server}` within {PATIENCE} seconds; "
                f"does `echo {server} | {self.program} get` wait for something?"
            ) from None
        except FileNotFoundError:
            raise InputError(f"{self.program}, which has the credentials for `{server}`, is not on PATH") from None
        except OSError as error:
            raise InputError(f"{self.program} cannot be run: {error.strerror}") from None
        if answer.returncode:
            if answer.stdout.strip() == _NOT_FOUND:
                return None
            raise InputError(
                f"{self.program} failed for `{server}` with exit code {answer.returncode}; its output may hold "
                f"credentials and is not shown: `echo {server} | {self.program} get` does"
            )
        return self._credentials(answer.stdout, server)

    def _credentials(self, answer: bytes, server: str) -> Credentials | None:
        try:
            value = reading.load(answer.decode(errors="replace"))
            if not isinstance(value, Object):
                raise InputError("must be a JSON object")
            username, password = reading.text(value, "Username"), reading.text(value, "Secret")
        except InputError as error:
            raise InputError(f"the answer of {self.program} for `{server}` {error}") from None
        if not password:
            return None
        return Credentials("", "", has_token=True) if username == _IS_TOKEN else Credentials(username, password)


class Helpers(NamedTuple):
    """The credential helpers that a Docker config names: by host, and the store for all other hosts."""

    by_host: dict[str, Helper]
    store: Helper | None = None

    def of(self, host: str) -> Helper | None:
        """The helper that Docker asks for the credentials of a host, with its port if any."""
        return self.by_host.get(_host(host), self.store)


def helpers_of(text: str) -> Helpers:
    """The helpers in the text of a `config.json`; raise `InputError` for an invalid helper."""
    document = reading.load(text)
    if not isinstance(document, Object):
        return Helpers({})
    by_host: dict[str, Helper] = {}
    for name, value in reading.entries(document, "credHelpers").items():
        key = normal_key(name)
        if not isinstance(value, str):
            raise InputError(f"`credHelpers` for `{key}`: the name of a helper is expected, such as `ecr-login`")
        if key is not None and value:
            by_host[_host(key)] = _helper(value, "credHelpers")
    store = reading.text(document, "credsStore")
    return Helpers(by_host, _helper(store, "credsStore") if store else None)


def _helper(name: str, key: str) -> Helper:
    if not _NAME.fullmatch(name):
        raise InputError(f"`{key}` has an invalid name of a helper: letters, digits, `-`, `_` and `.` are allowed")
    return Helper(name)


def _host(registry: str) -> str:
    host = registry.partition("/")[0]
    return "docker.io" if host == "index.docker.io" else host


def server_of(host: str) -> str:
    """The server to name in a request to a helper for the credentials of a host."""
    return DOCKER_HUB_SERVER if _host(host) == "docker.io" else host
