# Cairn. `make run` starts it, `make test` tests it; both set themselves up.

# lnd's sub-servers are switched on by build tags; chain/node refuses to build
# without them.
TAGS     := walletrpc,signrpc,chainrpc,invoicesrpc,peersrpc,neutrinorpc,watchtowerrpc
GOFLAGS  += -tags=$(TAGS)
export GOFLAGS
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
CAIRN    := bin/cairn
SOURCES  := $(shell git ls-files '*.go' '*.sql' 'public/*' 'templates/*' 2>/dev/null) go.mod

.PHONY: run build release test check generate format bench fuzz e2e race races setup clean

run: build ## build and start Cairn on its embedded default
	$(CAIRN) serve

build: $(CAIRN)

$(CAIRN): $(SOURCES)
	go build -ldflags "-s -w -X main.version=$(VERSION)" -o $@ ./app/cmd/cairn

release: ## a static, reproducible binary for another machine
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o $(CAIRN) ./app/cmd/cairn

test: setup ## all tests that need no browser
	go test -timeout 20m ./...

check: setup ## what CI runs: format, vet, staticcheck, generated files, imports, tests
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
		[ -z "$$unformatted" ] || { echo "gofmt differs:"; echo "$$unformatted"; exit 1; }
	go vet ./...
	go tool staticcheck ./...
	$(MAKE) --no-print-directory generated
	go test -count=1 -run TestImportsRunOneWay ./app
	go test -vet=off -timeout 20m ./...

generate: ## regenerate templates and bundles
	go generate ./templates ./public

.PHONY: generated
generated: ## fail if a committed generated file is out of date
	@before=$$(git status --porcelain; git diff | cksum); \
		$(MAKE) --no-print-directory generate >/dev/null; \
		after=$$(git status --porcelain; git diff | cksum); \
		[ "$$before" = "$$after" ] || { echo "generated files are out of date: run make generate"; git status --short; exit 1; }

format:
	gofmt -w $$(git ls-files '*.go')
	go tool templ fmt templates

race: setup ## the tests that need no node, under the race detector
	go test -race -timeout 20m $$(go list ./... | grep -v -e /chain/node -e /chain/wallet -e /channels/lab -e /channels/lightning -e /channels/sandbox -e /channels/sponsoring -e '/app$$' -e '/app/cmd/cairn$$')

races: setup ## payments against crashes, expiries and each other, 300 times each on real nodes
	CAIRN_RACES=$(or $(ROUNDS),300) go test -count=1 -v -timeout 60m -run TestRaces ./channels/sandbox

bench: setup ## the figures of docs/performance.md
	.ci/bench

fuzz: ## every fuzz target for FUZZTIME each
	.ci/fuzz $(or $(FUZZTIME),30s)

e2e: setup build ## journeys in a real browser
	.ci/e2e

setup: ## install what the tests need and this machine lacks
	@.ci/setup

clean:
	rm -rf bin
