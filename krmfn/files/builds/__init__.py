"""The builds of a repository: what kustomize and others make of its manifests before they run.

A file says which image a container has. Kustomizations, patches, commands in scripts and deployment tools may replace
it.
The model is read once, from files alone: nothing is built, and no program is run.

found (walk) ─▶ kustomizations, overrides, artifacts ─▶ ways (from each root to each file) ─▶ final images
"""
