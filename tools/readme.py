"""Write the generated parts of README.md and docs, and the plot of the measurements: `python tools/readme.py`."""

import doc_parts
import sdk_reference

if __name__ == "__main__":
    sdk_reference.FILE.write_text(sdk_reference.text(), encoding="utf-8")
    for page in doc_parts.pages():
        page.write_text(doc_parts.filled(page), encoding="utf-8")
    doc_parts.write_plot()
