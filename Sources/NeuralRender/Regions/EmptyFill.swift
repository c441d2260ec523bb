import Compute

/// Copies pixels of the empty frame into a plan's memory, on all workers.
final class EmptyFill: @unchecked Sendable {
  // Sendable: serves one run at a time; items write disjoint pixels.
  private static let pixelsPerItem = 2048

  private var work: (source: EmptyActivation, pieces: RowPieces, target: FeatureMap)?
  private var body: WorkerPool.Body = { _, _ in }

  init() {
    body = { [unowned self] item, _ in
      guard let work = self.work else { return }
      work.pieces.forEachPart(item, of: Self.pixelsPerItem) { y, columns in
        work.source.write(y, columns, to: work.target)
      }
    }
  }

  func run(
    _ source: EmptyActivation, _ pieces: RowPieces, to target: FeatureMap, on pool: WorkerPool
  ) {
    work = (source, pieces, target)
    pool.run((pieces.pixelCount + Self.pixelsPerItem - 1) / Self.pixelsPerItem, body)
    work = nil
  }
}
