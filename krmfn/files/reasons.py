"""The reasons why krmfn skips a file, a folder or a document."""

from enum import StrEnum


class Reason(StrEnum):
    """A reason. Its value names a single file, folder or document; `counted` names several."""

    GITIGNORE = "ignored by .gitignore"
    KRMIGNORE = "ignored by .krmignore"
    EXCLUDED = "ignored by --exclude"
    HIDDEN = "hidden folder"
    SYMLINK = "symbolic link"
    SPECIAL = "pipe, socket or device"
    TEMPLATE = "Helm template"
    YTT = "ytt template"
    UNRENDERED = "template that is not YAML"
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
        """The reason with a number, such as `20 Helm templates`."""
        if number == 1 or self.value.startswith(("ignored", "without")):
            return f"{number} {self}"
        if self is Reason.UNRENDERED:
            return f"{number} templates that are not YAML"
        if self is Reason.UNBUILT:
            return f"{number} kustomizations that could not be built"
        return f"{number} {self}{'es' if self.endswith('patch') else 's'}"
