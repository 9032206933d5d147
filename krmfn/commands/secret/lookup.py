"""Find the credentials for images in a Docker config or in the credential helpers that it names."""

from collections.abc import Iterator

from krmfn.commands.secret.credential_helpers import Helper, helpers_of, server_of
from krmfn.commands.secret.sources import DockerConfigFile
from krmfn.errors import InputError
from krmfn.imagepull.docker_config import Credentials, Entry, parse
from krmfn.imagepull.images.reference import Reference

_ONLY_TOKEN = "only a token, which the kubelet does not read: log in with a user name and a password or access token"

_NOTHING = "no user name and password: `auth`, or `username` and `password`, are expected"
_ENDS = {
    "AWS": "12 hours after it was made",
    "oauth2accesstoken": "an hour after it was made",
    "_dcgc": "an hour after it was made",
    "gitlab-ci-token": "with its job",
}
"""When short-lived tokens expire, by the start of their user name: Amazon ECR, Google (also its helpers'
`_dcgcloud_token`) and GitLab."""


class Missing(InputError):
    """There are no credentials for an image; the text says why."""


class Lookup:
    """Looks credentials up in a Docker config; asks credential helpers only if `ask_helpers`.

    `warnings` collects the warnings about credentials that were found.
    """

    def __init__(self, source: DockerConfigFile, ask_helpers: bool) -> None:
        """Parse the Docker config; raise `InputError` that names its file."""
        self.warnings: list[str] = []
        self._source = source
        self._ask_helpers = ask_helpers
        self._answers: dict[tuple[Helper, str], Credentials | None] = {}
        try:
            self._config = parse(source.text, legacy=source.is_legacy)
            self._helpers = helpers_of("{}" if source.is_legacy else source.text)
        except InputError as error:
            raise InputError(f"{source.name}: {error}") from None

    def find(self, reference: Reference) -> Entry:
        """The most specific credentials for an image, or for all images below a path.

        As in Docker, the helper of a host comes before the config's own entries for the host.

        Raises:
            Missing: there are no credentials.
            InputError: a helper failed.
        """
        host = reference.domain
        usable = [entry for entry in self._matching(reference) if entry.credentials.are_usable]
        if usable and "/" in usable[0].registry:  # helpers know only hosts
            return usable[0]
        helper = self._helpers.of(host)
        if helper and self._ask_helpers:
            found = self._ask(helper, host)
            if found and found.are_usable:
                self._warn_of_end(host, found)
                return Entry(host, found)
        if not usable:
            raise Missing(f"{self._source.name}: {'; '.join(self._reasons(reference, helper))}")
        if helper and not self._ask_helpers:
            self._warn(f"the entry for `{host}` is used; Docker would ask {helper.program}, as --helpers does")
        self._warn_of_end(host, usable[0].credentials)
        return usable[0]

    def _matching(self, reference: Reference) -> list[Entry]:
        """The entries that are meant for an image.

        The kubelet tries more: Docker Hub's entry for `localhost/app`, and `ghcr.io/team` for `ghcr.io/teamwork/app`.
        """
        return [entry for entry in self._config.matching(reference) if _is_meant(entry.registry, reference)]

    def _ask(self, helper: Helper, host: str) -> Credentials | None:
        server = server_of(host)
        if (helper, server) not in self._answers:
            self._answers[helper, server] = helper.get(server)
        return self._answers[helper, server]

    def _reasons(self, reference: Reference, helper: Helper | None) -> Iterator[str]:
        """Why there are no credentials, and how to get some."""
        host = reference.domain
        yield f"no credentials for `{reference.repository.rstrip('/')}`"
        if helper and self._ask_helpers:
            yield f"{helper.program} has {_ONLY_TOKEN if self._ask(helper, host) else f'none for `{server_of(host)}`'}"
        elif helper:
            yield f"{helper.program} may have them: --helpers asks it"
        matching = self._matching(reference)
        for registry, credentials in matching:
            yield f"the entry `{registry}` has {_ONLY_TOKEN if credentials.has_token else _NOTHING}"
        if not matching and not helper:
            yield f"`docker login {host}` adds some"
        if not matching:
            narrower = [name for name in self._config.registries if name.startswith(f"{host}/")]
            yield from (f"there are credentials for `{registry}`" for registry in narrower)
            yield from (f"the name of entry number {n} is not a registry" for n in self._config.ignored)
        if self._source.others:
            yield f"not read: {', '.join(self._source.others)} (--from reads one)"

    def _warn_of_end(self, host: str, credentials: Credentials) -> None:
        """Warn of a token that expires, as its user name shows. The warning does not contain the user name."""
        for beginning, end in _ENDS.items():
            if credentials.username.startswith(beginning):
                self._warn(f"the password for `{host}` is a token that expires {end}; pulls with the Secret fail then")

    def _warn(self, text: str) -> None:
        if (warning := f"{self._source.name}: {text}") not in self.warnings:
            self.warnings.append(warning)


def _is_meant(registry: str, reference: Reference) -> bool:
    path = registry.partition("/")[2].rstrip("/")
    is_of_host = registry != "index.docker.io" or reference.domain == "docker.io"
    return is_of_host and (not path or f"{reference.path}/".startswith(f"{path}/"))
