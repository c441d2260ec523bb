import Compute

/// One piece of work of a plan, with everything it needs found out beforehand: a run allocates
/// nothing.
protocol PlanStep: AnyObject, Sendable {
  /// Module and operation, for profiles and errors.
  var name: String { get }
  /// What computes it: "direct", "Winograd", ...
  var kernel: String { get }
  /// Multiplications and additions that the operation's definition has, not what the kernel saves.
  var operations: Int { get }
  /// What it reads and writes.
  var inputs: [Place] { get }
  var output: Place { get }
  /// The units in which it computes, and which pixels of its inputs and output a unit touches.
  var reach: StepReach { get }
  /// Places that it needs while it runs, in the plan's memory.
  var temporaries: [Place] { get }
  /// Bytes of scratch a worker needs, 64-byte aligned.
  var scratchBytes: Int { get }
  /// Floats of scratch that the workers share.
  var sharedFloats: Int { get }

  /// The step itself, if it can be tried in bytes.
  var calibration: CalibrationStep? { get }

  /// Looks up its memory; called once, before the first run.
  func bind(_ memory: PlanMemory, scratch: PlanScratch)

  /// Computes some units of every image. A unit's bits do not depend on the others.
  func run(_ units: RowPieces, on pool: WorkerPool)
}

extension PlanStep {
  var sharedFloats: Int { 0 }
  var temporaries: [Place] { [] }
  var calibration: CalibrationStep? { nil }
}

/// Scratch memory, as large as the most demanding step wants.
final class PlanScratch: Sendable {
  private let block: AlignedBuffer<UInt8>
  private let sharedBlock: AlignedBuffer<Float>
  private let stride: Int

  /// - Parameters:
  ///   - bytes: of each worker.
  ///   - sharedFloats: of all together.
  /// - Throws: when there is not enough memory.
  init(workers: Int, bytes: Int, sharedFloats: Int) throws {
    stride = (bytes + 127) & ~63
    block = try AlignedBuffer(
      count: MemoryBudget.product(workers, stride), for: "\(workers) threads of the network")
    sharedBlock = try AlignedBuffer(count: sharedFloats, for: "the network's layers")
  }

  var byteCount: Int { block.count + 4 * sharedBlock.count }

  var shared: UnsafeMutablePointer<Float> { sharedBlock.pointer }

  func memory(_ worker: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(block.pointer + worker * stride)
  }
}

/// Row pieces that own their memory.
final class RowPieceList: @unchecked Sendable {
  // Sendable: written only by `init`.
  private let memory: UnsafeMutablePointer<RowPiece>
  let pieces: RowPieces

  /// All pixels of an image.
  init(height: Int, width: Int) {
    let list = [RowPiece].all(height: height, width: width)
    memory = .allocate(capacity: max(list.count, 1))
    memory.initialize(from: list, count: list.count)
    pieces = RowPieces(memory, count: list.count)
  }

  deinit { memory.deallocate() }
}
