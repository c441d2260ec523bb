#!/bin/sh
# Compiles for 64-bit ARM what an x86 toolchain can: all C code, and the Swift files of vectors and
# tile products, with Swift's embedded standard library. What needs Foundation cannot be compiled
# without a Swift SDK for ARM; no Swift file has a branch for an architecture.
set -eu
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/include" "$folder/include/gnu" "$folder/include/bits"

# The C library's headers of this machine do, once they believe in 64 bits.
: >"$folder/include/gnu/stubs-32.h"
printf '%s\n' '#define __WORDSIZE 64' '#define __WORDSIZE_TIME64_COMPAT32 0' \
  '#define __SYSCALL_WORDSIZE 64' >"$folder/include/bits/wordsize.h"
system="/usr/include/$(uname -m)-linux-gnu"

# Beside swiftc lies the clang that belongs to it.
clang=$(dirname "$(command -v swiftc)")/clang
[ -x "$clang" ] || clang=clang

includes=""
for include in Sources/CSystem/*/include; do
  includes="$includes -I$include"
done

compile_c() {
  # shellcheck disable=SC2046,SC2086 # words
  "$clang" --target=aarch64-linux-gnu -O2 -Werror -Wall -Wno-unused-function \
    '-D__regparm__(n)=unused' -isystem "$folder/include" -isystem "$system" $includes \
    $(pkg-config --cflags libpng libjpeg libavformat libavcodec libavutil libswscale) "$@"
}

for file in Sources/CSystem/*/*.c; do
  compile_c -c "$file" -o "$folder/c.o"
done
# Inline functions are compiled where they are used: here all of them are.
compile_c -E Sources/CSystem/CSIMD/CSIMD.c |
  sed 's/static inline __attribute__((always_inline))/__attribute__((used)) static/' |
  "$clang" --target=aarch64-linux-gnu -O2 -x cpp-output -c - -o "$folder/inline.o"
echo "arm64: C compiles"

if ! swiftc -target aarch64-none-none-elf -enable-experimental-feature Embedded -wmo -typecheck \
  -parse-as-library - </dev/null 2>/dev/null; then
  echo "arm64: this toolchain has no embedded standard library for it, Swift is not compiled"
  exit 0
fi

root=$(pwd)
for header in errno fcntl math pthread signal stdio stdlib string sys/stat unistd; do
  echo "#include <$header.h>"
done >"$folder/libc.h"
{
  echo 'module Glibc [system] { header "libc.h" export * }'
  for include in Sources/CSystem/*/include; do
    name=$(basename "$(dirname "$include")")
    echo "module $name { header \"$root/$include/$name.h\" export * }"
  done
} >"$folder/module.modulemap"

compile_swift() {
  swiftc -target aarch64-none-none-elf -enable-experimental-feature Embedded -wmo -O \
    -parse-as-library -swift-version 6 -suppress-warnings -I "$folder" \
    -Xcc "-fmodule-map-file=$folder/module.modulemap" -Xcc -isystem -Xcc "$folder/include" \
    -Xcc -isystem -Xcc "$system" -Xcc -isystem -Xcc /usr/include \
    -Xcc '-D__regparm__(n)=unused' -Xcc -D_GNU_SOURCE "$@"
}

compute=Sources/Compute
compile_swift -module-name Compute -emit-module -emit-module-path "$folder/Compute.swiftmodule" \
  -c -o "$folder/Compute.o" "$compute"/Numbers/MultiplyAdd.swift "$compute"/Numbers/SIMD*.swift \
  "$compute"/Random/*.swift
kernels=Sources/NeuralRender/Kernels
compile_swift -module-name Kernels -c -o "$folder/Kernels.o" \
  "$kernels/Tiles/TileProduct.swift" "$kernels/Tiles/TileProduct+Narrow.swift" \
  "$kernels/Tiles/TileProduct+Wide.swift" "$kernels/Memory/VectorMemory.swift" \
  "$kernels/Upsampling/BilinearBlend.swift" "$kernels/Tiles/ActivationFunctions.swift" \
  "$kernels/Winograd/WinogradLines.swift" "$kernels/Bytes/QuantizedTile.swift"
echo "arm64: Swift's vectors and tile products compile"
