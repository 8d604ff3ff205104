import ServiceAPI

extension JSONValue {
    /// The value with one thing changed, in many ways: each member removed, each part replaced by values of every kind, each object with a
    /// member more.
    var mutations: [JSONValue] {
        let replacements: [JSONValue] = [
            nil, true, -1, 0, 1.5, 2000, "", "x", .array([]), .array([1]), .object([:]),
        ]
        var found = replacements.filter { $0 != self }
        switch self {
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                for mutation in element.mutations {
                    var changed = elements
                    changed[index] = mutation
                    found.append(.array(changed))
                }
            }
        case .object(let members):
            found.append(.object(members.merging(["unknown": 1]) { _, new in new }))
            for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                found.append(.object(members.filter { $0.key != key }))
                for mutation in member.mutations {
                    found.append(.object(members.merging([key: mutation]) { _, new in new }))
                }
            }
        default: break
        }
        return found
    }
}
