# Every entry point a person or a machine uses. `make` alone lists them.
GO       ?= go
TOOL     := $(GO) tool -modfile=internal/tools/go.mod
BIN      := bin/planwright
PACKAGES := ./...
export GOFLAGS ?= -mod=readonly
FUZZTIME ?= 10s

.DEFAULT_GOAL := help
.PHONY: help build demo test race browser check fmt vet lint fix layers dead docs arazzo clients mutations mutate crash predict fuzz eval bench vuln style clean

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/planwright
	$(GO) build -trimpath -o $(BIN) ./cmd/planwright

demo: build ## run the main job against two stand-in vendors, with kills
	$(BIN) demo

test: browser ## run all tests
	$(GO) test -timeout 15m $(PACKAGES)
	@$(NOBROWSER)

race: browser ## run all tests under the race detector
	$(GO) test -race -timeout 30m $(PACKAGES)
	@$(NOBROWSER)

# The tests of the pages drive a Chromium. Where there is none they are skipped, and said so
# last, where it is read; a machine without a network must still be able to test the rest.
FINDBROWSER := command -v "$${CHROMIUM:-chromium}" || command -v chromium-browser || command -v google-chrome || command -v google-chrome-stable
NOBROWSER   := { $(FINDBROWSER); } >/dev/null || echo "test: BROWSER TESTS WERE SKIPPED: no chromium (make browser, or set CHROMIUM)"

browser: ## install the Chromium that the tests of the pages drive, if it may be
	@if ! { $(FINDBROWSER); } >/dev/null; then \
	  if [ "$$(id -u)" = 0 ]; then su=; elif sudo -n true 2>/dev/null; then su="sudo -n"; else su=no; fi; \
	  if [ "$$su" != no ] && command -v apt-get >/dev/null; then \
	    echo "browser: installing chromium and fonts-dejavu-core with apt-get, for the tests of the pages"; \
	    { $$su apt-get -qq update && DEBIAN_FRONTEND=noninteractive $$su apt-get -qq install -y --no-install-recommends chromium fonts-dejavu-core; } >/dev/null 2>&1 || true; \
	  fi; \
	  { $(FINDBROWSER); } >/dev/null || echo "browser: NO CHROMIUM, and it could not be installed: the tests of the pages will be skipped"; \
	fi

check: fmt vet lint fix layers dead docs arazzo clients mutations vuln ## everything else that must pass
	@echo "check: all green"

fmt: ## list files gofumpt would change
	@out=$$($(TOOL) gofumpt -l $$(git ls-files '*.go')); if [ -n "$$out" ]; then echo "gofumpt -w these:"; echo "$$out"; exit 1; fi

vet: ## certain mistakes
	$(GO) vet $(PACKAGES)

lint: ## likely mistakes
	$(TOOL) golangci-lint run $(PACKAGES)

fix: ## idioms that Go has a newer form for
	@out=$$($(GO) fix -diff $(PACKAGES) 2>&1); if [ -n "$$out" ]; then echo "$$out"; echo "go fix would change the above"; exit 1; fi

layers: ## who may import whom
	$(GO) test ./internal/layers

dead: ## code that nothing reaches
	@out=$$($(TOOL) deadcode -test $(PACKAGES)); if [ -n "$$out" ]; then echo "$$out"; exit 1; fi

docs: ## documents that must agree with the code
	$(GO) test -run 'Doc|Golden|Manual' $(PACKAGES)

# Another program than ours judges what export writes. Where it cannot be had that is said,
# not passed over: the rules of internal/arazzo's own tests hold all the same.
REDOCLY := $(CURDIR)/build/redocly/node_modules/.bin/redocly

arazzo: ## let redocly judge the Arazzo documents, where there is npm
	@if { [ ! -x "$(REDOCLY)" ] || ! cmp -s internal/tools/redocly/package.json build/redocly/package.json; } && command -v npm >/dev/null; then \
	  mkdir -p build/redocly && cp internal/tools/redocly/package.json build/redocly/ && \
	  (cd build/redocly && npm install --no-package-lock --no-audit --no-fund --ignore-scripts --omit=optional --loglevel=error) || true; \
	fi; \
	if [ -x "$(REDOCLY)" ]; then ARAZZO_LINT="$(REDOCLY)" $(GO) test -count=1 -run 'TestLint$$' ./internal/arazzo; \
	else echo "arazzo: THE LINT WAS SKIPPED: no redocly, and npm could not install it"; fi

# The vendors' own clients judge the twins. Their lock file names no registry: npm asks the
# one it is set up with, and checks what it gets against the hashes.
CLIENTS := $(CURDIR)/build/clients

clients: ## let the vendors' own clients judge the twins, where there is npm
	@if ! cmp -s internal/twin/clients/package-lock.json "$(CLIENTS)/package-lock.json" && command -v npm >/dev/null; then \
	  rm -rf "$(CLIENTS)" && mkdir -p "$(CLIENTS)" && cp internal/twin/clients/package.json internal/twin/clients/package-lock.json internal/twin/clients/.npmrc "$(CLIENTS)" && \
	  (cd "$(CLIENTS)" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error) || rm -rf "$(CLIENTS)"; \
	fi; \
	if [ -d "$(CLIENTS)/node_modules" ] && command -v node >/dev/null; then TWIN_CLIENTS="$(CLIENTS)/node_modules" $(GO) test -count=1 -v -run 'TestJSForce|TestXeroNode' ./internal/twin/clients; \
	else echo "clients: JSFORCE AND XERO-NODE WERE NOT RUN: npm could not install them"; fi

# Each mutation breaks one behaviour of the twins. That they fit is known in seconds; whether
# a test notices each takes as many builds, about a quarter of an hour on two cores.
MUTATE := cd internal/tools && $(GO) run ./mutate -root ../..

mutations: ## the ways to break the twins that make mutate tries still fit
	cd internal/tools && $(GO) test ./mutate
	$(MUTATE) -check ../twin/mutations.txt

mutate: ## break the twins in every listed way; a test must notice all but two
	$(MUTATE) -unnoticed 2 -packages ./internal/twin/... ../twin/mutations.txt

crash: ## kill the engine at every journal write and both sides of every send
	$(GO) test -count=1 -run 'Kill|Crash' -v ./internal/app ./runtime/localengine ./runtime/journal

predict: ## predict 100,000 random invoices; the twin must sum every one to the same cent
	$(GO) test -count=1 -run Predicts -v ./runtime/predict -invoices 100000

SEEDS ?= 200000
FROM  ?= 1

soak: ## play SEEDS seeds of the simulation, from FROM on (GOMAXPROCS says on how many cores)
	$(GO) test -count=1 -timeout 0 ./internal/sim -run 'TestSeeds$$' -v -from $(FROM) -seeds $(SEEDS) -progress 1000

fuzz: ## run every fuzz target for FUZZTIME each
	@set -e; for p in $$($(GO) list $(PACKAGES)); do \
	  for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz' || true); do \
	    echo "fuzz $$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x $$p; done; done

eval: build ## grade planners, plans and the matcher on all cases, against the baseline
	$(BIN) eval all --out bin/eval

bench: ## the figures of the README
	$(GO) test -run '^$$' -bench Process -benchtime 20x ./cmd/planwright
	$(GO) test -run '^$$' -bench W1 -benchtime 5x ./internal/app
	$(GO) run ./cmd/planwright bench engine
	$(GO) run ./cmd/planwright bench journal --runs 10000
	$(GO) test -run '^$$' -bench . -benchtime 200ms ./runtime/journal ./runtime/check ./runtime/expr ./specs/catalog
	$(GO) test -run '^$$' -bench Twin -benchtime 200ms ./internal/twin/...

vuln: ## known vulnerabilities, where a database is present
	@if [ -n "$$GOVULNDB" ]; then $(TOOL) govulncheck -db "$$GOVULNDB" $(PACKAGES); else echo "vuln: skipped, no database (set GOVULNDB=file:///...)"; fi

clean: ## remove what was built
	rm -rf bin
