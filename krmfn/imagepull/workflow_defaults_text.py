"""Whether krmfn can add pull secrets to the text that holds the defaults of Argo's workflow controller."""

from krmfn.imagepull import inner_texts
from krmfn.imagepull.decisions import is_sealed
from krmfn.imagepull.immutability import cannot_change
from krmfn.imagepull.kinds import Kind, KindTables, config_maps
from krmfn.imagepull.podspecs import SKIP_ANNOTATION, find_pod_specs, of_config_map
from krmfn.imagepull.settings import Settings
from krmfn.krm.resources import Resource


def reason_against(config_map: Resource, settings: Settings, tables: KindTables) -> str:
    """Why krmfn adds no pull secrets to the defaults in a ConfigMap, as words after its name; empty if it can."""
    if tables.lookup(config_map.type_meta):
        return "has a row of its own in `kinds` of the settings"
    row = of_config_map(config_map, tables)
    found = find_pod_specs(config_map, row) if row else ()
    text = next((text for pod_spec in found for text in pod_spec.texts if text.key in config_maps.WITH_DEFAULTS), None)
    if text is None:
        return "has no workflowDefaults"
    if config_map.opts_out(SKIP_ANNOTATION) or not settings.selects(config_map) or config_map.forbids(text.path):
        return "is excluded by the settings or an annotation"
    if is_sealed(config_map):
        return "is encrypted with SOPS"
    if settings.immutable_objects == "Skip" and cannot_change(config_map, Kind()):
        return "has `immutable: true`, and `immutableObjects` is Skip"
    reason = inner_texts.reason_against(text, config_map)
    return f"has workflowDefaults that krmfn cannot edit ({reason})" if reason else ""
