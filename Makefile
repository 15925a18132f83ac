# `make` alone lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

TOOL := go tool -modfile=.tools/go.mod
FUZZTIME ?= 60s

# A sum over all files that git would take.
TREE := git ls-files -co --exclude-standard -z | xargs -0 sha256sum 2>/dev/null | sha256sum || true

.PHONY: help
help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/crm-tool; it knows its version from git
	CGO_ENABLED=0 go build -trimpath -buildvcs=auto -o bin/ ./cmd/crm-tool

# The longest tests begin first, and more at once than there are cores: they also wait. What vet says, lint says.
# Collecting garbage less often saves a tenth of the time and costs little memory; like the binary, the tests need no C.
.PHONY: test
test: ## run the tests; they need no server, no root and no file of this host
	CGO_ENABLED=0 GOGC=300 go test -timeout 30m -vet=off -parallel 8 ./pkg/scenario ./...

.PHONY: test-exhaustive
test-exhaustive: ## try every fault at every call, and long random sequences (minutes)
	go test -timeout 60m -tags exhaustive $(call tagged,exhaustive)
	CRM_TOOL_TEST_ODOO_API=json2 CRM_TOOL_TEST_ODOO_BEHIND=3s go test ./pkg/scenario -run 'TestAfter|TestKilled|TestAKilled|TestRunsAtTheSame'

.PHONY: race
race: ## run all tests with the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -timeout 60m -race ./...

.PHONY: lint
lint: ## check the code, its form, go.mod and everything that is generated
	$(TOOL) golangci-lint run ./...
	go mod tidy -diff
	root=$$PWD; for module in pkg/scenario/browser pkg/scenario/kubernetes .tools/image; do \
		(cd $$module && go tool -modfile=$$root/.tools/go.mod golangci-lint run ./... && go mod tidy -diff); \
	done
	@before=$$($(TREE)); go generate ./...; [[ $$before == "$$($(TREE))" ]] || \
		{ echo 'lint: generated files were out of date; go generate ./... has just made them anew: commit them' >&2; exit 1; }

.PHONY: fmt
fmt: ## format the code
	$(TOOL) golangci-lint fmt ./...

.PHONY: docs
docs: ## generate what is generated from the code
	go generate ./...

.PHONY: demo
demo: build ## see the whole job, with no server
	bin/crm-tool demo

.PHONY: examples
examples: ## try every example
	go test -count=1 ./examples/...

# An older version, which must understand what this one leaves in Odoo, and be understood by it.
OLD ?= 613caf2
OLD_DIR = $(CURDIR)/bin/old/$(OLD)

$(OLD_DIR)/crm-tool-old:
	.ci/old-version $(OLD) $@

.PHONY: test-upgrade
test-upgrade: $(OLD_DIR)/crm-tool-old ## let this version and an older one (OLD) take over from each other
	PATH="$(OLD_DIR):$$PATH" go test -count=1 -timeout 30m -tags upgrade -run '^TestVersions' ./pkg/scenario

# The packages with tests of a build tag, without the modules of the browser and of Kubernetes and what test-install runs.
tagged = $(sort $(dir $(shell grep -rlE '^//go:build (.* )?$(1)\b' --include='*_test.go' --exclude-dir=browser --exclude-dir=kubernetes --exclude-dir=install ./pkg)))

# The real Odoo: the one that the environment names, that of an official image (ODOO), or the Odoo 19 of .ci/odoo, which
# alone comes with relays.
ifneq ($(CRM_TOOL_TEST_ODOO_URL),)
start_odoo = :
odoo_env = :
without_relays = -skip 'WithARelay$$|WithEachRelay$$'
else ifneq ($(ODOO),)
start_odoo = ODOO=$(ODOO) docker compose -f examples/odoo/compose.yaml up --wait
odoo_env = ODOO=$(ODOO) examples/odoo/env
without_relays = -skip 'WithARelay$$|WithEachRelay$$'
else
start_odoo = .ci/odoo setup && .ci/odoo start
odoo_env = .ci/odoo env
endif

.PHONY: test-odoo
test-odoo: $(OLD_DIR)/crm-tool-old ## run the tests that need a real Odoo: 19 (set up here, as root on Debian), ODOO=16 to 20 (Docker), or any
	$(start_odoo)
	$(if $(without_relays),,.ci/relay setup && .ci/browser setup)
	rm -f bin/skipped
	while IFS= read -r line; do export "$$line"; done < <($(odoo_env) && $(if $(without_relays),:,.ci/relay env)); \
		export CRM_TOOL_TEST_ODOO_SKIPPED=$(CURDIR)/bin/skipped PATH="$(OLD_DIR):$$PATH"; \
		go test -count=1 -tags odoo,upgrade -p 1 -timeout 180m $(without_relays) $(call tagged,odoo) && cd pkg/scenario/browser && go test -count=1 -tags odoo ./...
	@[[ ! -s bin/skipped ]] || { echo 'test-odoo: not everything was tried:'; cat bin/skipped; }

# Scripts for the replica: of each kind of run, those that would notice what a replica shows too late. SCRIPTS=. is all.
SCRIPTS ?= ^(switch|once|answered|uncertain|killed-after-claim|killed-after-reply|odoo-stumbles|archive-due|archive-undo|archive-answer|feedback-page|feedback-reminder|feedback-score)$$

.PHONY: test-replica
test-replica: ## run SCRIPTS by both protocols on a real Odoo 19 that reads from a replica 3 seconds behind
	.ci/odoo setup
	.ci/odoo start --replica
	while IFS= read -r line; do export "$$line"; done < <(.ci/odoo env); \
		for api in json2 xmlrpc; do \
			CRM_TOOL_TEST_ODOO_API=$$api go test -count=1 -tags odoo -parallel 12 -timeout 90m -run 'TestScenarios/$(SCRIPTS)' ./pkg/scenario; \
		done

.PHONY: test-relay
test-relay: ## mail through Postfix, Exim and OpenSMTPD; sets them up first (root on Debian)
	.ci/relay setup
	while IFS= read -r line; do export "$$line"; done < <(.ci/relay env); \
		go test -count=1 -timeout 10m -tags relay -run 'WithARelay$$|WithEachRelay$$' ./pkg/scenario

.PHONY: test-browser
test-browser: ## let a client answer in a real browser, at the stand-in (needs Chromium)
	cd pkg/scenario/browser && go test -count=1 ./...

.PHONY: test-mails
test-mails: ## let spam filter, checkers of HTML and CSS, another parser and axe judge every mail; sets them up first (root on Debian)
	.ci/mails setup && .ci/browser setup
	while IFS= read -r line; do export "$$line"; done < <(.ci/mails env); \
		go test -count=1 -timeout 10m -tags mails ./pkg/scenario/mails && \
		cd pkg/scenario/browser && go test -count=1 -timeout 10m -tags mails -run 'TheMails$$' ./...

# So many opportunities are due when four parts are compared with one run.
DUE ?= 8000

.PHONY: test-kubernetes
test-kubernetes: build ## let the programs of Kubernetes judge the manifests and run jobs of them, which serve the real Odoo of test-odoo
	.ci/kubernetes setup
	$(start_odoo)
	while IFS= read -r line; do export "$$line"; done < <(.ci/kubernetes env && $(odoo_env)); \
		export CRM_TOOL_TEST_PROGRAM=$(CURDIR)/bin/crm-tool CRM_TOOL_TEST_DUE=$(DUE); \
		cd pkg/scenario/kubernetes && go test -count=1 -timeout 30m -tags odoo -parallel 16 -v ./...

.PHONY: pictures
pictures: ## make the pictures of the guides anew, with a real Odoo and a browser; then look at each
	$(start_odoo)
	.ci/browser setup
	while IFS= read -r line; do export "$$line"; done < <($(odoo_env)); cd pkg/scenario/browser && \
		CRM_TOOL_TEST_PICTURES=$(CURDIR)/docs/images go test -count=1 -tags odoo -run TestGuidesShowPictures ./...

.PHONY: test-monitoring
test-monitoring: ## check metrics and alert rules with Debian's promtool; sets it up first (root on Debian)
	.ci/promtool setup
	PATH="$$(.ci/promtool path):$$PATH" go test -count=1 -run Promtool ./examples

.PHONY: test-faults
test-faults: ## kill and restart all there is while a real Odoo mails, the one of test-odoo
	$(start_odoo)
	while IFS= read -r line; do export "$$line"; done < <($(odoo_env)); \
		go test -count=1 -tags odoo,faults -run '^TestKills(AndRestartsUnderLoad|WhileOdooSends)' -v -timeout 30m ./pkg/scenario

.PHONY: bench
bench: ## run the benchmarks
	go test -run '^$$' -bench . -benchmem ./...

# The server of its own hashes and keeps as shipped: .ci/odoo. It is stopped in the end, whatever that is.
.PHONY: bench-odoo
bench-odoo: export CRM_TOOL_CI_SHIPPED = 1
bench-odoo: build ## compare with Odoo's own ways on a real Odoo 19 as shipped, set up here; writes docs/performance.md (root on Debian)
	.ci/odoo start
	trap '.ci/odoo stop' EXIT; go test -count=1 -tags bench -timeout 60m -v ./pkg/scenario/bench

# The commit to compare with; see .ci/bench-compare.
BASE ?=

.PHONY: bench-compare
bench-compare: ## compare instructions and allocations of each mail's path with those at BASE; the numbers do not depend on the machine
	.ci/bench-compare $(BASE)

# How many records are due, one number after the other.
GROWTH ?= 1000 10000 100000

.PHONY: bench-growth
bench-growth: ## let GROWTH records be due at the stand-in: memory stays, CPU grows with them; writes docs/performance.md
	CRM_TOOL_TEST_GROWTH='$(GROWTH)' CRM_TOOL_TEST_GROWTH_FILE=$(CURDIR)/docs/performance.md \
		go test -count=1 -timeout 120m -tags exhaustive -run '^(TestMemoryStays|TestTheProgramIsSmall)' -v ./pkg/scenario

.PHONY: fuzz
fuzz: ## fuzz each target for FUZZTIME (60s)
	grep -rHoE '^func Fuzz[A-Za-z0-9_]+' --include='*_test.go' cmd pkg | while IFS=: read -r file match; do \
		go test -run '^$$' -fuzz "^$${match#func }$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5s "./$$(dirname "$$file")"; \
	done

.PHONY: snapshot
snapshot: ## build the archives and packages of a release into dist/, publishing nothing
	.ci/packages snapshot

.PHONY: release
release: ## make the same of a tag, signed, and draft a release on GitHub
	.ci/packages release

# dist/ is made anew unless it is that of this commit.
DIST = dist/crm-tool_linux_amd64_v1/crm-tool

.PHONY: image
image: ## make the container image in bin/image, of the binaries that make snapshot makes
	[[ "$$(go version -m $(DIST) 2>/dev/null)" == *vcs.revision="$$(git rev-parse HEAD)"* ]] || $(MAKE) snapshot
	cd .tools/image && go run . $(CURDIR)/bin/image $(CURDIR)/LICENSE $(CURDIR)/dist/crm-tool_linux_*/crm-tool

.PHONY: test-install
test-install: image ## install package and image as the guide says, up to the first run with a real Odoo (root on Debian)
	$(start_odoo)
	.ci/install setup
	while IFS= read -r line; do export "$$line"; done < <($(odoo_env)); \
		go test -count=1 -timeout 10m -tags odoo,install ./pkg/scenario/install

# What is made for the tests takes as long as dist/ itself, twice, and 300 MB.
.PHONY: test-packages
test-packages: ## install, upgrade, remove and purge what snapshot made, in clean systems (root on Debian)
	.ci/packages setup
	@more=$$(mktemp -d); trap 'rm -rf "$$more"' EXIT; .ci/packages more "$$more"; \
		CRM_TOOL_TEST_PACKAGES="$$more" go test -count=1 -timeout 10m -tags packages ./pkg/scenario/packages

.PHONY: vuln
vuln: ## look for known vulnerabilities in what the binary uses
	@$(TOOL) govulncheck ./... || { status=$$?; [[ $$status == 3 ]] || \
		echo 'vuln: nothing was checked; is https://vuln.go.dev within reach?' >&2; exit $$status; }

.PHONY: clean
clean: ## remove what was built
	rm -rf bin dist
