"""Names as the API server takes them: RFC 1123 in the reading of `k8s.io/apimachinery/pkg/util/validation`."""

import re

LABEL = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = rf"{LABEL}(?:\.{LABEL})*"
LONGEST_LABEL, LONGEST_SUBDOMAIN = 63, 253

_LABEL, _SUBDOMAIN = re.compile(LABEL), re.compile(SUBDOMAIN)


def is_label(name: str) -> bool:
    """Whether it can be the name of a namespace."""
    return len(name) <= LONGEST_LABEL and _LABEL.fullmatch(name) is not None


def is_subdomain(name: str) -> bool:
    """Whether it can be the name of a Secret or a ServiceAccount."""
    return len(name) <= LONGEST_SUBDOMAIN and _SUBDOMAIN.fullmatch(name) is not None
