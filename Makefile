# The front door: `make` lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
GO_FLAGS := -trimpath -buildvcs=false -ldflags="-s -w -buildid= -X gatekeeper/admission/cli.version=$(VERSION)"
CHROMIUM := /usr/bin/chromium
TOOLS := $(CURDIR)/bin

.PHONY: help run build test test-go cover soak fuzz mutants crash bench bench-parts profile test-web e2e lint vuln fmt webui fresh deps-web deps-browser deps-strace deps-prometheus deps-acme deps-rivals deps-games deps-oidc

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: build ## build and start gatekeeper on its defaults
	./gatekeeper serve

build: ## build ./gatekeeper (Go alone; the web pages are in the tree)
	CGO_ENABLED=0 go build $(GO_FLAGS) -o gatekeeper .

test: test-go cover test-web e2e ## everything that must pass

test-go: deps-strace deps-prometheus deps-acme deps-web deps-games deps-oidc ## Go: unit tests, the engine in virtual time, the real binary end to end, and broken
	go vet ./... && cd testdata/games && go vet ./go ./echo
	go test -race -timeout 15m $$(go list ./... | grep -v /proof)
	go test -race -timeout 15m ./admission/proof

cover: ## at least 95 % of the engine's statements are run by its own tests
	@mkdir -p $(TOOLS)
	@go test -coverprofile=$(TOOLS)/cover.out ./admission >/dev/null
	@go tool cover -func=$(TOOLS)/cover.out | awk '/^total/ {print "engine coverage", $$3; if ($$3 + 0 < 95) exit 1}'

soak: ## random stories against the engine's promises for SOAK (10m) on end
	@set -o pipefail; end=$$(( $$(date +%s) + $$(echo $(or $(SOAK),10m) | sed 's/h/*3600/;s/m/*60/;s/s//') )); \
	while [ $$(date +%s) -lt $$end ]; do \
	  go test -count=1 -timeout 1h ./admission -run 'TestEveryStory' -v -rapid.checks=1000 | grep -vE '^(===|testing:)' || exit 1; \
	done

fuzz: ## invented bodies, frames, tokens, tickets, files and databases, FUZZ (1m) for each target
	@set -o pipefail; git grep -oE '^func Fuzz[A-Za-z]+' -- '*_test.go' | sort | while IFS=: read -r file target; do \
	  go test -run '^$$' -fuzz "^$${target#func }$$" -fuzztime $(or $(FUZZ),1m) -fuzzminimizetime 10x ./$$(dirname $$file) || exit 1; \
	done

mutants: ## break each promise by one line; the tests must notice every time
	GATEKEEPER_MUTANTS=1 go test ./admission -run TestMutants -v -timeout 40m

crash: deps-strace deps-web ## kill -9 the real binary CRASHES (5000) times, cut its power, tear its log, restart it under 2,000 players
	GATEKEEPER_CRASHES=$(or $(CRASHES),5000) GATEKEEPER_RESTART=2000 go test -count=1 -timeout 5h ./admission/proof -v

bench: deps-rivals ## the speed that is promised, beside what one would use instead: the table of the README (20 minutes)
	@mkdir -p testdata/bench
	go test -count=1 -timeout 1h ./admission/compare -run TestCompare -v -out ../../testdata/bench/last
	go test -run '^$$' -bench . -benchtime 1x -timeout 30m ./admission/proof ./admission/httpapi

bench-parts: ## micro-benchmarks, to be compared with benchstat: COUNT (1) times each
	go test -run '^$$' -bench . -count $(or $(COUNT),1) ./admission ./admission/gate ./admission/plan ./admission/telemetry ./storage

profile: ## what a rush of admissions costs: bin/cpu.prof, for go tool pprof
	@mkdir -p $(TOOLS)
	go test -count=1 ./admission/compare -run TestCompare -v -only admissions -rounds 1 -slice 5s -profile $(TOOLS)/cpu.prof

test-web: deps-web ## TypeScript: types, style, the state machine and its driver
	cd webui && npm run check && npm test

e2e: build deps-web deps-browser deps-oidc ## the page in a real browser against the real binary
	cd webui && GATEKEEPER_BIN=$(CURDIR)/gatekeeper npm run e2e

lint: ## formatting and static analysis
	@mkdir -p $(TOOLS)
	test -x $(TOOLS)/gofumpt || GOBIN=$(TOOLS) go install mvdan.cc/gofumpt@v0.9.2
	test -x $(TOOLS)/staticcheck || GOBIN=$(TOOLS) go install honnef.co/go/tools/cmd/staticcheck@v0.7.0
	@dirty=$$($(TOOLS)/gofumpt -l $$(git ls-files '*.go')); test -z "$$dirty" || { echo "not formatted:"; echo "$$dirty"; exit 1; }
	$(TOOLS)/staticcheck ./... && cd testdata/games && $(TOOLS)/staticcheck ./go ./echo

# Exit status 1: something is known, or a database was not reached, so that nobody takes silence for safety.
vuln: ## known vulnerabilities of what is built in, by govulncheck and npm audit
	@mkdir -p $(TOOLS)
	@test -x $(TOOLS)/govulncheck || GOBIN=$(TOOLS) go install golang.org/x/vuln/cmd/govulncheck@v1.9.0
	@failed=; \
	check() { echo "== $$1"; shift; out=$$("$$@" 2>&1); code=$$?; echo "$$out"; test $$code = 0 && return; failed=1; \
	  ! grep -qE 'fetching vulnerabilities|audit endpoint returned an error' <<<"$$out" || echo "NOT CHECKED: the database cannot be reached from here"; }; \
	check "Go: the server" $(TOOLS)/govulncheck $(if $(GOVULNDB),-db=$(GOVULNDB)) ./...; \
	check "Go: the example games" $(TOOLS)/govulncheck -C testdata/games $(if $(GOVULNDB),-db=$(GOVULNDB)) ./go ./echo; \
	for dir in webui testdata/games testdata/oidc testdata/rivals; do check "npm: $$dir" npm audit --prefix $$dir --package-lock-only; done; \
	test -z "$$failed"

fmt: ## format the Go code
	@mkdir -p $(TOOLS)
	test -x $(TOOLS)/gofumpt || GOBIN=$(TOOLS) go install mvdan.cc/gofumpt@v0.9.2
	$(TOOLS)/gofumpt -w $$(git ls-files '*.go')

webui: deps-web ## rebuild the web pages and the wire types
	cd webui && npm run wire && npm run build

fresh: webui ## prove that what is generated is what the sources say
	go mod tidy
	git diff --exit-code --stat -- webui/dist webui/sdk/wire.ts go.mod go.sum
	@test -z "$$(git status --porcelain -- webui/dist)" || { git status --porcelain -- webui/dist; exit 1; }

deps-web: webui/node_modules/.installed

webui/node_modules/.installed: webui/package-lock.json
	cd webui && npm ci --no-audit --no-fund
	@touch $@

deps-browser:
	@test -x $(CHROMIUM) || { command -v apt-get >/dev/null || { echo "install Chromium as $(CHROMIUM)"; exit 1; }; \
	  sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); $$sudo apt-get update -qq && $$sudo apt-get install -y -qq chromium; }

deps-strace:
	@command -v strace >/dev/null || { command -v apt-get >/dev/null || { echo "install strace"; exit 1; }; \
	  sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); $$sudo apt-get update -qq && $$sudo apt-get install -y -qq strace; }

# Only unpacked: the package would start a service.
deps-prometheus:
	@mkdir -p $(TOOLS)
	@command -v promtool >/dev/null || test -x $(TOOLS)/prometheus/usr/bin/promtool || { \
	  command -v apt-get >/dev/null || { echo "install Prometheus"; exit 1; }; \
	  sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); $$sudo apt-get update -qq; \
	  cd $(TOOLS) && apt-get download -qq prometheus 2>/dev/null && dpkg -x prometheus_*.deb prometheus && rm prometheus_*.deb; }

deps-oidc: testdata/oidc/node_modules/.installed

testdata/oidc/node_modules/.installed: testdata/oidc/package-lock.json
	cd testdata/oidc && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

# Not npm ci: it wants native parts of other systems in the lock, which an installation never asks for.
deps-games: testdata/games/node_modules/.installed

testdata/games/node_modules/.installed: testdata/games/package-lock.json
	cd testdata/games && npm install --no-save --omit=optional --ignore-scripts --no-audit --no-fund
	@touch $@

# An authority to ask for certificates, and the names that it looks up; tools, so not in go.mod.
deps-acme:
	@mkdir -p $(TOOLS)
	test -x $(TOOLS)/pebble || GOBIN=$(TOOLS) go install github.com/letsencrypt/pebble/v2/cmd/pebble@v2.8.0
	test -x $(TOOLS)/pebble-challtestsrv || GOBIN=$(TOOLS) go install github.com/letsencrypt/pebble/v2/cmd/pebble-challtestsrv@v2.8.0

deps-rivals: testdata/rivals/node_modules/.installed

testdata/rivals/node_modules/.installed: testdata/rivals/package-lock.json
	cd testdata/rivals && npm install --no-save --omit=optional --ignore-scripts --no-audit --no-fund
	@touch $@
