#!/bin/sh
# Writes constraints/dev.txt: every third-party package of the workspace, pinned with hashes, for pip and for uv alike.
# Needs uv; run it only when a dependency changes.
set -eu
cd "$(dirname "$0")/.."
uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
  --group dev --all-extras \
  pyproject.toml core/pyproject.toml core/media/pyproject.toml sdk/pyproject.toml \
  plugins/*/pyproject.toml --no-emit-package visavis-core --no-emit-package visavis-media --no-emit-package visavis-sdk \
  --no-emit-package visavis-plugin-wound-care --no-emit-package visavis-plugin-quebec --no-emit-package visavis-plugin-france --no-emit-package visavis \
  -o constraints/dev.txt
