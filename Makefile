# The only tool needed besides make is Go 1.26. Everything that is built or downloaded here goes to bin/
# and .cache/, which git ignores.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO           ?= go
FUZZTIME     ?= 10s
BENCH        ?=
COUNT        ?=
LISTEN       ?= 127.0.0.1:8282
ADMIN        ?= 127.0.0.1:8283
LINT_VERSION := v2.15.0

TESTFLAGS    ?=
CACHE        := $(CURDIR)/.cache
LINT         := $(CACHE)/golangci-lint-$(LINT_VERSION)/golangci-lint
BUNDLE       := $(CACHE)/springfield.tar.gz

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/lictor and bin/lictor-edge
	$(GO) build -trimpath -o bin/ ./cmd/...

.PHONY: wasm
wasm: ## build bin/lictor-evaluator.wasm, the table engine as a WebAssembly module, and bin/lictor-proxy.wasm, the plugin of proxies; the same sources give the same bytes
	@for module in evaluator:./runtime/guest/module proxy:./runtime/proxy/module; do \
		file=bin/lictor-$${module%%:*}.wasm; \
		GOOS=wasip1 GOARCH=wasm GOWASM= GOFLAGS= GOEXPERIMENT= CGO_ENABLED=0 $(GO) build -o "$$file" \
			-trimpath -buildvcs=false -buildmode=c-shared '-ldflags=-w -buildid=' "$${module#*:}"; \
		$(GO) run ./runtime/guest/finish "$$file"; \
		printf '%s bytes, %s compressed\n' "$$(wc -c < "$$file")" "$$(gzip -9 -n < "$$file" | wc -c)"; \
		sha256sum "$$file" 2>/dev/null || shasum -a 256 "$$file"; \
	done

.PHONY: run
run: build ## compile examples/springfield and serve it on LISTEN (127.0.0.1:8282), ADMIN (127.0.0.1:8283)
	@mkdir -p $(CACHE)
	bin/lictor compile examples/springfield -o $(BUNDLE)
	@sed 's/127\.0\.0\.1:8282/$(LISTEN)/g' examples/springfield/requests.txt
	exec bin/lictor serve --bundle $(BUNDLE) --allow-unsigned --listen $(LISTEN) --admin $(ADMIN)

.PHONY: test
test: ## run every test of all three modules
	$(GO) test $(TESTFLAGS) ./...
	$(GO) -C benchmarks test $(TESTFLAGS) ./...
	$(GO) -C examples/deploy test -count=1 $(TESTFLAGS) ./... # runs programs of the module above, whose changes the cache of results does not see

.PHONY: race
race: ## run every test under the race detector, those that count repetitions with fewer (-short)
	CGO_ENABLED=1 $(GO) test -race -short $(TESTFLAGS) ./...

.PHONY: quick
quick: ## vet, and the tests that take seconds
	$(GO) vet ./...
	$(GO) test -short $(TESTFLAGS) ./...

.PHONY: lint
lint: $(LINT) ## check style, import walls, formatting and generated files
	$(LINT) run ./...
	cd benchmarks && $(LINT) run --config ../.golangci.yml ./...
	cd examples/deploy && $(LINT) run --config ../../.golangci.yml ./...
	.ci/generated

.PHONY: check
check: lint test race ## everything that must hold before a change is sent

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (10s); fails when one did not run
	FUZZTIME=$(FUZZTIME) .ci/fuzz

.PHONY: bench
bench: ## print the tables of all benchmarks, COUNT (10) runs each, and keep them in benchmarks/results; with BENCH only a look at those that match, COUNT (1) runs, kept nowhere
	COUNT='$(COUNT)' benchmarks/record $(if $(BENCH),- '$(BENCH)')

.PHONY: bench-report
bench-report: ## render benchmarks/results as benchmarks/REPORT.md with plots
	$(GO) -C benchmarks run ./report

.PHONY: cloud
cloud: ## write the definitions of examples/cloud
	$(GO) run ./examples/cloud

.PHONY: clean
clean: ## remove bin/ and .cache/
	rm -rf bin $(CACHE)

$(LINT):
	@echo "building golangci-lint $(LINT_VERSION) once: this takes minutes"
	GOBIN=$(@D) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
