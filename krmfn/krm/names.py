"""Names that the API server accepts: RFC 1123 as in `k8s.io/apimachinery/pkg/util/validation`."""

import re

LABEL = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = rf"{LABEL}(?:\.{LABEL})*"
LONGEST_LABEL, LONGEST_SUBDOMAIN = 63, 253

_LABEL, _SUBDOMAIN = re.compile(LABEL), re.compile(SUBDOMAIN)


def is_label(name: str) -> bool:
    """Whether a name is valid for a namespace."""
    return len(name) <= LONGEST_LABEL and _LABEL.fullmatch(name) is not None


def is_subdomain(name: str) -> bool:
    """Whether a name is valid for a Secret or a ServiceAccount."""
    return len(name) <= LONGEST_SUBDOMAIN and _SUBDOMAIN.fullmatch(name) is not None
