# Two commands do all the set-up: `make demo` and `make test`. Both work alone on a fresh
# Debian 12 with git and make.

BUILD ?= build
JOBS  ?= $(shell nproc)
DATA  ?=
DEMO  ?= demo

PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: all setup build demo test soak bench fmt lint docs clean install deb

all: build

setup:
	@scripts/setup

$(BUILD)/build.ninja: | setup
	@meson setup $(BUILD) --buildtype=release >/dev/null

build: setup $(BUILD)/build.ninja
	@ninja -C $(BUILD) -j $(JOBS) --quiet src/cli/usher

demo: build
	@scripts/demo "$(BUILD)/src/cli/usher" "$(DEMO)" "$(DATA)"

test: setup
	@scripts/test

soak: setup
	@scripts/setup soak clients
	@scripts/soak

bench: build
	@scripts/bench

# The program, libduckdb.so, the unit for systemd and the manual, from a tree of its own.
install: setup
	@scripts/install "$(PREFIX)" "$(DESTDIR)"

deb: setup
	@scripts/deb

fmt:
	@git ls-files 'src/*.c' 'src/*.h' 'tools/*.c' 'test/*.c' | xargs clang-format -i

lint: setup
	@tools/lint

docs: build
	@$(BUILD)/src/cli/usher docs configuration > docs/configuration.md
	@$(BUILD)/src/cli/usher docs signals > docs/signals.md
	@$(BUILD)/src/cli/usher docs commands > docs/commands.md

clean:
	@rm -rf build build-*
