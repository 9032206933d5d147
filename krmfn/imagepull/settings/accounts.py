"""The settings for ServiceAccounts: which ones get pull secrets, and which ones exist outside the input."""

from fnmatch import fnmatchcase

from krmfn.imagepull.settings.parts import NAME
from krmfn.krm.config.schema import BOOLEAN, TEXT, Section, key, list_of, one_of

POD_SPECS, SERVICE_ACCOUNTS, WORKFLOW_DEFAULTS = "PodSpecs", "ServiceAccounts", "WorkflowDefaults"
ATTACH_TO = list_of(one_of((POD_SPECS, SERVICE_ACCOUNTS, WORKFLOW_DEFAULTS)), min_length=1)


class ServiceAccountSettings(Section):
    """Which ServiceAccounts get the pull secrets, and how."""

    names: tuple[str, ...] = key(
        list_of(TEXT),
        "Names or globs of the ServiceAccounts in the input that get the pull secrets: `*` is all. If empty: the "
        "ServiceAccounts that the pods in the input use, each with the secrets for the images of its pods.",
        example=["default", "build-*"],
        default=(),
    )
    secrets: bool = key(
        BOOLEAN,
        "Whether to add the pull secrets to the list `secrets` too, besides `imagePullSecrets`.",
        default=False,
    )
    create: bool = key(
        BOOLEAN,
        "Whether to create the ServiceAccounts that pods use and that are not in the input, once per namespace, with "
        "the secrets that `knownServiceAccounts` names. Applying such a ServiceAccount removes any other pull secret "
        "that it has in the cluster. Commands on files create none.",
        default=False,
    )

    def selects(self, name: str) -> bool:
        """Whether `names` lets a ServiceAccount through."""
        return not self.names or any(fnmatchcase(name, glob) for glob in self.names)


class KnownServiceAccount(Section):
    """The pull secrets of ServiceAccounts that are not in the input."""

    service_account: str = key(TEXT, "The name of the ServiceAccount, or a glob.", default="*")
    namespace: str = key(TEXT, "Its namespace, or a glob; `''` matches resources without a namespace.", default="*")
    secrets: tuple[str, ...] = key(
        list_of(NAME),
        "The names in its `imagePullSecrets`. If empty: it has none, and krmfn does not warn about it.",
        example=["regcred"],
        default=(),
    )

    def is_about(self, namespace: str, name: str) -> bool:
        """Whether the entry matches a ServiceAccount."""
        return fnmatchcase(namespace, self.namespace) and fnmatchcase(name, self.service_account)
