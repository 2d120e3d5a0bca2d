#!/bin/sh
# Writes the two hashed locks from pyproject.toml. They name packages and hashes, never an index.
set -eu
cd "$(dirname "$0")/.."
options="--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet"
echo "hatchling>=1.27" > requirements/build.in
uv pip compile $options pyproject.toml requirements/build.in --extra demo -o requirements/run.lock
uv pip compile $options pyproject.toml requirements/build.in --extra demo --extra codecs --extra dev -c requirements/run.lock -o requirements/dev.lock
rm requirements/build.in
