"""Why a file, a folder or a document is no manifest to be looked at."""

from enum import StrEnum


class Reason(StrEnum):
    """The value names one of them; `counted` many."""

    GITIGNORE = "ignored by .gitignore"
    KRMIGNORE = "ignored by .krmignore"
    EXCLUDED = "ignored by --exclude"
    HIDDEN = "hidden folder"
    SYMLINK = "symbolic link"
    SPECIAL = "pipe, socket or device"
    TEMPLATE = "Helm template"
    YTT = "ytt template"
    UNRENDERED = "template that is no YAML"
    CHART = "Helm chart file"
    VALUES = "values file"
    KUSTOMIZATION = "kustomization"
    PATCH = "kustomize patch"
    LIKELY_PATCH = "likely patch"
    KUSTOMIZE_CONFIG = "kustomize config"
    GENERATOR_INPUT = "generator input"
    UNBUILT = "kustomization that could not be built"
    KPTFILE = "Kptfile"
    OWN_CONFIG = "krmfn config"
    EXPECTATION = "test expectation"
    CI = "CI file"
    COMPOSE = "Compose file"
    OTHER = "without apiVersion and kind"

    def counted(self, number: int) -> str:
        """`20 Helm templates`."""
        if number == 1 or self.value.startswith(("ignored", "without")):
            return f"{number} {self}"
        if self is Reason.UNRENDERED:
            return f"{number} templates that are no YAML"
        if self is Reason.UNBUILT:
            return f"{number} kustomizations that could not be built"
        return f"{number} {self}{'es' if self.endswith('patch') else 's'}"
