// swift-tools-version: 6.0
import Foundation
import PackageDescription

// The Makefile sets AVATAR_MARCH to what the binary may use ("native", "x86-64-v3", ...).
// Unset, nothing unsafe is passed and the package can be a dependency of others.
let march = Context.environment["AVATAR_MARCH"].flatMap { $0.isEmpty ? nil : $0 }

/// Whether code built for `march` may use fused multiply-add: without the feature Swift's
/// `addingProduct` is a library call per lane, so the kernels must know.
func hasFusedMultiplyAdd(_ march: String) -> Bool {
  guard march == "native" else {
    return !["x86-64", "x86-64-v2"].contains(march)
  }
  #if arch(x86_64)
    let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    return information.split(separator: "\n").first { $0.hasPrefix("flags") }?
      .split(separator: " ").contains("fma") ?? false
  #else
    return true
  #endif
}

let swiftSettings: [SwiftSetting] =
  march.map { march in
    [.unsafeFlags(["-Xcc", "-march=\(march)", "-Xcc", "-mprefer-vector-width=512"])]
      + (hasFusedMultiplyAdd(march) ? [.define("AVATAR_FMA")] : [])
  } ?? []
let cSettings: [CSetting] =
  march.map { [.unsafeFlags(["-march=\($0)"]), .define("AVATAR_MARCH", to: "\"\($0)\"")] } ?? []

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: swiftSettings)
}

let argumentParser: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "avatar-renderer",
  products: [
    .executable(name: "avatar", targets: ["AvatarCLI"]),
    .executable(name: "fuzz-readers", targets: ["FuzzReaders"]),
    .library(name: "SMPLX", targets: ["SMPLX"]),
    .library(name: "Rasterizer", targets: ["Rasterizer"]),
    .library(name: "NeuralRender", targets: ["NeuralRender"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets: [
    .systemLibrary(
      name: "CZ", path: "Sources/CSystem/CZ", pkgConfig: "zlib",
      providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CDeflate", path: "Sources/CSystem/CDeflate", pkgConfig: "libdeflate",
      providers: [.apt(["libdeflate-dev"])]),
    .systemLibrary(
      name: "CCrypto", path: "Sources/CSystem/CCrypto", pkgConfig: "libcrypto",
      providers: [.apt(["libssl-dev"])]),
    .target(name: "CSIMD", path: "Sources/CSystem/CSIMD", cSettings: cSettings),
    .target(
      name: "CMedia", path: "Sources/CSystem/CMedia", cSettings: cSettings,
      linkerSettings: ["png", "jpeg", "avformat", "avcodec", "avutil", "swscale"].map {
        .linkedLibrary($0)
      }),
    module("Compute", ["CSIMD"]),
    module("TensorFiles", ["Compute", "CZ", "CDeflate"]),
    module("Media", ["Compute", "CMedia"]),
    module("SMPLX", ["Compute", "TensorFiles", "CSIMD"]),
    module("Rasterizer", ["Compute", "CSIMD"]),
    module("NeuralRender", ["Compute", "TensorFiles", "CSIMD"]),
    module(
      "Avatar",
      [
        "CCrypto", "Compute", "CSIMD", "TensorFiles", "Media", "SMPLX", "Rasterizer",
        "NeuralRender",
      ]),
    .executableTarget(
      name: "AvatarCLI", dependencies: ["Avatar", argumentParser], swiftSettings: swiftSettings),

    .executableTarget(
      name: "pose-benchmark", dependencies: ["Compute", "SMPLX", "TensorFiles"],
      path: "Benchmarks/PoseBenchmark", swiftSettings: swiftSettings),
    .executableTarget(
      name: "raster-benchmark", dependencies: ["Compute", "Rasterizer", "SMPLX"],
      path: "Benchmarks/RasterBenchmark", swiftSettings: swiftSettings),
    .executableTarget(
      name: "npz-benchmark", dependencies: ["Compute", "TensorFiles"],
      path: "Benchmarks/NPZBenchmark", swiftSettings: swiftSettings),

    .executableTarget(
      name: "kernel-benchmark", dependencies: ["Compute", "CSIMD", "NeuralRender"],
      path: "Benchmarks/KernelBenchmark", swiftSettings: swiftSettings),
    .executableTarget(
      name: "renderer-benchmark", dependencies: ["Compute", "NeuralRender"],
      path: "Benchmarks/RendererBenchmark", swiftSettings: swiftSettings),

    .target(
      name: "TestSupport", dependencies: ["Compute", "TensorFiles", "Media"],
      path: "Tests/Support", swiftSettings: swiftSettings),
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
    .executableTarget(
      name: "FuzzReaders", dependencies: ["Compute", "TensorFiles", "Media", "TestSupport"],
      path: "Tests/Fuzz", swiftSettings: swiftSettings),
    tests("ComputeTests", ["Compute"]),
    tests("TensorFilesTests", ["TensorFiles", "Compute", "CZ"]),
    tests("MediaTests", ["Media"]),
    tests("SMPLXTests", ["SMPLX", "TensorFiles", "Compute", "AllocationCounter"]),
    tests("RasterizerTests", ["Rasterizer", "TensorFiles", "AllocationCounter"]),
    tests(
      "NeuralRenderTests",
      ["NeuralRender", "TensorFiles", "Compute", "CSIMD", "AllocationCounter"]),
    tests("AvatarTests", ["Avatar", "Media", "TensorFiles", "AllocationCounter"]),
    tests("EndToEndTests", ["AvatarCLI", "Avatar"]),
  ]
)
