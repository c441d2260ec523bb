import Compute

// Operations that are one row kernel.

extension Pooling: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    let kernel =
      switch function {
      case .maximum: PoolingKernel(.maximum, size: size, stride: stride, padding: padding)
      case .mean(let countsPadding):
        PoolingKernel(
          .mean(countsPadding: countsPadding), size: size, stride: stride, padding: padding)
      }
    return try compiler.append("pooling", kernel, node, operands[0])
  }
}

extension NearestResize: PlannedOperation {
  func enlargement(of image: [Int]) -> Enlargement {
    step == nil && height == 2 * image[2] && width == 2 * image[3] ? .nearest : .none
  }

  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    // The convolution that reads it computes it.
    if compiler.enlargedConvolution(of: node) != nil { return true }
    let image = try compiler.image(operands[0])
    let kernel = NearestResizeKernel(
      input: ImageSize(image), output: ImageSize(height: height, width: width),
      channels: image.channels, step: step)
    return try compiler.append("nearest", kernel, node, operands[0])
  }
}

extension BilinearResize: PlannedOperation {
  func doubles(_ image: [Int]) -> Bool {
    !alignsCorners && step == nil && height == 2 * image[2] && width == 2 * image[3]
  }

  func enlargement(of image: [Int]) -> Enlargement { doubles(image) ? .bilinear : .none }

  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    // The convolution that reads it computes it.
    if compiler.doubledConvolution(of: node) != nil { return true }
    if compiler.enlargedConvolution(of: node) != nil { return true }
    let image = try compiler.image(operands[0])
    let kernel = BilinearResizeKernel(
      input: ImageSize(image), output: ImageSize(height: height, width: width),
      channels: image.channels, alignsCorners: alignsCorners, step: step)
    return try compiler.append("bilinear", kernel, node, operands[0])
  }
}

extension Pad: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    let kernel = PadKernel(top: padding.top, left: padding.left, border: padding.mode.border)
    return try compiler.append("padding", kernel, node, operands[0])
  }
}

extension DepthToSpace: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    let title = "depth to space"
    return switch order {
    case .channelFirst:
      try compiler.append(title, DepthToSpaceKernel(factor: factor), node, operands[0])
    case .blockFirst:
      try compiler.append(title, BlockToSpaceKernel(factor: factor), node, operands[0])
    }
  }
}

extension SpaceToDepth: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    try compiler.append("space to depth", SpaceToDepthKernel(factor: factor), node, operands[0])
  }
}

extension UpFIRDown: PlannedOperation {
  func plan(_ node: Int, _ operands: [Int], in compiler: inout PlanCompiler) throws -> Bool {
    guard compiler.isConstant(operands[1]) else { return false }
    let taps = try compiler.constant(operands[1])
    let kernel = UpFIRDownKernel(
      taps.elements, kernelHeight: taps.shape[0], kernelWidth: taps.shape[1],
      channels: compiler.shape(node)[1], operation: self)
    return try compiler.append("polyphase", kernel, node, operands[0])
  }
}

extension PlanCompiler {
  /// Appends the step of a row kernel from image to image.
  mutating func append(
    _ title: String, _ kernel: some RowKernel, _ node: Int, _ operand: Int
  ) throws -> Bool {
    append(
      KernelStep(
        name: name(node), kernel: title, kernel, input: try image(operand),
        output: try output(node)))
    return true
  }
}
