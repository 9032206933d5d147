"""What rules have to go by, and what a rule is."""

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
    """The settings, the tables, and what the whole input says beyond the pod spec at hand.

    `attachment` is what the ServiceAccounts, which `accounts` are, get; `secrets` are the Secrets that the input
    brings, `secrets_by_name` the same by each name that they have or had, and `renames_secrets` whether kustomize is
    renaming any of them; `builds` are those that the input goes through, where the repository is known;
    `controllers` are those of Argo Workflows; `workflow_defaults` are the secrets that their defaults get, each with
    the image that calls for it, by the ConfigMap that they stand in; `finder` collects what settings may match, where
    they may match nothing.
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
        """The pull secrets of a ServiceAccount, in the input or as the settings say; None when nobody knows."""
        known = self.accounts.pull_secrets(namespace, account)
        return self.settings.known_pull_secrets(namespace, account) if known is None else known

    def around(self, pod_specs: Iterable[PodSpec], *, is_built: bool = True) -> Iterator[PodSpec]:
        """The pod specs with what the builds make of their images, and with the controllers that run them."""
        found = in_builds(pod_specs, self.builds if is_built else None)
        if not self.controllers:
            return found
        from krmfn.imagepull.workflow_controller import in_controllers  # few inputs have any

        return in_controllers(found, self.controllers)

    def under_listed_names(
        self, wanted: Mapping[str, str], listed: Collection[str], resource: Resource, images: Collection[str] = ()
    ) -> Mapping[str, str]:
        """The secrets wanted, each with the image that calls for it, by the names under which a list has them already.

        kustomize may have renamed them. `resource` has the list, and pods with `images`.
        """
        if self.secrets_by_name is None:
            return wanted
        from krmfn.imagepull.secrets.listed import under_listed_names  # few inputs have Secrets

        return under_listed_names(wanted, listed, images, resource.ref.namespace, self.secrets_by_name)


class Rule(Protocol):
    """What a module in this package has to be a rule."""

    @property
    def NAME(self) -> str:  # noqa: N802 - a constant of the module
        """What reports call it: `image-pull-policy`."""

    @property
    def DESCRIPTION(self) -> str:  # noqa: N802
        """What a change that it wants says of the manifest, in one sentence."""

    @property
    def WHY(self) -> str:  # noqa: N802
        """What comes of it when nobody makes the change."""

    @property
    def FIX(self) -> str:  # noqa: N802
        """What mends it."""

    def check(self, pod_spec: PodSpec, context: Context, /) -> Verdict:
        """What the rule says of a pod spec; its changes bear its name.

        Raises:
            InputError: something has not the form that the API server demands.
        """

    def summary(self, changes: Sequence[Change], uses: Sequence[Use], /) -> str:
        """Some changes of the rule to one resource, in a few words."""
