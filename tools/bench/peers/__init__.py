"""The programs that krmfn is measured against. Each runs alone and imports nothing from this package."""
