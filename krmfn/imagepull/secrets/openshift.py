"""The pull secrets that OpenShift generates, one for each ServiceAccount, with credentials for its internal registry.

Their names differ from cluster to cluster and change with each renewal, so they are useless in a manifest. Source: the
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
    """Whether OpenShift generates names like that of a Secret, such as `default-dockercfg-x7k2p`."""
    return _GENERATED.fullmatch(secret) is not None


def pulls_from_internal_registry(pod_spec: PodSpec) -> bool:
    """Whether pods run an image of the internal registry, or an image that an image stream fills in."""
    if any(container.trigger for container in pod_spec.containers) and ImageTriggers(pod_spec.resource):
        return True
    return any(map(_INTERNAL_REGISTRY.match, pod_spec.images))
