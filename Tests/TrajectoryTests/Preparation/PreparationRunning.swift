import TestSupport
import Trajectory

/// Runs preparations of texts.
struct PreparationRunning {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    struct Outcome {
        let trajectories: [ExpertTrajectory]
        let report: PreparationReport
        let reasons: [String]
    }

    func prepare(
        _ text: String, _ format: PreparationFormat? = nil, name: String = "rows.jsonl",
        reading: (inout ReadingOptions) throws -> Void = { _ in },
        options: (inout PreparationOptions) throws -> Void = { _ in }
    ) throws -> Outcome {
        var readingOptions = ReadingOptions()
        var preparationOptions = PreparationOptions()
        try reading(&readingOptions)
        try options(&preparationOptions)
        var preparation = Preparation(format: format, reading: readingOptions, options: preparationOptions)
        var trajectories: [ExpertTrajectory] = []
        try preparation.read(folder.write(text, to: name)) { (trajectory) throws(TrajectoryError) in
            trajectories.append(trajectory)
        }
        return Outcome(
            trajectories: trajectories, report: try preparation.finish(), reasons: preparation.guess?.reasons ?? [])
    }

    /// The steps of one solution in `{"problem", "solution"}`, with a row after it that is kept whatever becomes of the first.
    func steps(_ solution: String, reading: (inout ReadingOptions) throws -> Void = { _ in }) throws -> Outcome {
        try prepare(
            Self.row(["problem": "first", "solution": solution]) + "\n"
                + Self.row(["problem": "second", "solution": "1. a\n2. b\n\n\\boxed{1}"]), .solutions,
            reading: { options in
                options.splitting = .numbered
                try reading(&options)
            })
    }

    static func row(_ members: KeyValuePairs<String, String>) -> String {
        "{" + members.map { "\(JSONText.quoted($0)): \(JSONText.quoted($1))" }.joined(separator: ", ") + "}"
    }
}
