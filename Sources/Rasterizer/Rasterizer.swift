import Compute

/// Draws meshes: projects, sets up, bins, covers, and hands each finished tile to a shader.
///
/// One object serves one frame at a time and reuses its memory: after the first frames nothing is
/// allocated. The result does not depend on the number of threads or the tile size: coverage is
/// integer arithmetic, depth and attributes are evaluated per triangle, and triangles are drawn in
/// the order of the instances and their files.
public final class Rasterizer: @unchecked Sendable {
  // Sendable: passes write to disjoint chunks and tiles; between passes one thread works.

  public let pool: WorkerPool
  /// Samples along the sides of a tile; the width is a multiple of sixteen.
  public let tileWidth: Int
  public let tileHeight: Int

  private struct Part {
    var instance: MeshInstance
    var vertices: ProjectedVertices
    var firstID: Int32
  }

  private struct Chunk {
    var part: Int
    var from: Int
    var to: Int
    /// First record of the chunk's own region.
    var firstRecord: Int
  }

  private var parts: [Part] = []
  private var chunks: [Chunk] = []
  private var attributeCount = 0
  private var projection = VertexProjection(
    camera: .aligned(focalLength: [1, 1], principalPoint: .zero), width: 1, height: 1)
  private var width = 0
  private var height = 0
  private var grid = TileGrid(width: 1, height: 1, tileWidth: 16, tileHeight: 16)
  private var shader: (any TileShader)?
  private var footprintRequest: FootprintRequest?

  private var projected = AlignedBuffer<Int32>(count: 0)
  private var records = AlignedBuffer<Int32>(count: 0)
  private var planes = AlignedBuffer<Int32>(count: 0)
  private var wide = AlignedBuffer<Int64>(count: 0)
  private var binCounts = AlignedBuffer<Int32>(count: 0)
  private var binLengths = AlignedBuffer<Int32>(count: 0)
  private var binStarts = AlignedBuffer<Int>(count: 0)
  private var bins = AlignedBuffer<UInt32>(count: 0)
  /// Records of each chunk; before there are any, its clipped triangles.
  private var chunkCounts = AlignedBuffer<Int>(count: 0)
  /// Vertices outside, of each block.
  private var outsideCounts = AlignedBuffer<Int>(count: 0)
  private var scratch: AlignedBuffer<Int32>
  private var tiles: AlignedBuffer<Float>
  private var tileRecords: AlignedBuffer<Int32>
  /// The tiles whose lists are in `bins`.
  private var listedTiles = 0..<0
  /// Entries in `bins` at most, if more than one tile is listed.
  var mostBinEntries = RasterConstants.mostBinEntries

  private var projectPass: WorkerPool.Body = { _, _ in }
  private var clippedPass: WorkerPool.Body = { _, _ in }
  private var setupPass: WorkerPool.Body = { _, _ in }
  private var scatterPass: WorkerPool.Body = { _, _ in }
  private var tilePass: WorkerPool.Body = { _, _ in }

  /// - Parameters:
  ///   - pool: a pool of one thread draws on the calling thread.
  ///   - tileWidth: a multiple of sixteen.
  public init(pool: WorkerPool, tileWidth: Int = 48, tileHeight: Int = 48) {
    precondition(tileWidth % 16 == 0 && tileWidth > 0 && tileWidth <= 64)
    precondition(tileHeight > 0 && tileHeight <= 64)
    self.pool = pool
    self.tileWidth = tileWidth
    self.tileHeight = tileHeight
    scratch = AlignedBuffer(count: pool.threadCount * setupScratchWords)
    tiles = AlignedBuffer(count: 0)
    tileRecords = AlignedBuffer(count: 0)
    tiles.reserve(pool.threadCount * tileWords)
    tileRecords.reserve(pool.threadCount * tilePlane)
    projectPass = { [unowned self] index, _ in self.project(index) }
    clippedPass = { [unowned self] index, _ in self.countClipped(index) }
    setupPass = { [unowned self] index, worker in self.setUp(index, worker) }
    scatterPass = { [unowned self] index, _ in self.scatter(index) }
    tilePass = { [unowned self] index, worker in self.draw(index, worker) }
  }

  private var tileStride: Int { tileWidth + RasterConstants.tilePadding }
  private var tilePlane: Int { tileStride * ((tileHeight + 3) & ~3) + 16 }
  private var tileWords: Int { ((5 * tilePlane + 15) & ~15) + TileBuffers.groups }

  /// Draws the instances into a picture of width x height samples and calls the shader for every
  /// tile, the empty ones included.
  ///
  /// Triangles are numbered through the instances in their order. Sides beyond 16384 samples, instances
  /// whose numbers of attributes differ, and more than 2^24 triangles are programming errors.
  ///
  /// - Parameter footprints: asks for `VisibleTile.footprint`.
  public func render(
    _ instances: [MeshInstance], camera: PinholeCamera, width: Int, height: Int,
    footprints request: FootprintRequest? = nil, shader: some TileShader
  ) {
    footprintRequest = request
    precondition((1...RasterConstants.largestSide).contains(width))
    precondition((1...RasterConstants.largestSide).contains(height))
    projection = VertexProjection(camera: camera, width: width, height: height)
    self.width = width
    self.height = height
    self.shader = shader
    grid = TileGrid(width: width, height: height, tileWidth: tileWidth, tileHeight: tileHeight)
    prepare(instances)
    pool.run(projectBlocks, projectPass)
    placeRecords()
    pool.run(chunks.count, setupPass)
    accumulateBins(
      counts: binCounts.pointer, chunks: chunks.count, tiles: grid.count,
      lengths: binLengths.pointer)
    var tile = 0
    while tile < grid.count {
      let (end, entries) = layOutBins(
        from: tile, tiles: grid.count, limit: mostBinEntries, lengths: binLengths.pointer,
        starts: binStarts.pointer)
      bins.reserve(entries)
      listedTiles = tile..<end
      pool.run(chunks.count, scatterPass)
      pool.run(end - tile, tilePass)
      tile = end
    }
    self.shader = nil
  }

  // MARK: Passes

  private let projectBlock = 2048
  private var projectedCount = 0
  private var projectBlocks: Int { (projectedCount + projectBlock - 1) / projectBlock }

  private func prepare(_ instances: [MeshInstance]) {
    attributeCount = instances.first?.attributes.count ?? 0
    precondition(attributeCount <= 4)
    parts.removeAll(keepingCapacity: true)
    chunks.removeAll(keepingCapacity: true)
    var (vertices, triangles) = (0, 0)
    for instance in instances {
      vertices += (instance.mesh.vertexCount + 15) & ~15
      triangles += instance.mesh.triangleCount
    }
    precondition(triangles <= RasterConstants.mostTriangles)
    // Larger for large meshes, whatever the number of threads.
    let chunk = max(
      RasterConstants.chunk, (triangles / RasterConstants.mostChunks + 15) & ~15)
    projectedCount = vertices
    projected.reserve(ProjectedVertices.stride * vertices)
    let base = projected.pointer
    var (vertex, id) = (0, 0)
    for (index, instance) in instances.enumerated() {
      precondition(instance.attributes.count == attributeCount)
      parts.append(
        Part(
          instance: instance,
          vertices: ProjectedVertices(rows: base + ProjectedVertices.stride * vertex),
          firstID: Int32(id)))
      let count = instance.mesh.triangleCount
      for from in stride(from: 0, to: count, by: chunk) {
        chunks.append(
          Chunk(part: index, from: from, to: min(from + chunk, count), firstRecord: 0))
      }
      vertex += (instance.mesh.vertexCount + 15) & ~15
      id += count
    }
    outsideCounts.reserve(projectBlocks)
    chunkCounts.reserve(chunks.count)
    binCounts.reserve(chunks.count * grid.count)
    binLengths.reserve(grid.count)
    binStarts.reserve(grid.count)
  }

  /// Gives every chunk room for its records: one a triangle, and for those that are clipped the worst
  /// case. Most frames clip nothing, and need not look for what is clipped.
  private func placeRecords() {
    var outside = 0
    for block in 0..<projectBlocks { outside += outsideCounts[block] }
    if outside > 0 { pool.run(chunks.count, clippedPass) }
    var capacity = 0
    for index in chunks.indices {
      chunks[index].firstRecord = capacity
      capacity += chunks[index].to - chunks[index].from
      if outside > 0 { capacity += chunkCounts[index] * (RasterConstants.recordsPerTriangle - 1) }
    }
    records.reserve(capacity * TriangleRecord.stride)
    if attributeCount > 0 { planes.reserve(capacity * AttributePlanes.stride) }
    wide.reserve(capacity * 3)
  }

  private func project(_ block: Int) {
    let from = block * projectBlock
    let to = min(from + projectBlock, projectedCount)
    var (first, outside) = (0, 0)
    for part in parts {
      let count = (part.instance.mesh.vertexCount + 15) & ~15
      let low = max(from - first, 0)
      let high = min(to - first, count)
      if low < high {
        outside += projectVertices(
          x: part.instance.x, y: part.instance.y, z: part.instance.z, from: low, to: high,
          count: part.instance.mesh.vertexCount, projection: projection, into: part.vertices)
      }
      first += count
    }
    outsideCounts[block] = outside
  }

  private func countClipped(_ index: Int) {
    let chunk = chunks[index]
    chunkCounts[index] = clippedTriangles(setupInput(chunk), from: chunk.from, to: chunk.to)
  }

  private func setupInput(_ chunk: Chunk) -> SetupInput {
    let part = parts[chunk.part]
    let instance = part.instance
    let corners = instance.mesh.corners
    let attributes = instance.attributes
    func attribute(_ index: Int) -> VertexAttribute? {
      index < attributes.count ? attributes[index] : nil
    }
    return SetupInput(
      vertices: part.vertices, corners: corners.planes.pointer, cornerStride: corners.paddedCount,
      uvCorners: instance.mesh.uvCorners.map { UnsafePointer($0.planes.pointer) },
      uvCornerStride: instance.mesh.uvCorners?.paddedCount ?? 0, triangleCount: chunk.to,
      firstID: part.firstID, cull: instance.cull,
      attributes: (attribute(0), attribute(1), attribute(2), attribute(3)),
      attributeCount: attributeCount,
      usesVertexAttributes: attributes.contains { $0.indexing == .vertex },
      world: (instance.x, instance.y, instance.z), projection: projection,
      width: Int32(width), height: Int32(height), footprintRequest: footprintRequest)
  }

  private func setUp(_ index: Int, _ worker: Int) {
    let chunk = chunks[index]
    let input = setupInput(chunk)
    var list = RecordList(
      records: records.pointer + chunk.firstRecord * TriangleRecord.stride,
      planes: planes.pointer + chunk.firstRecord * AttributePlanes.stride,
      wide: wide.pointer + chunk.firstRecord * 3)
    setUpTriangles(
      input, from: chunk.from, to: chunk.to,
      scratch: scratch.pointer + worker * setupScratchWords, into: &list)
    countBins(
      list.records, list.count, grid: grid, into: binCounts.pointer + index * grid.count)
    chunkCounts[index] = list.count
  }

  private func scatter(_ index: Int) {
    let chunk = chunks[index]
    scatterBins(
      records.pointer + chunk.firstRecord * TriangleRecord.stride, chunkCounts[index],
      firstRecord: UInt32(chunk.firstRecord), grid: grid, from: listedTiles.lowerBound,
      to: listedTiles.upperBound, starts: binStarts.pointer,
      next: binCounts.pointer + index * grid.count, bins: bins.pointer)
  }

  private func draw(_ number: Int, _ worker: Int) {
    let grid = grid
    let index = listedTiles.lowerBound + number
    let column = index % grid.columns
    let row = index / grid.columns
    let (x0, y0) = (column * tileWidth, row * tileHeight)
    let base = tiles.pointer + worker * tileWords
    let tile = TileBuffers(
      inverseDepth: base, records: tileRecords.pointer + worker * tilePlane,
      attributes: base + tilePlane, stride: tileStride, planeSize: tilePlane,
      farthest: base + (tileWords - TileBuffers.groups))
    let tileWidth = min(self.tileWidth, width - x0)
    let tileHeight = min(self.tileHeight, height - y0)
    let first = binStarts[index]
    let count = Int(binLengths[index])
    if count > 0 {
      tile.clear(rows: (tileHeight + 3) & ~3)
      coverBin(
        bins.pointer + first, count: count, records: records.pointer, wide: wide.pointer,
        planes: planes.pointer, left: Int32(x0), top: Int32(y0), right: Int32(x0 + tileWidth - 1),
        bottom: Int32(y0 + tileHeight - 1), attributeCount: attributeCount, tile)
      tile.arrangeRows(columns: tileWidth, rows: tileHeight, attributeCount: attributeCount)
    }
    shader?.shade(
      VisibleTile(
        index: index, x0: x0, y0: y0, width: tileWidth, height: tileHeight, isEmpty: count == 0,
        stride: tile.stride, records: tile.records, inverseDepth: tile.inverseDepth,
        attributes: tile.attributes, planeSize: tile.planeSize, recordWords: records.pointer,
        attributePlanes: planes.pointer),
      worker: worker)
  }
}
