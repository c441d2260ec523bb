/// The names that a pickle may use. Nothing is looked up anywhere else, so no code of a file can
/// run.
///
/// Used by `PickleMachine`; what each name does when called is in `PickleMachine+Calls`.
import Compute

enum PickleGlobal: Equatable {
  case reconstructor, newObject, object
  case encode, bytes, bytearray, set, complex, orderedDictionary, defaultDictionary
  case arrayReconstruct, arrayScalar, arrayFromBuffer, array, dtype
  case torchTensor, torchParameter, torchLoadBytes, torchSize, torchDevice
  case torchStorage(ScalarType)
  /// A type as a value: `torch.float32`, `list`.
  case typeName(String)
  case chumpy
  case sparse(isColumnCompressed: Bool)
  /// joblib's stand-in for an array, whose elements follow it in the file.
  case joblibArray

  /// - Throws: `ProgramError` with the name in `found`.
  init(module: String, name: String) throws {
    // Modules have moved in their packages' histories.
    let place =
      switch module {
      case "__builtin__": "builtins"
      case "copy_reg": "copyreg"
      case "numpy._core.multiarray": "numpy.core.multiarray"
      case "numpy._core.numeric": "numpy.core.numeric"
      case "scipy.sparse._csc", "scipy.sparse.csc": "scipy.sparse"
      case "scipy.sparse._csr", "scipy.sparse.csr": "scipy.sparse"
      case "chumpy.ch": "chumpy"
      case "numpy.core.memmap", "numpy._core.memmap": "numpy"
      default: module
      }
    if let global = Self.known["\(place).\(name)"] {
      self = global
    } else if place == "torch", let type = Self.storageTypes[name] {
      self = .torchStorage(type)
    } else if place == "torch", Self.torchTypes.contains(name) {
      self = .typeName("torch.\(name)")
    } else {
      throw ProgramError(
        .dataError, "the pickle names something that is not read",
        expected: "arrays, tensors and plain containers",
        found: String("\(module).\(name)".prefix(200)),
        hint: "code in pickles is never run; save the arrays as .npz instead")
    }
  }

  private static let known: [String: PickleGlobal] = [
    "copyreg._reconstructor": .reconstructor,
    "copyreg.__newobj__": .newObject,
    "builtins.object": .object,
    "_codecs.encode": .encode,
    "builtins.bytes": .bytes,
    "builtins.bytearray": .bytearray,
    "builtins.set": .set,
    "builtins.frozenset": .set,
    "builtins.complex": .complex,
    "collections.OrderedDict": .orderedDictionary,
    "collections.defaultdict": .defaultDictionary,
    "builtins.list": .typeName("list"),
    "builtins.dict": .typeName("dict"),
    "builtins.int": .typeName("int"),
    "builtins.float": .typeName("float"),
    "builtins.str": .typeName("str"),
    "builtins.bool": .typeName("bool"),
    "numpy.core.multiarray._reconstruct": .arrayReconstruct,
    "numpy.core.multiarray.scalar": .arrayScalar,
    "numpy.core.numeric._frombuffer": .arrayFromBuffer,
    "numpy.ndarray": .array,
    "numpy.memmap": .array,
    "numpy.dtype": .dtype,
    "torch._utils._rebuild_tensor_v2": .torchTensor,
    "torch._utils._rebuild_tensor": .torchTensor,
    "torch._utils._rebuild_parameter": .torchParameter,
    "torch._utils._rebuild_parameter_with_state": .torchParameter,
    "torch.storage._load_from_bytes": .torchLoadBytes,
    "torch.storage.UntypedStorage": .torchStorage(.uint8),
    "torch.Size": .torchSize,
    "torch.device": .torchDevice,
    "chumpy.Ch": .chumpy,
    "joblib.numpy_pickle.NumpyArrayWrapper": .joblibArray,
    "scipy.sparse.csc_matrix": .sparse(isColumnCompressed: true),
    "scipy.sparse.csr_matrix": .sparse(isColumnCompressed: false),
  ]

  private static let storageTypes: [String: ScalarType] = [
    "FloatStorage": .float32, "DoubleStorage": .float64, "HalfStorage": .float16,
    "BFloat16Storage": .bfloat16, "LongStorage": .int64, "IntStorage": .int32,
    "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
    "ComplexFloatStorage": .complex64, "ComplexDoubleStorage": .complex128,
    "UntypedStorage": .uint8,
  ]

  private static let torchTypes: Set<String> = [
    "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8",
    "bool", "complex64", "complex128",
  ]
}
