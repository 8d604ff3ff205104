# Stepwise. `make demo` and `make test` do all their set-up themselves on Debian 12 with Swift 6.3.
# One build configuration, release, for everything: a clean clone compiles once.

SWIFT := swift
BUILD := $(SWIFT) build -c release
SOURCES := Package.swift Sources Tests Benchmarks

.PHONY: help demo test interop fuzz sanitize soak lint format bench bench-peers build container-binaries setup clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install missing system packages (says so; sudo where needed) and check Swift
	@scripts/setup

build: setup ## Build the three executables
	$(BUILD)

demo: build ## Train on seeded arithmetic through the three services, evaluate base and SRL (under 10 minutes)
	@scripts/demo $(DEMO_ARGUMENTS)

# One test after another: most start servers, processes or BLAS threads of their own, and timers of tests that share
# two cores with another's training step fire late. It takes no longer.
test: setup ## Build everything and run the whole test suite
	$(SWIFT) test -c release --no-parallel

interop: build ## Train a few steps with TRL and stepwise-reward as its reward (PyPI; 1.5 GB or more the first time)
	@scripts/interop $(INTEROP_ARGUMENTS)

# In memory where that is possible: every run writes the file that it reads.
RUNS ?= 100000
FUZZ_SECONDS ?= 30
fuzz: setup ## Damaged files and templates (RUNS, 100,000 unless set), then libFuzzer on the network's input (FUZZ_SECONDS each, 30)
	TMPDIR=$$(test -w /dev/shm && echo /dev/shm || echo $${TMPDIR:-/tmp}) \
	    STEPWISE_FUZZ_RUNS=$(RUNS) $(SWIFT) test -c release --no-parallel --filter FuzzTests
	scripts/fuzz --seconds $(FUZZ_SECONDS)

sanitize: setup ## The tests of Transport, HTTP2Engine, Zstandard and the similarity under ThreadSanitizer and AddressSanitizer
	scripts/sanitize $(SANITIZE_ARGUMENTS)

soak: build ## Load the reward service (10 minutes) with clients that are killed; memory, descriptors and every answer are checked
	Benchmarks/soak $(SOAK_ARGUMENTS)

lint: ## Check formatting; no changes
	$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)

format: ## Format the sources in place
	$(SWIFT) format --in-place --parallel --recursive $(SOURCES)

bench: setup ## Measure kernels and the forest beside their peers; prints ratios
	$(BUILD) --product stepwise-benchmark
	$$($(BUILD) --show-bin-path)/stepwise-benchmark all

bench-peers: setup ## Measure SmolLM2 beside PyTorch, TRL and llama.cpp (installs them, about 1 GB; hours)
	Benchmarks/peers/run all

container-binaries: setup ## Build static executables for the Containerfiles' BINARIES=prebuilt
	$(BUILD) --static-swift-stdlib -Xlinker -s --scratch-path .build-container
	mkdir -p .build-container/bin
	for name in trainer reward evaluator; do \
	    cp "$$($(BUILD) --scratch-path .build-container --show-bin-path)/stepwise-$$name" .build-container/bin/; done

clean: ## Remove build products (run directories stay)
	rm -rf .build .build-container .build-interop .build-fuzz .build-tsan .build-asan
