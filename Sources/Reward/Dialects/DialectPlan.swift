import ServiceAPI

/// The items of a request, in groups of one expert step and batches of one function.
package struct DialectPlan: Sendable {
    package struct Batch: Sendable {
        package let name: String
        package let function: any RewardFunction
        package fileprivate(set) var groups: [ScoreGroup] = []
        /// The items of each group, by their index in the request.
        fileprivate var places: [[Int]] = []
        /// The index of the group of each expert step and format.
        fileprivate var groupOf: [[String]: Int] = [:]
    }

    package private(set) var batches: [Batch] = []
    private let pointers: [JSONPointer]

    /// - Parameters:
    ///   - standard: The function of the settings.
    /// - Throws: `invalidRequest` at a label that names a function or parameters that do not exist.
    package init(
        _ items: [DialectItem], settings: DialectSettings, standard: any RewardFunction, registry: RewardRegistry
    ) throws(ProblemDetails) {
        pointers = items.map(\.labelPointer)
        var batchOf: [String: Int] = [:]
        for (place, item) in items.enumerated() {
            let key = (item.label.function ?? "") + JSONValue.object(item.label.parameters ?? ["": nil]).canonicalText
            let index: Int
            if let known = batchOf[key] {
                index = known
            } else {
                batches.append(try Self.batch(for: item, settings, standard, registry))
                index = batches.count - 1
                batchOf[key] = index
            }
            batches[index].add(item, place, settings.format)
        }
    }

    private static func batch(
        for item: DialectItem, _ settings: DialectSettings, _ standard: any RewardFunction, _ registry: RewardRegistry
    ) throws(ProblemDetails) -> Batch {
        let label = item.label
        let name = label.function ?? settings.function
        if label.parameters == nil, name == settings.function { return Batch(name: name, function: standard) }
        do throws(ProblemDetails) {
            return Batch(
                name: name, function: try registry.make(name: name, parameters: label.parameters ?? [:]))
        } catch {
            var problem = error
            problem.detail = "\(problem.pointer ?? ""): \(problem.detail ?? problem.title)"
            problem.pointer = item.labelPointer.description
            throw problem
        }
    }

    /// - Parameter responses: What each batch's function said, in the order of the batches.
    /// - Returns: The items' scores, in their order, and the fingerprints of what they were scored by.
    /// - Throws: The problem of the first item that could not be scored.
    package func scores(from responses: [ScoreResponse]) throws(ProblemDetails) -> [DialectScore] {
        var scores = [DialectScore?](repeating: nil, count: pointers.count)
        var failed: (place: Int, error: ItemError)?
        for (batch, response) in zip(batches, responses) {
            for (places, group) in zip(batch.places, response.groups) {
                for (place, score) in zip(places, group.scores) {
                    switch score {
                    case .scored(let reward, let components, _):
                        scores[place] = DialectScore(
                            reward: reward, isFormatViolation: false, components: components)
                    case .formatViolation(let reward, _):
                        scores[place] = DialectScore(reward: reward, isFormatViolation: true, components: [:])
                    case .error(let error):
                        if place < failed?.place ?? .max { failed = (place, error) }
                    }
                }
            }
        }
        if let failed { throw Self.problem(failed.error, at: pointers[failed.place]) }
        return scores.compactMap { $0 }
    }

    /// What cannot be scored fails the request: with 5xx where it may pass another time, with 4xx where not, and never with a number.
    private static func problem(_ error: ItemError, at pointer: JSONPointer) -> ProblemDetails {
        let kind: ProblemDetails.Kind =
            switch error.code {
            case "textTooLong": .contentTooLarge
            case "externalTimeout", "externalUnavailable", "externalDied", "externalBusy": .unavailable
            case "externalAnswer": .internalError
            default: .invalidRequest
            }
        return ProblemDetails(
            kind: kind, detail: "the item cannot be scored: \(error.code): \(error.message)",
            pointer: pointer.description)
    }
}

extension DialectPlan.Batch {
    fileprivate mutating func add(_ item: DialectItem, _ place: Int, _ format: ResponseFormat) {
        let (text, isCompletion) = item.text(format)
        let key = [item.label.expertStep, isCompletion ? "completion" : "action"]
        if let index = groupOf[key] {
            groups[index].completions?.append(text)
            groups[index].actions?.append(text)
            places[index].append(place)
            return
        }
        groupOf[key] = groups.count
        let id = String(groups.count)
        groups.append(
            isCompletion
                ? ScoreGroup(id: id, expert: item.label.expertStep, completions: [text])
                : ScoreGroup(id: id, expert: item.label.expertStep, actions: [text]))
        places.append([place])
    }
}
