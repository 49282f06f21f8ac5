# The table of contents: `make` lists what there is.
# demo, run and test share one build, so that the second of them compiles next to nothing.
CARGO ?= cargo
TOOL := tests/tools/cargo-tool.sh
OUT ?= target/demo
ARGS ?=
EXPORT ?=

.DEFAULT_GOAL := help
.PHONY: help demo run test test-audit test-documents check format advisories bench bench-quick docs servers

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

demo: ## the whole job on a throw-away ledger, without servers: the quarterly document lies in target/demo (OUT=…)
	$(CARGO) run -p svod -- demo --out $(OUT) $(ARGS)

run: ## the service with its defaults: SQLite in svod-data, HTTP on 127.0.0.1:8080 (ARGS=…)
	$(CARGO) run -p svod -- run $(ARGS)

# What is compiled is compiled before the servers start and before any test's clock runs. The journeys run
# target/debug/svod, which building the tests alone does not make.
test: ## everything, on a private PostgreSQL and RabbitMQ, which are installed if they are missing (ARGS=…)
	$(CARGO) build --workspace --all-features --bins
	$(TOOL) nextest run --workspace --all-features --no-run
	tests/servers/with-servers.sh $(TOOL) nextest run --workspace --all-features $(ARGS)

# The verifiers are packages of Debian, PyPI, npm and crates.io, which are installed if they are missing.
test-audit: ## gives exports to verifiers that nobody here wrote, and mutations of them; 10,000 honest histories (EXPORT=… ARGS=--light)
	tests/audit/check.sh $(ARGS) $(EXPORT)
	PROPTEST_CASES=10000 $(TOOL) nextest run -p svod-engine honest

# What a Word file is worth is what others read in it. The tests before leave documents of kinds that reports are not.
test-documents: ## gives 1,000 hostile reports to readers and validators that nobody here wrote; 1,000 quarters back through the import (ARGS=--light)
	PROPTEST_CASES=1000 $(TOOL) nextest run -p svod-report --test document
	tests/documents/check.sh $(ARGS)

check: ## format, lints, dependencies
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --all-features -- -D warnings
	$(TOOL) deny --log-level error check bans licenses sources

# Apart from `check`, because its answer depends on the day and on the network, not on the tree.
advisories: ## known weaknesses of dependencies; needs the advisory database from the network
	$(TOOL) deny check advisories

format: ## puts the code into the form that `check` wants
	$(CARGO) fmt --all

bench: ## measures the released program beside others (two hours; ARGS="--longest 3000000" adds a longer log); docs/BENCHMARKS.md
	tests/bench/run.sh $(ARGS)

bench-quick: ## the same in a few minutes, for a look: prints its report
	tests/bench/run.sh --quick $(ARGS)

docs: ## writes the contract documents anew from the code: schemas, AsyncAPI, OpenAPI, reason codes
	$(CARGO) run -p svod -- docs --out docs/contract

servers: ## a shell beside a private PostgreSQL and RabbitMQ, with the variables that the tests read
	tests/servers/with-servers.sh "$${SHELL:-bash}"
