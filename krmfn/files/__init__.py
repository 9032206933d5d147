"""Manifests in files: find and classify them, edit each with its siblings, and write it back safely.

The commands `fix`, `check`, `diff` and `explain` use this package; it uses `krmfn.run`, which knows no files. Function
mode imports nothing from here.
"""
