#!/usr/bin/env bash
# Imports every document of a corpus of 2,639 API documents: all load, none takes long, the counts are right, each
# integration can be registered. Not part of CI: it takes minutes.
set -euo pipefail
# shellcheck source=tools/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

tools/scripts/documents.sh
go test -tags corpus -count=1 -timeout 60m -run '^TestCorpus$' -v ./openapi
