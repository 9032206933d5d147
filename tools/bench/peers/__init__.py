"""The programs that krmfn is measured against. Each runs by itself and imports nothing from here."""
