// The convolutions of DINAR's renderer at its released sizes, 512 x 512.

import NeuralRender

struct Layer {
  enum Kind {
    case direct, winograd, blockedWinograd, stridedWinograd, upsampled, transformedUpsampling
  }
  enum Precision { case float32, int8 }

  var name: String
  var kind: Kind
  /// Pixels along a side of the input.
  var side: Int
  var parts: (Int, Int)
  var outputs: Int
  var shape: ConvolutionShape
  var activation = Activation.leakyReLU(slope: 0.2, gain: 1)
  var precision = Precision.float32

  init(
    _ name: String, _ kind: Kind, _ side: Int, _ parts: (Int, Int), _ outputs: Int,
    kernel: Int = 3, stride: Int = 1, border: BorderMode = .zero
  ) {
    self.name = name
    self.kind = kind
    self.side = side
    self.parts = parts
    self.outputs = outputs
    shape = ConvolutionShape(
      kernelHeight: kernel, kernelWidth: kernel, stride: stride, padding: kernel / 2,
      border: border)
  }

  var doubles: Bool { kind == .upsampled || kind == .transformedUpsampling }

  var outputSide: Int {
    doubles ? 2 * side : shape.outputSize(input: side, kernel: shape.kernelHeight)
  }

  /// Billions of multiplications and additions of the direct convolution.
  var nominal: Double {
    2e-9 * Double(outputSide * outputSide * outputs * (parts.0 + parts.1) * shape.taps)
  }

  /// Billions that the kernel makes.
  var real: Double {
    switch kind {
    case .direct: return nominal
    case .upsampled: return nominal / 4
    case .transformedUpsampling: return nominal * 6.75 / 36
    case .winograd: return nominal * 36 / 16 / 9
    case .stridedWinograd: return nominal * 6.75 / 9
    case .blockedWinograd: return nominal * 169 / 16 / 49
    }
  }
}

private let floatLayers = [
  Layer("start-7x7", .direct, 512, (33, 0), 64, kernel: 7, border: .reflect),
  Layer("start-7x7-winograd", .blockedWinograd, 512, (33, 0), 64, kernel: 7, border: .reflect),
  Layer("down1", .direct, 512, (64, 0), 128, stride: 2),
  Layer("down1-winograd", .stridedWinograd, 512, (64, 0), 128, stride: 2),
  Layer("down2", .direct, 256, (128, 0), 256, stride: 2),
  Layer("down2-winograd", .stridedWinograd, 256, (128, 0), 256, stride: 2),
  Layer("down3", .direct, 128, (256, 0), 512, stride: 2),
  Layer("down3-winograd", .stridedWinograd, 128, (256, 0), 512, stride: 2),
  Layer("res", .winograd, 64, (512, 0), 512, border: .reflect),
  Layer("res-direct", .direct, 64, (512, 0), 512, border: .reflect),
  Layer("up1", .upsampled, 64, (512, 512), 256),
  Layer("up1-transformed", .transformedUpsampling, 64, (512, 512), 256),
  Layer("up2", .upsampled, 128, (256, 256), 128),
  Layer("up2-transformed", .transformedUpsampling, 128, (256, 256), 128),
  Layer("up3", .upsampled, 256, (128, 128), 64),
  Layer("up3-transformed", .transformedUpsampling, 256, (128, 128), 64),
  Layer("final-7x7", .direct, 512, (64, 0), 16, kernel: 7, border: .reflect),
  Layer("final-7x7-winograd", .blockedWinograd, 512, (64, 0), 16, kernel: 7, border: .reflect),
  Layer("head-16-16", .direct, 512, (16, 0), 16),
  Layer("head-16-16-winograd", .winograd, 512, (16, 0), 16),
  Layer("head-16-3", .direct, 512, (16, 0), 3),
  Layer("uv-2-8", .direct, 512, (2, 0), 8),
  Layer("mask-1-4", .direct, 512, (1, 0), 4),
]

/// Every convolution in float32, then in bytes.
let layers =
  floatLayers
  + floatLayers.filter { $0.kind == .direct || $0.kind == .upsampled }.map { layer in
    var quantized = layer
    quantized.name += "-int8"
    quantized.precision = .int8
    return quantized
  }
