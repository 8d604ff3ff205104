/// A problem and the steps in which an expert solved it: one line of a trajectory file.
public struct ExpertTrajectory: Sendable, Equatable {
    /// Unique in its data set. What a split and a log know the trajectory by.
    public var id: String
    /// The problem, as the model will read it.
    public var problem: String
    /// The expert's steps in order, without the answer. May be empty in a file: such a trajectory can still be evaluated on,
    /// but makes no step instances.
    public var steps: [String]
    /// What came back after each step, such as an agent's environment's output: context of the steps after it, and never a target. Empty
    /// text where nothing did; no longer than `steps`; nil where steps have no observations.
    public var observations: [String]?
    /// The final answer alone, such as "72".
    public var answer: String?
    /// Whatever else is known of the trajectory, such as where it came from. Not used in training.
    public var metadata: [String: String]?

    public init(
        id: String, problem: String, steps: [String], observations: [String]? = nil, answer: String? = nil,
        metadata: [String: String]? = nil
    ) {
        self.id = id
        self.problem = problem
        self.steps = steps
        self.observations = observations
        self.answer = answer
        self.metadata = metadata
    }

    /// Checks what the types alone do not: every text that is there says something.
    ///
    /// - Throws: `TrajectoryError` with the field at fault, without file and line.
    public func validate() throws(TrajectoryError) {
        func check(_ text: String, _ field: String, _ what: String) throws(TrajectoryError) {
            if Monologue.trimmed(text).isEmpty { throw TrajectoryError(field: field, message: "\(what) is empty") }
        }
        try check(id, "/id", "the id")
        try check(problem, "/problem", "the problem")
        for (index, step) in steps.enumerated() {
            try check(step, "/steps/\(index)", "the step")
        }
        if let observations, observations.count > steps.count {
            throw TrajectoryError(
                field: "/observations",
                message:
                    "there are \(observations.count) observations of \(steps.count) steps; each step has one at most")
        }
        if let answer {
            try check(answer, "/answer", "the answer")
        }
    }
}

extension ExpertTrajectory: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case id, problem, steps, observations, answer, metadata
    }

    /// The keys of a trajectory's object.
    static let keys = CodingKeys.allCases.map(\.rawValue)

    /// Reads an object of exactly these keys. Anything else that is worth keeping belongs under `metadata`.
    public init(from decoder: any Decoder) throws {
        let known = Self.keys
        for key in try decoder.container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
            throw TrajectoryError(
                field: "/" + key.stringValue,
                message: "the key is not known; known are \(known.joined(separator: ", "))."
                    + " Put what you want to keep under metadata")
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try container.decode(String.self, forKey: .id),
            problem: try container.decode(String.self, forKey: .problem),
            steps: try container.decode([String].self, forKey: .steps),
            observations: try container.decodeIfPresent([String].self, forKey: .observations),
            answer: try container.decodeIfPresent(String.self, forKey: .answer),
            metadata: try container.decodeIfPresent([String: String].self, forKey: .metadata))
        try validate()
    }

    /// The trajectory as JSON on one line with sorted keys, the same bytes on every machine.
    var jsonText: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(problem.utf8.count + steps.reduce(256) { $0 + $1.utf8.count * 5 / 4 })
        func key(_ name: String) {
            bytes += (bytes.isEmpty ? "{\"" : ",\"").utf8
            bytes += name.utf8
            bytes += "\":".utf8
        }
        func list(_ name: String, _ texts: [String]) {
            key(name)
            bytes.append(UInt8(ascii: "["))
            for (index, text) in texts.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                JSONText.append(text, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        }
        func text(_ name: String, _ text: String) {
            key(name)
            JSONText.append(text, to: &bytes)
        }
        if let answer { text("answer", answer) }
        text("id", id)
        if let metadata {
            key("metadata")
            bytes += JSONText.object(metadata.mapValues(JSONText.quoted)).utf8
        }
        if let observations { list("observations", observations) }
        text("problem", problem)
        list("steps", steps)
        bytes.append(UInt8(ascii: "}"))
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Any key of a JSON object, to see those that are not known.
struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(intValue: Int) {
        stringValue = String(intValue)
        self.intValue = intValue
    }
}
