/// The instances of a frame, and their triangles cut into pieces of work.
struct FrameParts {
  struct Part {
    let instance: MeshInstance
    /// First of its projected vertices, whose number is padded to sixteen.
    let firstVertex: Int
    /// Number of its first triangle in the frame.
    let firstID: Int32

    var paddedVertices: Int { (instance.mesh.vertexCount + 15) & ~15 }
  }

  /// Triangles of one part.
  struct Chunk {
    let part: Int
    let from: Int
    let to: Int
    /// First record of the chunk's own region.
    var firstRecord = 0
  }

  private(set) var parts: [Part] = []
  private(set) var chunks: [Chunk] = []
  private(set) var attributeCount = 0
  private(set) var vertexCount = 0
  private(set) var hasCutOuts = false

  mutating func layOut(_ instances: [MeshInstance]) {
    parts.removeAll(keepingCapacity: true)
    chunks.removeAll(keepingCapacity: true)
    attributeCount = instances.first?.attributes.count ?? 0
    precondition(attributeCount <= 4)
    var triangles = 0
    for instance in instances { triangles += instance.mesh.triangleCount }
    precondition(triangles <= RasterConstants.mostTriangles)
    // Larger for large meshes, whatever the number of threads.
    let chunk = max(RasterConstants.chunk, (triangles / RasterConstants.mostChunks + 15) & ~15)
    (vertexCount, hasCutOuts) = (0, false)
    var id = 0
    for (index, instance) in instances.enumerated() {
      precondition(instance.attributes.count == attributeCount)
      let part = Part(instance: instance, firstVertex: vertexCount, firstID: Int32(id))
      parts.append(part)
      let count = instance.mesh.triangleCount
      for from in stride(from: 0, to: count, by: chunk) {
        chunks.append(Chunk(part: index, from: from, to: min(from + chunk, count)))
      }
      vertexCount += part.paddedVertices
      id += count
      if instance.cutOut != nil { hasCutOuts = true }
    }
  }

  /// Gives every chunk room for its records: one a triangle, and for its clipped ones the worst case.
  ///
  /// - Parameter clipped: number of a chunk's clipped triangles.
  /// - Returns: records there is room for.
  mutating func placeRecords(clipped: (Int) -> Int) -> Int {
    var capacity = 0
    for index in chunks.indices {
      chunks[index].firstRecord = capacity
      capacity +=
        chunks[index].to - chunks[index].from
        + clipped(index) * (RasterConstants.recordsPerTriangle - 1)
    }
    return capacity
  }

  /// Calls `body` with every part that has some of the vertices from ..< to, and with which of its own
  /// these are.
  func forEachPart(from: Int, to: Int, _ body: (Part, _ low: Int, _ high: Int) -> Void) {
    for part in parts {
      let low = max(from - part.firstVertex, 0)
      let high = min(to - part.firstVertex, part.paddedVertices)
      if low < high { body(part, low, high) }
    }
  }
}
