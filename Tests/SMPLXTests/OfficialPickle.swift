/// Writes body models the way the official .pkl files hold them: protocol 2 as Python 2 wrote it,
/// numpy arrays of doubles, shape directions as a chumpy array, the joint regressor as a sparse matrix.
import Foundation
import TensorFiles

struct OfficialPickle {
  private(set) var bytes: [UInt8] = [0x80, 2]

  /// A dictionary of `arrays`; `chumpy` and `sparse` name those in special clothes.
  init(_ arrays: [(name: String, tensor: TensorData)], chumpy: Set<String>, sparse: Set<String>)
    throws
  {
    op("}(")
    for (name, tensor) in arrays {
      short(name)
      if sparse.contains(name) {
        try csc(tensor)
      } else if chumpy.contains(name) {
        reconstructor("chumpy.ch\nCh")
        op("}(")
        short("x")
        try array(tensor)
        op("ub")
      } else {
        try array(tensor)
      }
    }
    // Files carry more than a reader needs.
    short("bs_style")
    short("lbs")
    op("u.")
  }

  private mutating func op(_ text: String) { bytes += Array(text.utf8) }

  private mutating func number(_ value: Int) {
    op("J")
    withUnsafeBytes(of: Int32(value).littleEndian) { bytes += $0 }
  }

  private mutating func short(_ text: String) {
    op("U")
    bytes.append(UInt8(text.utf8.count))
    op(text)
  }

  private mutating func reconstructor(_ type: String) {
    op("ccopy_reg\n_reconstructor\n(c\(type)\nc__builtin__\nobject\nNtR")
  }

  private mutating func array(_ tensor: TensorData) throws {
    let isInteger =
      switch tensor.scalarType {
      case .int64, .uint32, .int32: true
      default: false
      }
    let content: [UInt8] =
      isInteger
      ? try tensor.ints().withUnsafeBytes { Array($0) }
      : try tensor.doubles().withUnsafeBytes { Array($0) }
    op("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\u{0}t")
    short("b")
    op("tR(K\u{1}(")
    for size in tensor.shape { number(size) }
    op("tcnumpy\ndtype\n(")
    short(isInteger ? "i8" : "f8")
    op("K\u{0}K\u{1}tR(K\u{3}")
    short("<")
    op("NNN")
    number(-1)
    number(-1)
    op("K\u{0}tb")
    bytes.append(0x89)  // C order
    op("T")
    withUnsafeBytes(of: Int32(content.count).littleEndian) { bytes += $0 }
    bytes += content
    op("tb")
  }

  /// Columns one after the other.
  private mutating func csc(_ tensor: TensorData) throws {
    let (rows, columns) = (tensor.shape[0], tensor.shape[1])
    let dense = try tensor.doubles()
    var values: [Double] = []
    var indices: [Int32] = []
    var starts: [Int32] = [0]
    for column in 0..<columns {
      for row in 0..<rows where dense[row * columns + column] != 0 {
        values.append(dense[row * columns + column])
        indices.append(Int32(row))
      }
      starts.append(Int32(values.count))
    }
    reconstructor("scipy.sparse.csc\ncsc_matrix")
    op("}(")
    short("_shape")
    op("(")
    number(rows)
    number(columns)
    op("t")
    short("data")
    try array(TensorData(shape: [values.count], doubles: values))
    short("indices")
    try array(TensorData(shape: [indices.count], int32s: indices))
    short("indptr")
    try array(TensorData(shape: [starts.count], int32s: starts))
    op("ub")
  }
}
