extension Tape {
    /// Rows of table [V, d] for tokens: [T, d].
    ///
    /// - Throws: ``TensorError`` naming the first token that is not in the table.
    public func embedding(_ tokens: [TokenID], table: Tensor) throws -> Tensor {
        try embedding(tokens, table: WeightMatrix(table))
    }

    /// The same with a table of either precision.
    func embedding(_ tokens: [TokenID], table: WeightMatrix) throws -> Tensor {
        let width = table.columns
        if let outside = tokens.firstIndex(where: { $0 < 0 || $0 >= table.rows }) {
            throw TensorError(
                "embedding", "token \(tokens[outside]) at position \(outside) is outside a vocabulary of \(table.rows)")
        }
        let x = Buffer(count: tokens.count * width)
        for (row, token) in tokens.enumerated() {
            table.copy(Int(token)..<Int(token) + 1, into: x.pointer + row * width)
        }
        return result(shape: [tokens.count, width], buffer: x, of: [table.tensor].compactMap { $0 }) { x in
            guard let table = table.tensor else { return }
            let (dx, dtable) = (x.gradientPointer, table.gradientPointer)
            for (row, token) in tokens.enumerated() {
                Kernels.add(dx + row * width, to: dtable + Int(token) * width, count: width)
            }
        }
    }

    /// Chosen rows of x [T, d]: [rows.count, d].
    ///
    /// - Throws: ``TensorError`` naming the first row that is not in x.
    public func gather(_ x: Tensor, rows: [Int]) throws -> Tensor {
        let width = x.columns
        if let outside = rows.first(where: { $0 < 0 || $0 >= x.rows }) {
            throw TensorError("gather", "row \(outside) of a tensor of shape \(x.shape)")
        }
        let y = Buffer(count: rows.count * width)
        for (index, row) in rows.enumerated() {
            (y.pointer + index * width).update(from: x.pointer + row * width, count: width)
        }
        return result(shape: [rows.count, width], buffer: y, of: [x]) { y in
            let (dy, dx) = (y.gradientPointer, x.gradientPointer)
            for (index, row) in rows.enumerated() {
                Kernels.add(dy + index * width, to: dx + row * width, count: width)
            }
        }
    }
}
