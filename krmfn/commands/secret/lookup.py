"""Which credentials a Docker config has for images: its own, or those of the credential helpers it names."""

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
"""How the user names begin that Amazon ECR, Google, its helpers (`_dcgcloud_token`) and GitLab have for such tokens."""


class Missing(InputError):
    """There are no credentials for some images; the text says why."""


class Lookup:
    """Looks credentials up in a Docker config; asks credential helpers only if `ask_helpers`.

    `warnings` grows with what there is to say of credentials that were found.
    """

    def __init__(self, source: DockerConfigFile, ask_helpers: bool) -> None:
        """Read the Docker config; raise `InputError` that names its file."""
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

        As Docker does, the helper of a host is asked before the entries that the config has for it.

        Raises:
            Missing: there are none.
            InputError: a helper that was asked cannot tell.
        """
        host = reference.domain
        usable = [entry for entry in self._matching(reference) if entry.credentials.are_usable]
        if usable and "/" in usable[0].registry:  # no helper knows paths
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
        """The entries that are meant for an image: fewer than those the kubelet tries.

        It tries Docker Hub's for `localhost/app` too, and those for `ghcr.io/team` for `ghcr.io/teamwork/app`.
        """
        return [entry for entry in self._config.matching(reference) if _is_meant(entry.registry, reference)]

    def _ask(self, helper: Helper, host: str) -> Credentials | None:
        server = server_of(host)
        if (helper, server) not in self._answers:
            self._answers[helper, server] = helper.get(server)
        return self._answers[helper, server]

    def _reasons(self, reference: Reference, helper: Helper | None) -> Iterator[str]:
        """Why there are no credentials, and what would help."""
        host = reference.domain
        yield f"no credentials for `{reference.repository.rstrip('/')}`"
        if helper and self._ask_helpers:
            yield f"{helper.program} has {_ONLY_TOKEN if self._ask(helper, host) else f'none for `{server_of(host)}`'}"
        elif helper:
            yield f"{helper.program} may have them, if --helpers allows it to be asked"
        matching = self._matching(reference)
        for registry, credentials in matching:
            yield f"the entry `{registry}` has {_ONLY_TOKEN if credentials.has_token else _NOTHING}"
        if not matching and not helper:
            yield f"`docker login {host}` adds some"
        if not matching:
            narrower = [name for name in self._config.registries if name.startswith(f"{host}/")]
            yield from (f"there are some for `{registry}`" for registry in narrower)
            yield from (f"entry number {n} has a name that is no registry" for n in self._config.ignored)
        if self._source.others:
            yield f"not looked at: {', '.join(self._source.others)} (--from)"

    def _warn_of_end(self, host: str, credentials: Credentials) -> None:
        """Warn of tokens that are known to end, which the user name tells; it is not shown."""
        for beginning, end in _ENDS.items():
            if credentials.username.startswith(beginning):
                self._warn(f"the password for `{host}` is a token that ends {end}, and pulls with the Secret end then")

    def _warn(self, text: str) -> None:
        if (warning := f"{self._source.name}: {text}") not in self.warnings:
            self.warnings.append(warning)


def _is_meant(registry: str, reference: Reference) -> bool:
    path = registry.partition("/")[2].rstrip("/")
    is_of_host = registry != "index.docker.io" or reference.domain == "docker.io"
    return is_of_host and (not path or f"{reference.path}/".startswith(f"{path}/"))
