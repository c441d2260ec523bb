# The two commands of the README are `make demo` and `make test`.
#
#   AVATAR_MARCH  instruction set of the build: native (default), x86-64-v3 (to give away), or empty
#   OUT           folder of the demo's files (default: out)
#   PREFIX        where make install puts bin/avatar and share/avatar (default: /usr/local)
#   DESTDIR       a folder before PREFIX, for packages
AVATAR_MARCH ?= native
export AVATAR_MARCH
OUT ?= out
PREFIX ?= /usr/local

SWIFT_BUILD = swift build -c release --product
AVATAR = .build/release/avatar

.PHONY: bootstrap build demo install test sanitize lint benchmark fuzz clean

bootstrap:
	@sh Tools/bootstrap.sh

build: bootstrap
	$(SWIFT_BUILD) avatar

demo: build
	@mkdir -p $(OUT)
	$(AVATAR) create standing -o $(OUT)/standing.safetensors --force
	$(AVATAR) animate $(OUT)/standing.safetensors wave -o $(OUT)/standing.mp4 --force
	$(AVATAR) turntable sample -o $(OUT)/turntable.mp4 --force
	$(AVATAR) animate sample wave -o $(OUT)/wave.mp4 --force
	$(AVATAR) export sample -o $(OUT)/sample.png --size 768x1024 --yaw 25 --force
	@echo "made of assets/photos/standing.jpg: $(OUT)/standing.safetensors $(OUT)/standing.mp4, and" \
	  "$(OUT)/turntable.mp4 $(OUT)/wave.mp4 $(OUT)/sample.png"

# The program finds share/avatar from where it lies itself. Installing as root builds nothing.
install:
	@test -x "$(AVATAR)" || $(MAKE) build
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 "$(AVATAR)" "$(DESTDIR)$(PREFIX)/bin/avatar"
	for folder in avatars body depth face garments models motions offsets photos; do \
	  install -d "$(DESTDIR)$(PREFIX)/share/avatar/$$folder" && \
	  install -m 644 assets/$$folder/* "$(DESTDIR)$(PREFIX)/share/avatar/$$folder" || exit; done

# SIMD code in a debug build is tens of times slower: the tests run optimised, testing enabled.
test: bootstrap lint
	swift build -c release -Xswiftc -enable-testing --build-tests
	@sh Tools/test.sh

# The suite under address and thread sanitizer, where the toolchain has them. Tests that count
# allocations or limit memory are left out: both are the sanitizers' own (AVATAR_SANITIZER tells them); a crash is left to the program.
# SUITES is a filter of test names; all of them take about an hour on two cores.
SUITES ?= .
sanitize: bootstrap
	@set -e; runtimes=$$(dirname $$(readlink -f $$(command -v swift)))/../lib/clang; \
	for sanitizer in address thread; do \
	  short=$$(echo $$sanitizer | sed 's/address/asan/; s/thread/tsan/'); \
	  if ! find -L $$runtimes -name "libclang_rt.$$short-*" 2>/dev/null | grep -q .; then \
	    echo "this toolchain has no $$sanitizer sanitizer"; continue; \
	  fi; \
	  options="-c release -Xswiftc -enable-testing --sanitize=$$sanitizer --scratch-path .build-$$short"; \
	  swift build $$options --build-tests; \
	  AVATAR_SANITIZER=$$sanitizer ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0:handle_segv=0 \
	    TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:handle_segv=0:suppressions=$(CURDIR)/Tools/thread-sanitizer.txt \
	    swift test $$options --skip-build --no-parallel --filter '$(SUITES)'; \
	done

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks

benchmark: build
	for product in raster-benchmark pose-benchmark npz-benchmark bvh-benchmark renderer-benchmark landmark-benchmark kernel-benchmark; do \
	  $(SWIFT_BUILD) $$product || exit; done
	python3 Benchmarks/run.py

# Ten minutes of mutated files for every reader.
fuzz: bootstrap
	$(SWIFT_BUILD) fuzz-readers
	.build/release/fuzz-readers --seconds 600

clean:
	rm -rf .build $(OUT)
