# SPDX-License-Identifier: ISC
# x12d: the only makefile. `make help` lists what it can do.

VERSION := 0.1.0

CC         ?= cc
DESTDIR    ?=
PREFIX     ?= /usr/local
SYSCONFDIR ?= /etc
MANDIR     ?= $(PREFIX)/share/man
DOCDIR     ?= $(PREFIX)/share/doc/x12d

# ---- flavours: each in a directory of its own -----------------------------
BUILD := build
OPT   := -O2 -g
ifdef SAN
BUILD := build/san
OPT   := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
LDFLAGS += -fsanitize=address,undefined
endif
ifdef FUZZING
CC    := $(if $(findstring ccache,$(CC)),ccache )clang
BUILD := build/fuzz
# no trace of comparisons: it takes half of the time, dictionaries do as well
OPT   := -O2 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fsanitize-coverage=inline-8bit-counters,pc-table \
	-fno-omit-frame-pointer -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
LDFLAGS += -fsanitize=address,undefined
endif
ifdef COVER
BUILD := build/cover
OPT   := -O0 -g --coverage
LDFLAGS += --coverage
endif

WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wvla -Wformat=2 -Wundef
ifdef FUZZING
# clang warns here where gcc does not; the warnings that count are gcc's
WARN += -Wno-missing-field-initializers -Wno-string-concatenation
endif
CFLAGS   ?=
CPPFLAGS ?=
ALL_CFLAGS = -std=gnu11 $(OPT) $(WARN) -fstack-protector-strong \
	-I. -I$(BUILD) -D_GNU_SOURCE -DX12D_VERSION='"$(VERSION)"' \
	$(CPPFLAGS) $(CFLAGS)

# ---- layers: what a folder may include, and what it links -----------------
# LAYER_x: folders below x, in link order. LIBS_x: libraries x itself needs.
# HEADERS_x: the foreign headers that x may include (all else must be libc).
FOLDERS := base edi config spool transport kit daemon cli

LAYER_base :=
LAYER_edi := base
LAYER_config := base
LAYER_spool := base
LAYER_transport := base
LAYER_kit := edi config base
LAYER_daemon := kit edi config spool transport base
LAYER_cli := kit edi config spool transport base

LIBS_config := -lyaml
LIBS_spool := -lsqlite3 -lcrypto
LIBS_transport := -levent_core
LIBS_daemon := -levent_core
LIBS_cli := -ljansson

HEADERS_config := yaml.h
HEADERS_spool := sqlite3.h openssl/
HEADERS_transport := event2/
HEADERS_daemon := event2/
HEADERS_cli := jansson.h

# Debian packages: what a build, and what the tests and the demo need.
PACKAGES_BUILD := gcc make pkg-config libevent-dev libyaml-dev libsqlite3-dev \
	libssl-dev libjansson-dev openssh-client tzdata
PACKAGES_TEST := $(PACKAGES_BUILD) libcmocka-dev openssh-server jq \
	python3-jsonschema

# ---- sources are found -----------------------------------------------------
MAINS := daemon/x12d.c cli/x12.c cli/x12ctl.c
sources = $(filter-out $(MAINS),$(wildcard $(1)/*.c $(1)/*/*.c))
objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
archive = $(BUILD)/lib$(1).a
archives = $(foreach d,$(1),$(call archive,$(d)))
below = $(1) $(LAYER_$(1))
libs = $(foreach d,$(call below,$(1)),$(LIBS_$(d)))

BINARIES := $(foreach m,$(MAINS),$(if $(wildcard $(m)),$(BUILD)/$(basename $(notdir $(m)))))

## all: build x12d, x12ctl and x12 into build/
.PHONY: all
all: $(BINARIES)

define folder_rules
$(call archive,$(1)): $(call objects,$(call sources,$(1)))
	@rm -f $$@
	@$(AR) qcs $$@ $$^
endef
$(foreach d,$(FOLDERS),$(eval $(call folder_rules,$(d))))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Guides and rules are built in: their bytes, by .incbin.
$(BUILD)/edi/guide/embed.o: $(wildcard edi/guides/*)
$(BUILD)/edi/rule/embed.o: $(wildcard edi/rules/*)
$(BUILD)/edi/record/embed.o: $(wildcard edi/records/*)

$(BUILD)/x12d: $(BUILD)/daemon/x12d.o $(call archives,$(call below,daemon))
$(BUILD)/x12: $(BUILD)/cli/x12.o $(call archives,$(call below,cli))
$(BUILD)/x12ctl: $(BUILD)/cli/x12ctl.o $(call archives,$(call below,cli))
$(BUILD)/x12d: LDLIBS := $(call libs,daemon)
$(BUILD)/x12 $(BUILD)/x12ctl: LDLIBS := $(call libs,cli)
$(BUILD)/x12d $(BUILD)/x12 $(BUILD)/x12ctl:
	@echo "  LD $@"
	@$(CC) $(OPT) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# ---- unit tests: one cmocka program a unit, tests/FOLDER/test_UNIT.c ------
TESTS := $(wildcard tests/*/test_*.c)
TEST_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(TESTS))
SUPPORT := $(BUILD)/libsupport.a
test_folder = $(word 2,$(subst /, ,$(1)))

$(SUPPORT): $(call objects,$(wildcard tests/support/*.c))
	@rm -f $@
	@$(AR) rcs $@ $^

define test_rule
$(BUILD)/$(basename $(1)): $(BUILD)/$(basename $(1)).o $(SUPPORT) \
    $(call archives,$(call below,$(call test_folder,$(1))))
	@echo "  LD $$@"
	@$(CC) $(OPT) $(LDFLAGS) -o $$@ $$^ -lcmocka \
	    $(call libs,$(call test_folder,$(1)))
endef
$(foreach t,$(TESTS),$(eval $(call test_rule,$(t))))

## check: unit tests, golden cases, fuzz corpora, layers; SAN=1: with sanitizers
## check-FOLDER: the unit tests of one folder; V=1 shows all that they say
.PHONY: check unit
unit: all $(TEST_PROGRAMS)
	@tests/run $(TEST_PROGRAMS)
check: layers unit replay manual schema-check

## bless: rewrite the golden expectations, for review
.PHONY: bless
bless: $(TEST_PROGRAMS)
	@BLESS=1 tests/run $^
define check_rule
.PHONY: check-$(1)
check-$(1): $(filter $(BUILD)/tests/$(1)/%,$(TEST_PROGRAMS))
	@tests/run $$^
endef
$(foreach d,$(FOLDERS),$(eval $(call check_rule,$(d))))

# ---- fuzz targets: tests/fuzz/fuzz_NAME.c, corpus in tests/fuzz/corpus/NAME -
## replay: feed each fuzz target its corpus (part of check)
## fuzz: run them under libFuzzer; FUZZ=NAME, FUZZ_RUNS=n; results in build/fuzz
FUZZ_RUNS ?= 1000000
FUZZ_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_$(or $(FUZZ),*).c))
FUZZ_LAYERS := cli $(call below,daemon)
FUZZ_LIBS := $(sort $(foreach d,$(FUZZ_LAYERS),$(LIBS_$(d))))
FUZZ_DRIVER := $(if $(FUZZING),-fsanitize=fuzzer,$(BUILD)/tests/fuzz/replay.o)

$(FUZZ_PROGRAMS): %: %.o $(call archives,$(FUZZ_LAYERS)) \
    $(if $(FUZZING),,$(BUILD)/tests/fuzz/replay.o)
	@echo "  LD $@"
	@$(CC) $(OPT) $(LDFLAGS) -o $@ $< $(FUZZ_DRIVER) \
	    $(call archives,$(FUZZ_LAYERS)) $(FUZZ_LIBS)

.PHONY: replay fuzz fuzz-run
replay: $(FUZZ_PROGRAMS)
	@tests/fuzz/run replay $^
fuzz:
	@$(MAKE) --no-print-directory FUZZING=1 fuzz-run
fuzz-run: $(FUZZ_PROGRAMS)
	@FUZZ_RUNS=$(FUZZ_RUNS) tests/fuzz/run fuzz $^

# ---- bench: one command, one table; never part of the tests ----------------
## bench: speed and memory on made-up claims, BENCH_MB=n of them
BENCH_MB ?= 100
BENCH_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(wildcard bench/*.c))
$(BUILD)/bench/worst: $(BUILD)/tests/support/worst.o \
    $(BUILD)/tests/support/worst_work.o
$(BENCH_PROGRAMS): %: %.o $(call archives,edi base)
	@echo "  LD $@"
	@$(CC) $(OPT) $(LDFLAGS) -o $@ $(filter %.o,$^) \
	    $(filter %.a,$^)
.PHONY: bench
bench: all $(BENCH_PROGRAMS)
	@bench/run.sh $(BUILD) $(BENCH_MB)

## bench-store: commits, claims and look-ups of the store, BENCH_CLAIMS=n
BENCH_CLAIMS ?= 100000
$(BUILD)/bench/spool/store: $(BUILD)/bench/spool/store.o \
    $(call archives,spool base)
	@echo "  LD $@"
	@$(CC) $(OPT) $(LDFLAGS) -o $@ $^ $(LIBS_spool)
.PHONY: bench-store
bench-store: $(BUILD)/bench/spool/store
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
	    $< "$$dir/store" $(BENCH_CLAIMS)

## layers: does every include go downwards, as the table above says?
.PHONY: layers
layers:
	@tests/layers $(foreach d,$(FOLDERS),"$(d):$(LAYER_$(d)):$(HEADERS_$(d))")

# ---- everything, from a bare system ---------------------------------------
JOBS := -j$(shell nproc 2>/dev/null || echo 1)

## test: install what is missing, then all that must pass before a commit
.PHONY: test
test:
	@tests/support/install-packages $(PACKAGES_TEST)
	@MAKE="$(MAKE)" JOBS="$(JOBS)" tests/all all lint check "check SAN=1" e2e

## demo: install what is missing, build, and watch files make their way
.PHONY: demo
demo:
	@tests/support/install-packages $(PACKAGES_TEST)
	@$(MAKE) --no-print-directory $(JOBS) all
	@demo/run.sh

## e2e: the end-to-end scripts in tests/e2e, against a real sshd
.PHONY: e2e
e2e: all
	@tests/e2e/run

# ---- style and doubts --------------------------------------------------------
## lint: cppcheck, and mandoc on the manual pages, where they are installed
.PHONY: lint
lint:
	@tests/lint -I. -I$(BUILD) -D_GNU_SOURCE '-DX12D_VERSION="$(VERSION)"' -- \
	    $(foreach d,$(FOLDERS),$(call sources,$(d))) $(MAINS)

## fmt, fmt-check: mend, or find, what a machine can judge of the style
.PHONY: fmt fmt-check
fmt:
	@tests/fmt fix
fmt-check:
	@tests/fmt check

## cover: which lines the unit tests reach, a file a line, the worst first
.PHONY: cover
cover:
	@rm -rf build/cover
	@$(MAKE) --no-print-directory COVER=1 check >build/cover.log 2>&1 || \
	    { tail -20 build/cover.log; exit 1; }
	@tests/cover build/cover $(FOLDERS)

# ---- installation --------------------------------------------------------------
## install, uninstall: DESTDIR, PREFIX, SYSCONFDIR; never over a configuration
SBIN := $(DESTDIR)$(PREFIX)/sbin
BIN := $(DESTDIR)$(PREFIX)/bin
LIB := $(DESTDIR)$(PREFIX)/lib
CONFIG := $(DESTDIR)$(SYSCONFDIR)/x12d
.PHONY: install uninstall
install: all
	install -d $(SBIN) $(BIN) $(DESTDIR)$(DOCDIR) $(CONFIG)/partners.d
	install -m 755 build/x12d $(SBIN)/x12d
	install -m 755 build/x12ctl build/x12 $(BIN)
	for page in docs/man/*.[1-8]; do \
	    dir=$(DESTDIR)$(MANDIR)/man$${page##*.}; \
	    install -d $$dir && install -m 644 $$page $$dir || exit 1; done
	install -m 644 config/x12d.yaml.sample config/partner.yaml.sample \
	    README.md CHANGES $(DESTDIR)$(DOCDIR)
	test -e $(CONFIG)/x12d.yaml || \
	    install -m 644 config/x12d.yaml.sample $(CONFIG)/x12d.yaml
	install -d $(LIB)/systemd/system $(LIB)/sysusers.d $(LIB)/tmpfiles.d
	sed 's|/usr/sbin/|$(PREFIX)/sbin/|; s|/etc/x12d|$(SYSCONFDIR)/x12d|' \
	    systemd/x12d.service > $(LIB)/systemd/system/x12d.service
	install -m 644 systemd/x12d.sysusers $(LIB)/sysusers.d/x12d.conf
	install -m 644 systemd/x12d.tmpfiles $(LIB)/tmpfiles.d/x12d.conf

uninstall:
	rm -f $(SBIN)/x12d $(BIN)/x12ctl $(BIN)/x12
	rm -f $(LIB)/systemd/system/x12d.service \
	    $(LIB)/sysusers.d/x12d.conf $(LIB)/tmpfiles.d/x12d.conf
	for page in docs/man/*.[1-8]; do \
	    rm -f $(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/}; done
	rm -rf $(DESTDIR)$(DOCDIR)

## help: this
.PHONY: help
help:
	@sed -n 's/^## \([^:]*\): \(.*\)/\1|\2/p' $(firstword $(MAKEFILE_LIST)) | \
	    awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

## schemas: write the claim records' schemas and tables anew, into docs/
.PHONY: schemas schema-check
schemas: all
	@for kind in $$($(BUILD)/x12 records list | cut -d' ' -f1); do \
	    $(BUILD)/x12 records schema $$kind \
	        > docs/schemas/$$kind.schema.json && \
	    $(BUILD)/x12 records table $$kind > docs/records/$$kind.md && \
	    tests/record-example $(BUILD) $$kind \
	        >> docs/records/$$kind.md || exit 1; done
schema-check: all
	@tests/schemas $(BUILD)

# Every command and option in the programs' help stands in their pages.
.PHONY: manual
manual: all
	@tests/manual $(BUILD)

## clean: remove build/
.PHONY: clean
clean:
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
