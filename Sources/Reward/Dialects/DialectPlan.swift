import ServiceAPI

/// The items of a request, in groups of one expert step and batches of one function.
package struct DialectPlan: Sendable {
    package struct Batch: Sendable {
        package let name: String
        package let function: any RewardFunction
        package fileprivate(set) var groups: [ScoreGroup] = []
        /// The items of each group, by their index in the request.
        fileprivate var places: [[Int]] = []
        /// The index of each group.
        fileprivate var groupOf: [GroupKey: Int] = [:]
    }

    /// What is scored by one function. Bytes, since strings that are canonically equivalent are equal, and different texts.
    private struct BatchKey: Hashable {
        let function: [UInt8]?
        let parameters: [UInt8]?

        init(_ label: ExpertLabel.Fields) {
            function = label.function.map { Array($0.utf8) }
            parameters = label.parameters.map { Array(JSONValue.object($0).canonicalText.utf8) }
        }
    }

    /// What is compared with one expert step.
    fileprivate struct GroupKey: Hashable {
        let expertStep: [UInt8]
        let isCompletion: Bool
    }

    package typealias FunctionMaker =
        (_ name: String, _ parameters: [String: JSONValue]) throws(ProblemDetails) -> any RewardFunction

    package private(set) var batches: [Batch] = []
    private let pointers: [JSONPointer]

    /// - Parameters:
    ///   - standard: The function of the settings.
    ///   - make: Makes the functions that labels name, as `RewardRegistry.make` does.
    /// - Throws: `invalidRequest` at a label that names a function or parameters that do not exist.
    package init(
        _ items: [DialectItem], settings: DialectSettings, standard: any RewardFunction, make: FunctionMaker
    ) throws(ProblemDetails) {
        pointers = items.map(\.labelPointer)
        var batchOf: [BatchKey: Int] = [:]
        for (place, item) in items.enumerated() {
            let key = BatchKey(item.label)
            let index: Int
            if let known = batchOf[key] {
                index = known
            } else {
                batches.append(try Self.batch(for: item, settings, standard, make))
                index = batches.count - 1
                batchOf[key] = index
            }
            batches[index].add(item, place, settings.format)
        }
    }

    private static func batch(
        for item: DialectItem, _ settings: DialectSettings, _ standard: any RewardFunction, _ make: FunctionMaker
    ) throws(ProblemDetails) -> Batch {
        let label = item.label
        let name = label.function ?? settings.function
        if label.parameters == nil, name == settings.function { return Batch(name: name, function: standard) }
        do throws(ProblemDetails) {
            return Batch(name: name, function: try make(name, label.parameters ?? [:]))
        } catch {
            var problem = error
            problem.detail = "\(problem.pointer ?? ""): \(problem.detail ?? problem.title)"
            problem.pointer = item.labelPointer.description
            throw problem
        }
    }

    /// - Parameter responses: What each batch's function said, in the order of the batches.
    /// - Returns: The items' scores, in their order.
    /// - Throws: The problem of the first item that could not be scored; `internalError` for one that nothing was said of.
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
        var all: [DialectScore] = []
        for (score, pointer) in zip(scores, pointers) {
            // The caller takes the scores by their places: one that is missing would move all after it.
            guard let score else {
                throw ProblemDetails(
                    kind: .internalError, detail: "the item was not scored", pointer: pointer.description)
            }
            all.append(score)
        }
        return all
    }

    /// The value of the header `stepwise-fingerprint`: each fingerprint once, in the order of the batches. A header must stay short, so of
    /// more than `mostFingerprints` the others are counted.
    package static func fingerprints(of responses: [ScoreResponse]) -> String {
        var different: [String] = []
        var known: Set<String> = []
        for response in responses where known.insert(response.fingerprint).inserted {
            different.append(response.fingerprint)
        }
        let others = different.count - mostFingerprints
        if others > 0 { different[mostFingerprints...] = ["and \(others) more"] }
        return different.joined(separator: ", ")
    }

    private static let mostFingerprints = 8

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
        let key = DialectPlan.GroupKey(expertStep: Array(item.label.expertStep.utf8), isCompletion: isCompletion)
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
