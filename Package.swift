// swift-tools-version: 6.0
import Foundation
import PackageDescription

// The Makefile sets AVATAR_MARCH to what the binary may use ("native", "x86-64-v3", ...).
// Unset, nothing unsafe is passed and the package can be a dependency of others.
let march = Context.environment["AVATAR_MARCH"].flatMap { $0.isEmpty ? nil : $0 }

let swiftSettings: [SwiftSetting] =
  march.map {
    [.unsafeFlags(["-Xcc", "-march=\($0)", "-Xcc", "-mprefer-vector-width=512"])]
  } ?? []
let cSettings: [CSetting] =
  march.map { [.unsafeFlags(["-march=\($0)"]), .define("AVATAR_MARCH", to: "\"\($0)\"")] } ?? []

func module(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
  .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: swiftSettings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: swiftSettings)
}

let argumentParser: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let targets: [Target] = [
  .systemLibrary(
    name: "CZ", path: "Sources/CSystem/CZ", pkgConfig: "zlib",
    providers: [.apt(["zlib1g-dev"])]),
  .systemLibrary(
    name: "CDeflate", path: "Sources/CSystem/CDeflate", pkgConfig: "libdeflate",
    providers: [.apt(["libdeflate-dev"])]),
  .systemLibrary(
    name: "CCrypto", path: "Sources/CSystem/CCrypto", pkgConfig: "libcrypto",
    providers: [.apt(["libssl-dev"])]),
  .systemLibrary(
    name: "CMediaLibraries", path: "Sources/CSystem/CMediaLibraries",
    pkgConfig: "libpng libjpeg libavformat libavcodec libavutil libswscale",
    providers: [
      .apt(["libpng-dev", "libjpeg-dev", "libavformat-dev", "libavcodec-dev", "libswscale-dev"])
    ]),
  .target(name: "CSIMD", path: "Sources/CSystem/CSIMD", cSettings: cSettings),
  .target(name: "CMemory", path: "Sources/CSystem/CMemory"),
  .target(
    name: "CMemoryGuard", dependencies: ["CMemory"], path: "Sources/CSystem/CMemoryGuard"),
  .target(name: "CProcess", path: "Sources/CSystem/CProcess"),
  .target(
    name: "CMedia", dependencies: ["CMediaLibraries"], path: "Sources/CSystem/CMedia",
    cSettings: cSettings),
  module("Compute", ["CMemory", "CProcess", "CSIMD"], exclude: ["README.md"]),
  module("TensorFiles", ["Compute", "CZ", "CDeflate"], exclude: ["README.md"]),
  module("Media", ["Compute", "CMedia"], exclude: ["README.md"]),
  module("SMPLX", ["Compute", "TensorFiles", "CSIMD"], exclude: ["README.md"]),
  module("Rasterizer", ["Compute", "CSIMD"], exclude: ["README.md"]),
  module(
    "NeuralRender", ["Compute", "TensorFiles", "CSIMD"],
    exclude: ["README.md", "Kernels/README.md"]),
  module(
    "Evaluation", ["Compute", "Media", "NeuralRender", "TensorFiles"], exclude: ["README.md"]),
  module(
    "Avatar",
    [
      "CCrypto", "Compute", "CSIMD", "TensorFiles", "Media", "SMPLX", "Rasterizer",
      "NeuralRender",
    ], exclude: ["README.md"]),
  module(
    "AvatarCreation",
    [
      "Avatar", "Compute", "TensorFiles", "Media", "SMPLX", "Rasterizer", "NeuralRender", yams,
    ],
    exclude: ["README.md"]),
  .executableTarget(
    name: "AvatarCLI",
    dependencies: [
      "Avatar", "AvatarCreation", "CMemoryGuard", "CProcess", "Evaluation", argumentParser,
    ],
    exclude: ["README.md"], swiftSettings: swiftSettings),

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
    name: "bvh-benchmark", dependencies: ["Compute", "SMPLX"],
    path: "Benchmarks/BVHBenchmark", swiftSettings: swiftSettings),

  .executableTarget(
    name: "kernel-benchmark", dependencies: ["Compute", "CSIMD", "NeuralRender"],
    path: "Benchmarks/KernelBenchmark", swiftSettings: swiftSettings),
  .executableTarget(
    name: "renderer-benchmark", dependencies: ["Compute", "NeuralRender"],
    path: "Benchmarks/RendererBenchmark", swiftSettings: swiftSettings),

  .executableTarget(
    name: "diffusion-benchmark", dependencies: ["Compute", "NeuralRender", "TensorFiles"],
    path: "Benchmarks/DiffusionBenchmark", swiftSettings: swiftSettings),

  .executableTarget(
    name: "dinar-unet-benchmark", dependencies: ["Compute", "NeuralRender", "TensorFiles"],
    path: "Benchmarks/DinarUNetBenchmark", swiftSettings: swiftSettings),
  .executableTarget(
    name: "landmark-benchmark",
    dependencies: ["AvatarCreation", "Compute", "Media", "NeuralRender", "TensorFiles"],
    path: "Benchmarks/LandmarkBenchmark", swiftSettings: swiftSettings),
  .executableTarget(
    name: "dinar-networks-benchmark", dependencies: ["Compute", "NeuralRender"],
    path: "Benchmarks/DinarNetworksBenchmark", swiftSettings: swiftSettings),
  .executableTarget(
    name: "sample-refine-benchmark",
    dependencies: ["Avatar", "AvatarCreation", "Compute", "NeuralRender"],
    path: "Benchmarks/SampleRefineBenchmark", swiftSettings: swiftSettings),
  .executableTarget(
    name: "evaluation-benchmark", dependencies: ["Compute", "Evaluation", "Media"],
    path: "Benchmarks/EvaluationBenchmark", swiftSettings: swiftSettings),
  .executableTarget(
    name: "photo-fit-benchmark",
    dependencies: [
      "Avatar", "AvatarCreation", "Compute", "Media", "Rasterizer", "SMPLX", "TensorFiles",
    ],
    path: "Benchmarks/photo/Fit", swiftSettings: swiftSettings),
  .executableTarget(
    name: "photo-texture-benchmark",
    dependencies: ["Avatar", "AvatarCreation", "Compute", "Media", "SMPLX", "TensorFiles"],
    path: "Benchmarks/photo/Texture", swiftSettings: swiftSettings),

  .target(
    name: "TestSupport", dependencies: ["Compute", "TensorFiles", "Media"],
    path: "Tests/Support", swiftSettings: swiftSettings),
  .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
  .executableTarget(
    name: "FuzzReaders",
    dependencies: [
      "Avatar", "AvatarCreation", "Compute", "Media", "NeuralRender", "SMPLX", "TensorFiles",
      "TestSupport",
    ],
    path: "Tests/Fuzz", swiftSettings: swiftSettings),
  tests("ComputeTests", ["Compute", "CSIMD"]),
  tests("TensorFilesTests", ["TensorFiles", "Compute", "CZ", "AllocationCounter"]),
  tests("MediaTests", ["Media"]),
  tests("SMPLXTests", ["SMPLX", "TensorFiles", "Compute", "AllocationCounter"]),
  tests("RasterizerTests", ["Rasterizer", "TensorFiles", "CSIMD", "AllocationCounter"]),
  tests(
    "NeuralRenderTests",
    ["NeuralRender", "TensorFiles", "Compute", "CSIMD", "AllocationCounter"]),
  tests("EvaluationTests", ["Evaluation", "Media", "NeuralRender", "TensorFiles", "Compute"]),
  tests("AvatarTests", ["Avatar", "Evaluation", "Media", "TensorFiles", "AllocationCounter"]),
  tests(
    "AvatarCreationTests",
    ["AvatarCreation", "Avatar", "Evaluation", "Media", "TensorFiles", "AllocationCounter"]),
  tests("EndToEndTests", ["AvatarCLI", "Avatar"]),
]

let products: [Product] = [
  .executable(name: "avatar", targets: ["AvatarCLI"]),
  .executable(name: "fuzz-readers", targets: ["FuzzReaders"]),
  .library(name: "SMPLX", targets: ["SMPLX"]),
  .library(name: "Rasterizer", targets: ["Rasterizer"]),
  .library(name: "NeuralRender", targets: ["NeuralRender"]),
]

// `AVATAR_TARGETS=kernels` leaves what the tests of vector code need, so that continuous integration can
// build these tests for other processors in little time.
let kernels: Set = [
  "Compute", "TensorFiles", "Media", "SMPLX", "Rasterizer", "NeuralRender", "TestSupport",
  "AllocationCounter", "ComputeTests", "SMPLXTests", "RasterizerTests", "NeuralRenderTests",
]
let isWhole = Context.environment["AVATAR_TARGETS"] != "kernels"

let package = Package(
  name: "avatar-renderer",
  products: isWhole ? products : [],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
  ],
  targets: isWhole
    ? targets : targets.filter { $0.name.hasPrefix("C") || kernels.contains($0.name) }
)
