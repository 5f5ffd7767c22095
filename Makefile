# Each target is one script in tools/scripts, or one line. Bare `make` lists them.

FUZZTIME ?= 30s
SOAKCOUNT ?= 20
scripts := tools/scripts

.DEFAULT_GOAL := help
.PHONY: help test lint fuzz bench soak corpus weight api release-check release

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: ## test every module, race detector on, shuffled; the core also with GOWORK=off
	@$(scripts)/test.sh

lint: ## gofmt, go mod tidy, go vet, staticcheck, govulncheck, directions of imports, the exported API
	@$(scripts)/lint.sh

fuzz: ## run every fuzz target for FUZZTIME (30s); a crasher becomes a seed in testdata/fuzz
	@FUZZTIME=$(FUZZTIME) $(scripts)/fuzz.sh

bench: ## compare with other libraries and write docs/benchmarks.md; run every benchmark, with allocations
	@$(scripts)/bench.sh

soak: ## repeat the core's tests of concurrency SOAKCOUNT (20) times
	@SOAKCOUNT=$(SOAKCOUNT) $(scripts)/soak.sh

corpus: ## import 2,639 real API documents; prints counts, time and peak memory
	@$(scripts)/corpus.sh

weight: ## print what a program pays for importing the core and each piece: modules, packages, bytes
	@$(scripts)/weight.sh

api: ## rewrite api/, the list of what the released modules export, which lint compares with the code
	@$(scripts)/api.sh write

release-check: ## pack each released module and use it from empty folders; VERSION: is it enough for what changed
	@VERSION=$(VERSION) $(scripts)/release-check.sh

release: ## make the commit and the tags of VERSION, after release-check; publishes nothing
	@VERSION=$(VERSION) $(scripts)/release.sh
