# Every target is one line to a person and one command to a machine. What
# takes more than a few lines is a script of its own in scripts/.

SHELL := bash
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME ?= 10s
KILLS ?= 200
STORES ?= /tmp/orderhub-stores

# BENCHFLAGS is more for the measuring program, such as -small; it explains them with -help.
BENCH = scripts/need-sqlite && old=$${OLD:-$$(scripts/old-binary)} && \
	scripts/with-postgres --durable go run ./bench -old "$$old" -only '$(ONLY)' $(BENCHFLAGS)

.PHONY: help test check tools bench bench-large fuzz crash run sizes
.NOTPARALLEL:

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-11s  %s\n", $$1, $$2}' Makefile

test: tools check ## install what is missing, check the source, run all tests on SQLite and PostgreSQL
	@set -o pipefail; CGO_ENABLED=1 scripts/with-postgres go test -race -json ./... | go run ./scripts/tally

check: ## the second part of test: format, vet, staticcheck, modules as published
	@list=$$(find . -name '*.go' -not -path './.*' -exec "$$(go env GOROOT)/bin/gofmt" -l {} +) || exit 1; \
		if [ -n "$$list" ]; then printf 'gofmt -w would change:\n%s\n' "$$list"; exit 1; fi
	@go vet ./...
	@go run $(STATICCHECK) ./...
	@go mod verify >/dev/null

tools: ## the first part of test: a C compiler for the race detector, and PostgreSQL
	@scripts/need-cc
	@scripts/need-postgres >/dev/null

bench: ## measure both databases, beside the binary OLD (commit 0c8e508): all figures, or those in ONLY (name,name)
	@$(BENCH)

bench-large: ## the same with stores of a million orders, made once and kept in STORES
	@$(BENCH) -stores $(STORES)

fuzz: ## run every fuzz target for FUZZTIME (10s)
	@scripts/fuzz $(FUZZTIME)

crash: ## kill the server KILLS times (200) on each database, cut the power, fail disk and database
	scripts/with-postgres go test ./cmd/orderhub -run 'TestCrash|TestImportCrash|TestPostgresFails' -count=1 -timeout=2h -v \
		-kills=$(KILLS) -dbfaults=3 -import-rows=100000 -import-kills=20
	@if [ "$$(uname)" != Linux ] || [ "$$(id -u)" -ne 0 ]; then \
		echo "make crash: power cuts, the full disk and failing flushes are left out: they need root on Linux." >&2; exit; fi; \
		command -v strace >/dev/null || scripts/install strace apt=strace dnf=strace apk=strace || exit 1; \
		set -x; go test ./cmd/orderhub -run 'TestPowerCut|TestFullDisk|TestFailingFlush' -count=1 -timeout=1h -v -powercut=20 -fulldisk -flushes=40

run: ## start with sample data on http://127.0.0.1:8080
	go run ./cmd/orderhub serve --demo

sizes: ## list the largest files and the longest functions
	@go run ./scripts/sizes
