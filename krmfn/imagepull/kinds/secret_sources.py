"""What makes Secrets: the kinds whose objects become one in the cluster, or several, and what they say of it.

Field paths are from the published definitions of the kinds.
"""

from typing import NamedTuple

from krmfn.krm.typemeta import TypeMeta


class SecretSource(NamedTuple):
    """Where an object of a kind says what Secret it makes.

    Attributes:
        at: the path of the mapping, or mappings, that describe one Secret each; empty for the object itself.
        names: the paths below `at` of its name, the first that is set counts; where none is, it is the object's own.
        type: the path below `at` of its type; where nothing stands, it is not known.
        namespace: the path below `at` of its namespace; where nothing stands, it is the object's own.
        own_name: whether the object's own name counts when there is none at `names`.
    """

    at: str = ""
    names: tuple[str, ...] = ()
    type: str = ""
    namespace: str = ""
    own_name: bool = True


_VAULT = SecretSource("spec.destination", ("name",), "type")
SECRET = ("", "Secret")
SOURCES = {
    SECRET: SecretSource(type="type"),
    ("bitnami.com", "SealedSecret"): SecretSource(type="spec.template.type"),
    ("external-secrets.io", "ExternalSecret"): SecretSource(
        names=("spec.target.name",), type="spec.target.template.type"
    ),
    ("external-secrets.io", "ClusterExternalSecret"): SecretSource(
        names=("spec.externalSecretSpec.target.name", "spec.externalSecretName"),
        type="spec.externalSecretSpec.target.template.type",
    ),
    ("isindir.github.com", "SopsSecret"): SecretSource("spec.secretTemplates[]", ("name",), "type", own_name=False),
    ("k8s.bitwarden.com", "BitwardenSecret"): SecretSource(names=("spec.secretName",)),
    ("kubernetes-client.io", "ExternalSecret"): SecretSource(type="spec.template.type"),
    ("kustomize.config.k8s.io", "Kustomization"): SecretSource(
        "secretGenerator[]", ("name",), "type", "namespace", own_name=False
    ),
    ("onepassword.com", "OnePasswordItem"): SecretSource(type="type"),
    ("ops.alexellis.io", "ClusterPullSecret"): SecretSource(),
    ("secretgen.carvel.dev", "SecretImport"): SecretSource(),
    ("secretgen.carvel.dev", "SecretTemplate"): SecretSource(type="spec.template.type"),
    ("secrets-store.csi.x-k8s.io", "SecretProviderClass"): SecretSource(
        "spec.secretObjects[]", ("secretName",), "type", own_name=False
    ),
    ("secrets.doppler.com", "DopplerSecret"): SecretSource(
        "spec.managedSecret", ("name",), "type", "namespace", own_name=False
    ),
    ("secrets.hashicorp.com", "HCPVaultSecretsApp"): _VAULT,
    ("secrets.hashicorp.com", "VaultDynamicSecret"): _VAULT,
    ("secrets.hashicorp.com", "VaultPKISecret"): _VAULT,
    ("secrets.hashicorp.com", "VaultStaticSecret"): _VAULT,
    ("secrets.infisical.com", "InfisicalSecret"): SecretSource(
        "spec.managedSecretReference", ("secretName",), "secretType", "secretNamespace", own_name=False
    ),
    ("spv.no", "AzureKeyVaultSecret"): SecretSource("spec.output.secret", ("name",), "type", own_name=False),
}
"""By group and kind."""
WORDS = ("Secret", "secretGenerator", "OnePasswordItem")
"""One of them is in the text of each such object."""

REPLICATED = (
    "kubed.appscode.com/sync",
    "reflector.v1.k8s.emberstack.com/reflection-allowed",
    "reflector.v1.k8s.emberstack.com/reflection-auto-enabled",
    "replicator.v1.mittwald.de/replicate-to",
    "replicator.v1.mittwald.de/replicate-to-matching",
    "replicator.v1.mittwald.de/replication-allowed",
)
"""Annotations of Secrets that a controller copies into other namespaces."""
FILLED_IN = (
    "reflector.v1.k8s.emberstack.com/reflects",
    "replicator.v1.mittwald.de/replicate-from",
    "secretgen.carvel.dev/image-pull-secret",
)
"""Annotations of Secrets that a controller fills in."""


def is_source(meta: TypeMeta) -> bool:
    """Whether an object of this type is a Secret or makes one."""
    return (meta.group, meta.kind) in SOURCES
