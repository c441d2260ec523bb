/// What is refused when a node is added, and how it is said.
import Compute
import Testing

@testable import NeuralRender

@Suite struct ShapeInferenceTests {
  /// The error of adding an operation to inputs of these shapes, under the module "m".
  private static func refusal(_ operation: some Operation, _ shapes: [Int]...) -> String {
    var graph = Graph()
    let values = shapes.enumerated().map { graph.input("\($0.offset)", shape: $0.element) }
    do {
      _ = try graph.module("m") { try $0.apply(operation, to: values) }
      return "accepted"
    } catch { return "\(error)" }
  }

  @Test func namesOperationPlaceAndShapes() {
    #expect(
      Self.refusal(Convolution(), [1, 3, 5, 5], [4, 2, 3, 3])
        == "convolution in m of [1, 3, 5, 5], [4, 2, 3, 3]: the weights are for another number of "
        + "channels (expected 2, found 3)")
  }

  @Test func refusesWhatCannotBeComputed() {
    let image = [1, 4, 6, 6]
    let refusals = [
      (Self.refusal(Convolution(), image), "number of inputs"),
      (Self.refusal(Convolution(), [4, 6, 6], [4, 4, 3, 3]), "not N x C x H x W"),
      (Self.refusal(Convolution(), image, [4, 4, 3]), "not Cout x Cin x kh x kw"),
      (Self.refusal(Convolution(groups: 2), image, [3, 2, 3, 3]), "into 2 groups"),
      (Self.refusal(Convolution(), image, [4, 4, 3, 3], [3]), "bias does not fit"),
      (Self.refusal(Convolution(), image, [4, 4, 7, 7]), "smaller than the filter"),
      (
        Self.refusal(Convolution(padding: Padding(6, .reflect)), image, [4, 4, 3, 3]),
        "beyond the image"
      ),
      (Self.refusal(Pad(Padding(-1, .replicate)), image), "only zero padding can crop"),
      (Self.refusal(Pad(Padding(-3)), image), "nothing is left"),
      (Self.refusal(TransposedConvolution(), image, [3, 4, 3, 3]), "number of channels"),
      (
        Self.refusal(
          ModulatedConvolution(scale: 1, demodulates: true), image, [2, 4, 3, 3], [1, 3]),
        "styles do not fit"
      ),
      (Self.refusal(MatrixProduct(), [2, 3], [4, 2]), "inner extents differ"),
      (Self.refusal(MatrixProduct(), [1, 2, 3], [2, 3, 2]), "do not pair up"),
      (Self.refusal(Linear(), [2, 3], [5, 4]), "number of inputs"),
      (Self.refusal(BatchNormalization(), image, [4], [3]), "does not fit"),
      (Self.refusal(GroupNormalization(groups: 3), image), "into 3 groups"),
      (Self.refusal(Concatenate(axis: 1), image, [1, 2, 6, 5]), "besides axis 1 differ"),
      (Self.refusal(Concatenate(axis: 4), image), "no axis 4"),
      (
        Self.refusal(Slice([.init(0, 1), .init(0, 5), .init(0, 1), .init(0, 1)]), image), "outside"
      ),
      (Self.refusal(Reshape([4, 35]), image), "number of elements differs"),
      (Self.refusal(Transpose([0, 1, 1, 2]), image), "every axis once"),
      (Self.refusal(Repeat([1, 2]), image), "one positive count per axis"),
      (Self.refusal(Arithmetic(.add), image, [3, 6, 6]), "do not stretch"),
      (Self.refusal(Select(), image, image, [5]), "do not stretch"),
      (Self.refusal(Softmax(axis: 4), image), "no axis 4"),
      (Self.refusal(Attention(heads: 2), [1, 9, 4]), "q, k and v of 2 heads"),
      (Self.refusal(GridSample(alignsCorners: true), image, [1, 3, 3, 3]), "grid does not fit"),
      (Self.refusal(Pooling(.maximum, size: 7, stride: 1), image), "smaller than the window"),
      (
        Self.refusal(UpFIRDown(before: -2, after: -2), image, [4, 4]), "smaller than the kernel"
      ),
      (Self.refusal(Reduction(.sum, axes: [1, 1]), image), "axes are not the input's"),
    ]
    for (message, part) in refusals { #expect(message.contains(part)) }
  }
}
