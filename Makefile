# The two commands of the README are `make demo` and `make test`.
#
#   AVATAR_MARCH  instruction set of the build: native (default), x86-64-v3 (to give away), or empty
#   OUT           folder of the demo's files (default: out)
AVATAR_MARCH ?= native
export AVATAR_MARCH
OUT ?= out

SWIFT_BUILD = swift build -c release --product
AVATAR = .build/release/avatar

.PHONY: bootstrap build demo test lint benchmark fuzz clean

bootstrap:
	@sh Tools/bootstrap.sh

build: bootstrap
	$(SWIFT_BUILD) avatar

demo: build
	@mkdir -p $(OUT)
	$(AVATAR) turntable sample -o $(OUT)/turntable.mp4 --force
	$(AVATAR) animate sample wave -o $(OUT)/wave.mp4 --force
	$(AVATAR) export sample -o $(OUT)/sample.png --size 768x1024 --yaw 25 --force
	@echo "made $(OUT)/turntable.mp4 $(OUT)/wave.mp4 $(OUT)/sample.png"

# SIMD code in a debug build is tens of times slower: the tests run optimised, testing enabled.
test: bootstrap lint
	swift build -c release -Xswiftc -enable-testing --build-tests
	swift test -c release -Xswiftc -enable-testing --skip-build

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks

benchmark: build
	for product in raster-benchmark pose-benchmark npz-benchmark renderer-benchmark kernel-benchmark; do \
	  $(SWIFT_BUILD) $$product || exit; done
	python3 Benchmarks/run.py

# Ten minutes of mutated files for every reader.
fuzz: bootstrap
	$(SWIFT_BUILD) fuzz-readers
	.build/release/fuzz-readers --seconds 600

clean:
	rm -rf .build $(OUT)
