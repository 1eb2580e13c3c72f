# SPDX-License-Identifier: ISC
# x12d: the only makefile. `make help` lists what it can do.

VERSION := 0.1.0

CC      ?= cc
PREFIX  ?= /usr/local
DESTDIR ?=

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
CC    := clang
BUILD := build/fuzz
OPT   := -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS += -fsanitize=address,undefined
endif
ifdef COVER
BUILD := build/cover
OPT   := -O0 -g --coverage
LDFLAGS += --coverage
endif

WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wvla -Wformat=2 -Wundef
CFLAGS   ?=
CPPFLAGS ?=
ALL_CFLAGS = -std=gnu11 $(OPT) $(WARN) -fstack-protector-strong \
	-I. -I$(BUILD) -D_GNU_SOURCE -DX12D_VERSION='"$(VERSION)"' \
	$(CPPFLAGS) $(CFLAGS)

# ---- layers: what a folder may include, and what it links -----------------
# LAYER_x: folders below x, in link order. LIBS_x: libraries x itself needs.
# HEADERS_x: the foreign headers that x may include (all else must be libc).
FOLDERS := base edi config spool transport daemon cli

LAYER_base :=
LAYER_edi := base
LAYER_config := base
LAYER_spool := base
LAYER_transport := base
LAYER_daemon := edi config spool transport base
LAYER_cli := edi config spool transport base

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
	libssl-dev libjansson-dev openssh-client
PACKAGES_TEST := $(PACKAGES_BUILD) libcmocka-dev openssh-server jq

# ---- sources are found -----------------------------------------------------
MAINS := daemon/x12d.c cli/x12.c cli/x12ctl.c
sources = $(filter-out $(MAINS),$(wildcard $(1)/*.c $(1)/*/*.c))
objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
archive = $(BUILD)/lib$(1).a
archives = $(foreach d,$(1),$(call archive,$(d)))
below = $(1) $(LAYER_$(1))
libs = $(foreach d,$(call below,$(1)),$(LIBS_$(d)))

BINARIES := $(foreach m,$(MAINS),$(if $(wildcard $(m)),$(BUILD)/$(basename $(notdir $(m)))))

.PHONY: all
all: $(BINARIES)

define folder_rules
$(call archive,$(1)): $(call objects,$(call sources,$(1)))
	@rm -f $$@
	@$(AR) rcs $$@ $$^
endef
$(foreach d,$(FOLDERS),$(eval $(call folder_rules,$(d))))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The guides are built in: their bytes, by .incbin.
$(BUILD)/edi/guide_embed.o: $(wildcard edi/guides/*)

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

# `make check` runs all of them; `make check-edi` those of one folder.
.PHONY: check unit
unit: all $(TEST_PROGRAMS)
	@tests/run $(TEST_PROGRAMS)
check: layers unit replay

# Rewrite the golden expectations (tests/support/golden.h), for review.
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
# `make fuzz [FUZZ=NAME] [FUZZ_RUNS=n]` runs them under libFuzzer and keeps what
# it found in build/fuzz; `make replay` (part of check) feeds each its corpus.
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
BENCH_MB ?= 100
BENCH_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(wildcard bench/*.c))
$(BENCH_PROGRAMS): %: %.o $(call archives,edi base)
	@echo "  LD $@"
	@$(CC) $(OPT) $(LDFLAGS) -o $@ $^
.PHONY: bench
bench: all $(BENCH_PROGRAMS)
	@bench/run.sh $(BUILD) $(BENCH_MB)

.PHONY: layers
layers:
	@tests/layers $(foreach d,$(FOLDERS),"$(d):$(LAYER_$(d)):$(HEADERS_$(d))")

.PHONY: clean
clean:
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
