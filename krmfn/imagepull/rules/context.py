"""What rules get besides the pod spec, and the protocol of a rule."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from krmfn.imagepull.accounts.attachment import Attachment
from krmfn.imagepull.accounts.in_input import ServiceAccounts
from krmfn.imagepull.builds import Builds, in_builds
from krmfn.imagepull.kinds import KindTables
from krmfn.imagepull.podspecs import PodSpec
from krmfn.imagepull.settings import Settings
from krmfn.imagepull.uses import Use
from krmfn.imagepull.verdicts import Verdict
from krmfn.krm.resources import Resource
from krmfn.krm.results import ResourceRef
from krmfn.splice.changes import Change

if TYPE_CHECKING:
    from krmfn.imagepull.secrets.in_input import SecretInInput, SecretsByName
    from krmfn.imagepull.unused_settings import Finder
    from krmfn.imagepull.workflow_controller import WorkflowController


class Context(NamedTuple):
    """The settings, the kind tables, and facts about the whole input.

    Attributes:
        settings: the settings of the run.
        tables: the tables of kinds.
        accounts: the ServiceAccounts in the input.
        attachment: which pull secrets these ServiceAccounts get.
        secrets: the Secrets in the input, including those that an object in it makes.
        builds: the builds that the input goes through; None if the repository is not known.
        secrets_by_name: `secrets`, by each name that they have or had; None if there are none.
        renames_secrets: whether kustomize is renaming any of them.
        controllers: the controllers of Argo Workflows.
        workflow_defaults: by their ConfigMap, the secrets that their defaults get, each with an image that needs it.
        finder: collects what the settings match; None unless some setting may match nothing.
    """

    settings: Settings
    tables: KindTables
    accounts: ServiceAccounts
    attachment: Attachment
    secrets: "tuple[SecretInInput, ...]" = ()
    builds: Builds | None = None
    secrets_by_name: "SecretsByName | None" = None
    renames_secrets: bool = False
    controllers: "tuple[WorkflowController, ...]" = ()
    workflow_defaults: Mapping[ResourceRef, Mapping[str, str]] = {}
    finder: "Finder | None" = None

    def pull_secrets_of(self, namespace: str, account: str) -> tuple[str, ...] | None:
        """The pull secrets of a ServiceAccount, by the input or else by the settings; None if neither has it."""
        known = self.accounts.pull_secrets(namespace, account)
        return self.settings.known_pull_secrets(namespace, account) if known is None else known

    def around(self, pod_specs: Iterable[PodSpec], *, is_built: bool = True) -> Iterator[PodSpec]:
        """The pod specs, completed with the final images of builds and with the controllers that run them."""
        found = in_builds(pod_specs, self.builds if is_built else None)
        if not self.controllers:
            return found
        from krmfn.imagepull.workflow_controller import in_controllers  # few inputs have any

        return in_controllers(found, self.controllers)

    def under_listed_names(
        self, wanted: Mapping[str, str], listed: Collection[str], resource: Resource, images: Collection[str] = ()
    ) -> Mapping[str, str]:
        """The wanted secrets, under the names that a list already has for them: kustomize may have renamed them.

        Args:
            wanted: names of secrets, each with the image that needs it.
            listed: the names in the list.
            resource: the object that has the list.
            images: the images of its pods.
        """
        if self.secrets_by_name is None:
            return wanted
        from krmfn.imagepull.secrets.listed import under_listed_names  # few inputs have Secrets

        return under_listed_names(wanted, listed, images, resource.ref.namespace, self.secrets_by_name)


class Rule(Protocol):
    """The interface of a module that is a rule."""

    @property
    def NAME(self) -> str:  # noqa: N802 - a constant of the module
        """The id in reports, such as `image-pull-policy`."""

    @property
    def DESCRIPTION(self) -> str:  # noqa: N802
        """What is wrong with a manifest that the rule changes, in one sentence."""

    @property
    def WHY(self) -> str:  # noqa: N802
        """What happens without the change."""

    @property
    def FIX(self) -> str:  # noqa: N802
        """How to fix it."""

    def check(self, pod_spec: PodSpec, context: Context, /) -> Verdict:
        """A pod spec to the verdict of the rule; its changes have the name of the rule.

        Raises:
            InputError: a field does not have the form that the API server requires.
        """

    def summary(self, changes: Sequence[Change], uses: Sequence[Use], /) -> str:
        """Changes of the rule to one resource, summarized in a few words."""
