import ServiceAPI

extension ConformanceKit {
    /// That nothing changes places.
    static let orderChecks = [
        Check(.order, "groups stand in the request's order") { subject in
            let ids = (0..<64).map { "\(($0 * 37) % 64)" } + ["z", "a", "Z"]
            _ = try await subject.score(ids.map { subject.group($0) })
        },
        Check(.order, "scores stand in the order of their items") { subject in
            let actions = (0..<12).map { String(repeating: "x = 2 ", count: $0 % 5) + String($0) }
            let forward = try await subject.score([subject.group("g", expert: "x = 2 x = 2 7", actions)])
            let backward = try await subject.score([subject.group("g", expert: "x = 2 x = 2 7", actions.reversed())])
            try expect(
                forward.groups[0].scores == backward.groups[0].scores.reversed(),
                "the actions in reverse do not get the scores in reverse")
        },
        Check(.order, "empty lists get empty lists") { subject in
            _ = try await subject.score([])
            _ = try await subject.score([subject.group("none", []), subject.group("some")])
        },
    ]

    /// That items are alone with what becomes of them.
    static let itemChecks = [
        Check(.items, "one item that is hard leaves the others alone") { subject in
            let long = String(repeating: "x = 2 + ", count: 25_000)
            let response = try await subject.score([subject.group("g", Subject.actions + [long]), subject.group("h")])
            let alone = try await subject.score([subject.group("h")])
            try expect(
                Array(response.groups[0].scores.dropLast()) == alone.groups[0].scores
                    && response.groups[1].scores == alone.groups[0].scores,
                "beside an action of 200,000 characters the others get other scores")
        },
        Check(.items, "an item is scored alone as among others") { subject in
            let together = try await subject.score([subject.group("g"), subject.group("h", expert: "y", ["x = 2"])])
            for (index, action) in Subject.actions.enumerated() {
                let alone = try await subject.score([subject.group("alone", [action])])
                try expect(
                    alone.groups[0].scores[0] == together.groups[0].scores[index],
                    "'\(action)' alone gets another score")
            }
        },
    ]
}
