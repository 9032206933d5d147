"""OpenShift's own pull secrets: it generates one for each ServiceAccount, with credentials for its internal registry.

The name differs from cluster to cluster, and changes with each renewal: it means nothing in a manifest. Source: the
documentation of OpenShift Container Platform, "Using image pull secrets".
"""

import re

from krmfn.imagepull.image_triggers import ImageTriggers
from krmfn.imagepull.podspecs import PodSpec

_GENERATED = re.compile(r".+-dockercfg-[a-z0-9]{5}")
_INTERNAL_REGISTRY = re.compile(
    r"(?:(?:image-registry\.openshift-image-registry|docker-registry\.default)\.svc(?:\.cluster\.local)?:5000"
    r"|172\.30\.\d{1,3}\.\d{1,3}:5000)/"
)


def is_generated(secret: str) -> bool:
    """Whether the name of a Secret is one that OpenShift generates, such as `default-dockercfg-x7k2p`."""
    return _GENERATED.fullmatch(secret) is not None


def pulls_from_internal_registry(pod_spec: PodSpec) -> bool:
    """Whether pods run an image of the internal registry, or one that an image stream fills in."""
    if any(container.trigger for container in pod_spec.containers) and ImageTriggers(pod_spec.resource):
        return True
    return any(map(_INTERNAL_REGISTRY.match, pod_spec.images))
