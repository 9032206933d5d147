"""An author's function: the changes and results that it yields for objects become verified edits and results."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from krmfn.errors import SettingsError
from krmfn.krm import function
from krmfn.krm.documents import Input
from krmfn.krm.function import Proposal
from krmfn.krm.outcome import Outcome
from krmfn.krm.results import Result
from krmfn.sdk import config as configs
from krmfn.sdk.authoring import code_of
from krmfn.sdk.changes import Change
from krmfn.sdk.config import Config
from krmfn.sdk.objects import Object, Objects
from krmfn.sdk.running import Run

if TYPE_CHECKING:
    from krmfn.sdk.describing import Description

C = TypeVar("C", bound=Config)
Answer = Iterable[Change | Result | Mapping[str, Any]]
"""What a function yields: changes, results, and whole objects as mappings."""


class Function(Generic[C]):
    """A KRM function.

    Attributes:
        config: the model of its config.
        api_version: the apiVersion of its function config.
        kind: the kind of its function config.
        name: the name of the command; `set-replicas` for the kind `SetReplicas`.
        validates: whether it is a validator, which must not change anything.
    """

    @overload
    def __init__(
        self,
        config: type[C],
        work: Callable[[Object, C], Answer],
        *,
        api_version: str,
        kind: str,
        on: type[Object] = ...,
        validates: bool = ...,
        name: str = ...,
    ) -> None: ...
    @overload
    def __init__(
        self,
        config: type[C],
        work: Callable[[Objects, C], Answer],
        *,
        api_version: str,
        kind: str,
        on: type[Objects],
        validates: bool = ...,
        name: str = ...,
    ) -> None: ...
    def __init__(
        self,
        config: type[C],
        work: Callable[[Any, C], Answer],
        *,
        api_version: str,
        kind: str,
        on: type[Object] | type[Objects] = Object,
        validates: bool = False,
        name: str = "",
    ) -> None:
        """Make a KRM function from `work`, which is called for each object, or once with all objects.

        Args:
            config: the model of its config; `Config` itself if there are no settings.
            work: yields changes, results, and new objects as mappings.
            api_version: `example.com/v1`.
            kind: `SetReplicas`.
            on: `Object` or `Objects`.
            validates: whether it is a validator; each change that it yields is an error.
            name: the name of the command; derived from the kind by default.

        Raises:
            TypeError: `work` is not written in Python.
        """
        code_of(work)  # fails early, because errors name lines of `work`
        self.config = config
        self.api_version = api_version
        self.kind = kind
        self.name = name or "".join(f"-{c.lower()}" if c.isupper() else c for c in kind).strip("-")
        self.validates = validates
        self.work = work
        self.is_on_all = on is Objects

    def run(self, data: bytes | str, config: C | Mapping[str, Any] | None = None) -> Outcome:
        """Run the function on a ResourceList with its config, or on a stream of YAML or JSON documents.

        Args:
            data: UTF-8 text.
            config: a config, or the plain data of `spec`; replaces the config of a ResourceList.

        Returns:
            The output and the results. All failures are error results, and the items are unchanged then.

        Raises:
            VerificationError: a bug in krmfn; the output must not be used.
        """
        data = data.encode() if isinstance(data, str) else data

        def work(text: str, given: Input) -> Proposal:
            run = Run(self.work, self._config(given, config), is_on_all=self.is_on_all, validates=self.validates)
            return run.proposal(text, given)

        return function.run(data, work)

    def main(self, argv: Sequence[str] | None = None) -> int:
        """Run as a command: stdin to stdout, config from the ResourceList, a file or flags; return the exit code."""
        from krmfn.sdk import command

        return command.main(self, argv)

    @cached_property
    def description(self) -> "Description":
        """The JSON schema, CRD, KRMFunctionDefinition and table of the config."""
        from krmfn.sdk.describing import Description

        return Description(self.config, self.api_version, self.kind, self.name, self.work.__doc__ or "")

    def _config(self, given: Input, config: C | Mapping[str, Any] | None) -> C:
        if isinstance(config, self.config):
            return config
        if config is not None:
            return configs.validated(self.config, config, "spec")
        found = given.envelope.plain("functionConfig") if given.envelope else None
        if found is None:
            return configs.validated(self.config, {}, "spec")
        if not isinstance(found, dict):
            raise SettingsError(f"the functionConfig must be a mapping, with apiVersion {self.api_version}")
        return configs.accepted(found, self.config, self.api_version, self.kind)
