#!/usr/bin/env bash
# Prints what a program pays for importing the core: modules and packages linked in, bytes of binary. Measured on a
# program that makes a gateway and calls an action, beside one that does nothing.
set -euo pipefail
# shellcheck source=tools/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

core=$(module_path .)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GOWORK=off GOFLAGS=-mod=mod

mkdir "$work/empty" "$work/user"
printf 'package main\n\nfunc main() {}\n' >"$work/empty/main.go"
cat >"$work/user/main.go" <<GO
package main

import (
	"context"
	"fmt"

	"$core"
)

func main() {
	gw, err := waygate.New(waygate.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(gw.Tenant("acme").Invoke(context.Background(), "github.list_issues", nil))
}
GO
cp go.sum "$work/go.sum"
cd "$work"
# The go line is the core's: an older one would choose other defaults.
printf 'module weight.example\n\ngo %s\n' "$(awk '$1 == "go" { print $2; exit }' "$root/go.mod")" >go.mod
go mod edit -require="$core@v0.0.0" -replace="$core@v0.0.0=$root"

# -s -w leaves out the debug tables: what is shipped, not what is debugged.
for program in empty user; do
	go build -trimpath -ldflags='-s -w' -o "$program.bin" "./$program"
done

linked() { go list -deps -f "$1" ./user | grep -v '^$' | sort -u; }
modules=$(linked '{{with .Module}}{{.Path}}{{end}}' | grep -cv -e '^weight\.example$' -e "^$core\$" || true)
own=$(linked "{{with .Module}}{{if eq .Path \"$core\"}}{{\$.ImportPath}}{{end}}{{end}}" | grep -c . || true)
foreign=$(linked "{{with .Module}}{{if and (ne .Path \"$core\") (ne .Path \"weight.example\")}}{{\$.ImportPath}}{{end}}{{end}}" | grep -c . || true)
standard=$(linked '{{if .Standard}}{{.ImportPath}}{{end}}' | grep -c . || true)
empty=$(wc -c <empty.bin)
user=$(wc -c <user.bin)

printf 'modules linked beside the core    %8d\n' "$modules"
printf 'packages linked: the core'\''s own   %8d\n' "$own"
printf 'packages linked: other modules'\''   %8d\n' "$foreign"
printf 'packages linked: standard library %8d\n' "$standard"
printf 'binary, empty program             %8d KiB\n' "$((empty / 1024))"
printf 'binary, New and one Invoke        %8d KiB\n' "$((user / 1024))"
printf 'binary, the difference            %8d KiB\n' "$(((user - empty) / 1024))"
