package import ModelCore

/// Forests with everything that branches can do.
package enum ExampleForests {
    /// Tokens that differ by place and stay inside a vocabulary of 37.
    package static func tokens(_ count: Int, from start: Int) -> [TokenID] {
        (0..<count).map { TokenID((start * 13 + $0 * 7 + $0 * $0 * 3) % 37) }
    }

    /// An SRL trajectory: a trunk, a marker at every boundary, `group` rollouts at each, of different lengths; one rollout is empty, one
    /// trunk segment is empty, one rollout has a child of its own.
    package static func trajectory(group: Int = 3, start: Int = 1) -> TokenForest {
        var forest = TokenForest()
        var trunk = forest.add(tokens(9, from: start))
        for step in 0..<3 {
            let marker = forest.add(tokens(2, from: start + 20 + step), parent: trunk)
            for sample in 0..<group {
                let length = step == 1 && sample == 0 ? 0 : 3 + (step + 2 * sample) % 5
                let rollout = forest.add(tokens(length, from: start + 40 + 5 * step + sample), parent: marker)
                if step == 2, sample == 1 { forest.add(tokens(4, from: start + 60), parent: rollout) }
            }
            trunk = forest.add(step == 0 ? [] : tokens(6, from: start + step + 3), parent: trunk)
        }
        return forest
    }

    /// Two trajectories and a lone sequence.
    package static func several() -> TokenForest {
        var forest = trajectory(group: 2, start: 2)
        let offset = forest.segments.count
        for segment in trajectory(group: 3, start: 5).segments {
            forest.add(segment.tokens, parent: segment.parent.map { $0 + offset })
        }
        forest.add(tokens(11, from: 9))
        return forest
    }
}
