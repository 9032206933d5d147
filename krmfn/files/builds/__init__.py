"""A model of the builds of a repository: how kustomize and other tools change manifests before they run.

A file names the image of a container, but kustomizations, patches, commands in scripts and deployment tools may replace
it. The model is read once, from files alone: nothing is built, and no program is run.

found (walk) ─▶ kustomizations, overrides, artifacts ─▶ ways (from each root to each file) ─▶ final images
"""
