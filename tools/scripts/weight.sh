#!/usr/bin/env bash
# Prints what a program pays for importing the core, beside one that uses net/http alone, and for each piece beside the
# core: modules and packages that are linked, KiB of binary; and of the core's program what each dependency weighs.
set -euo pipefail
# shellcheck source=tools/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

GOWORK=off go -C tools run ./weight -root "$root"
