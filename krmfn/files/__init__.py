"""Manifests in files: found, told from what is no manifest, treated with those beside them, and written back safely.

Above `krmfn.run`, which knows no files, and below the commands `fix`, `check`, `diff` and `explain`. Function mode
imports nothing from here.
"""
