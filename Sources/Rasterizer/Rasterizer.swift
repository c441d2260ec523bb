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

  private var frame = FrameParts()
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
  private var cutOutPlanes = AlignedBuffer<Int32>(count: 0)
  /// By instance: its first triangle's number, and its cut-out.
  private var firstTriangles = AlignedBuffer<Int32>(count: 0)
  private var cutOuts = AlignedBuffer<CutOutView?>(count: 0)
  private var binCounts = AlignedBuffer<Int32>(count: 0)
  private var binLengths = AlignedBuffer<Int32>(count: 0)
  private var binStarts = AlignedBuffer<Int>(count: 0)
  private var bins = AlignedBuffer<UInt32>(count: 0)
  /// Records of each chunk; before there are any, its clipped triangles.
  private var chunkCounts = AlignedBuffer<Int>(count: 0)
  /// Vertices outside, of each block.
  private var outsideCounts = AlignedBuffer<Int>(count: 0)
  private var scratch: AlignedBuffer<Int32>
  private let tiles: TileMemory
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
  ///   - tileWidth: samples along a tile's sides; the width is a multiple of sixteen, 64 at most.
  public init(pool: WorkerPool, tileWidth: Int = 48, tileHeight: Int = 48) {
    precondition(tileWidth % 16 == 0 && tileWidth > 0 && tileWidth <= 64)
    precondition(tileHeight > 0 && tileHeight <= 64)
    self.pool = pool
    scratch = AlignedBuffer(count: pool.threadCount * setupScratchWords)
    tiles = TileMemory(width: tileWidth, height: tileHeight, workers: pool.threadCount)
    projectPass = { [unowned self] index, _ in self.project(index) }
    clippedPass = { [unowned self] index, _ in self.countClipped(index) }
    setupPass = { [unowned self] index, worker in self.setUp(index, worker) }
    scatterPass = { [unowned self] index, _ in self.scatter(index) }
    tilePass = { [unowned self] index, worker in self.draw(index, worker) }
  }

  /// Draws the instances into a picture of width x height samples and calls the shader for every
  /// tile, the empty ones included.
  ///
  /// Triangles are numbered through the instances in their order (`VisibleTile.parts` gives the numbers
  /// in their own mesh). Sides beyond 16384 samples, instances
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
    grid = TileGrid(
      width: width, height: height, tileWidth: tiles.width, tileHeight: tiles.height)
    prepare(instances)
    pool.run(projectBlocks, projectPass)
    placeRecords()
    pool.run(frame.chunks.count, setupPass)
    accumulateBins(
      counts: binCounts.pointer, chunks: frame.chunks.count, tiles: grid.count,
      lengths: binLengths.pointer)
    var tile = 0
    while tile < grid.count {
      let (end, entries) = layOutBins(
        from: tile, tiles: grid.count, limit: mostBinEntries, lengths: binLengths.pointer,
        starts: binStarts.pointer)
      bins.reserve(entries)
      listedTiles = tile..<end
      pool.run(frame.chunks.count, scatterPass)
      pool.run(end - tile, tilePass)
      tile = end
    }
    self.shader = nil
  }

  // MARK: Passes

  private let projectBlock = 2048
  private var projectBlocks: Int { (frame.vertexCount + projectBlock - 1) / projectBlock }

  private func prepare(_ instances: [MeshInstance]) {
    frame.layOut(instances)
    projected.reserve(ProjectedVertices.stride * frame.vertexCount)
    firstTriangles.reserve(instances.count)
    if frame.hasCutOuts { cutOuts.reserve(instances.count) }
    for (index, part) in frame.parts.enumerated() {
      firstTriangles[index] = part.firstID
      if frame.hasCutOuts { cutOuts[index] = part.instance.cutOut.map { CutOutView($0) } }
    }
    outsideCounts.reserve(projectBlocks)
    chunkCounts.reserve(frame.chunks.count)
    binCounts.reserve(frame.chunks.count * grid.count)
    binLengths.reserve(grid.count)
    binStarts.reserve(grid.count)
  }

  private func project(_ block: Int) {
    let from = block * projectBlock
    var outside = 0
    frame.forEachPart(from: from, to: min(from + projectBlock, frame.vertexCount)) {
      (part, low, high) in
      outside += projectVertices(
        x: part.instance.x, y: part.instance.y, z: part.instance.z, from: low, to: high,
        count: part.instance.mesh.vertexCount, projection: projection, into: vertices(part))
    }
    outsideCounts[block] = outside
  }

  private func vertices(_ part: FrameParts.Part) -> ProjectedVertices {
    ProjectedVertices(rows: projected.pointer + ProjectedVertices.stride * part.firstVertex)
  }

  /// Most frames clip nothing, and need not look for what is clipped.
  private func placeRecords() {
    var outside = 0
    for block in 0..<projectBlocks { outside += outsideCounts[block] }
    if outside > 0 { pool.run(frame.chunks.count, clippedPass) }
    let counts = outside > 0 ? chunkCounts.pointer : nil
    let capacity = frame.placeRecords { counts?[$0] ?? 0 }
    records.reserve(capacity * TriangleRecord.stride)
    if frame.attributeCount > 0 { planes.reserve(capacity * AttributePlanes.stride) }
    if frame.hasCutOuts { cutOutPlanes.reserve(capacity * CutOutPlanes.stride) }
    wide.reserve(capacity * 3)
  }

  private func countClipped(_ index: Int) {
    let chunk = frame.chunks[index]
    chunkCounts[index] = clippedTriangles(setupInput(chunk), from: chunk.from, to: chunk.to)
  }

  private func setupInput(_ chunk: FrameParts.Chunk) -> SetupInput {
    let part = frame.parts[chunk.part]
    return SetupInput(
      part.instance, number: chunk.part, firstID: part.firstID, vertices: vertices(part),
      projection: projection, width: width, height: height, footprintRequest: footprintRequest)
  }

  private func setUp(_ index: Int, _ worker: Int) {
    let chunk = frame.chunks[index]
    let input = setupInput(chunk)
    var list = RecordList(
      records: records.pointer + chunk.firstRecord * TriangleRecord.stride,
      planes: planes.pointer + chunk.firstRecord * AttributePlanes.stride,
      wide: wide.pointer + chunk.firstRecord * 3,
      cutOutPlanes: cutOutPlanes.pointer + chunk.firstRecord * CutOutPlanes.stride)
    setUpTriangles(
      input, from: chunk.from, to: chunk.to,
      scratch: scratch.pointer + worker * setupScratchWords, into: &list)
    countBins(
      list.records, list.count, grid: grid, into: binCounts.pointer + index * grid.count)
    chunkCounts[index] = list.count
  }

  private func scatter(_ index: Int) {
    let chunk = frame.chunks[index]
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
    let (x0, y0) = (column * tiles.width, row * tiles.height)
    let tile = tiles.buffers(worker)
    let tileWidth = min(tiles.width, width - x0)
    let tileHeight = min(tiles.height, height - y0)
    let count = Int(binLengths[index])
    if count > 0 {
      tile.clear(rows: (tileHeight + 3) & ~3)
      cover(
        bins.pointer + binStarts[index], count,
        TileRecords(
          records: records.pointer, wide: wide.pointer, planes: planes.pointer,
          attributeCount: frame.attributeCount, left: Int32(x0), top: Int32(y0),
          right: Int32(x0 + tileWidth - 1), bottom: Int32(y0 + tileHeight - 1)), tile)
      tile.arrangeRows(
        columns: tileWidth, rows: tileHeight, attributeCount: frame.attributeCount)
    }
    shader?.shade(
      VisibleTile(
        index: index, x0: x0, y0: y0, width: tileWidth, height: tileHeight, isEmpty: count == 0,
        stride: tile.stride, records: tile.records, inverseDepth: tile.inverseDepth,
        attributes: tile.attributes, planeSize: tile.planeSize, recordWords: records.pointer,
        attributePlanes: planes.pointer, firstTriangles: firstTriangles.pointer),
      worker: worker)
  }

  private func cover(
    _ bin: UnsafePointer<UInt32>, _ count: Int, _ source: TileRecords, _ tile: TileBuffers
  ) {
    if frame.hasCutOuts {
      coverParts(
        bin, count: count, source, cutOuts: cutOuts.pointer, cutOutPlanes: cutOutPlanes.pointer,
        tile)
    } else {
      coverBin(bin, count: count, source, test: EverySample(), tile)
    }
  }
}
