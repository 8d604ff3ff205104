import Zstandard

/// Writes step instances as rows of another trainer's data set, a JSON object a line. proto-schemas/expert-label.schema.json has the form
/// of the labels, which `stepwise-reward` reads behind those trainers.
public final class InstanceExport {
    private let options: ExportOptions
    private let writer: LineWriter
    /// Rows written.
    public private(set) var count = 0
    /// Trajectories of which rows were written.
    public private(set) var trajectories = 0
    /// Trajectories of which none was, by reason, and the first of them.
    public private(set) var dropped: [String: (count: Int, example: String)] = [:]

    /// - Parameter path: where the file appears; zstd-compressed when it ends in `.zst`.
    /// - Throws: `TrajectoryError`: options that do not go together, a file that cannot be written.
    public init(path: String, options: ExportOptions) throws(TrajectoryError) {
        try options.validate()
        self.options = options
        writer = try translatingFileErrors { () throws(FileError) in try LineWriter(path: path) }
    }

    /// Writes the rows of a trajectory, in the order of its steps.
    public func write(_ trajectory: ExpertTrajectory) throws(TrajectoryError) {
        let rows = rows(of: trajectory)
        if rows.isEmpty {
            let reason = options.rows == .answers ? "no answer" : DropReason.tooFewSteps.description
            dropped[reason, default: (0, trajectory.id)].count += 1
            return
        }
        for row in rows {
            try translatingFileErrors { () throws(FileError) in try writer.write(row) }
            count += 1
        }
        trajectories += 1
    }

    /// Gives the file its name.
    ///
    /// - Throws: `TrajectoryError`, also when nothing was written.
    public func commit() throws(TrajectoryError) {
        guard count > 0 else {
            throw TrajectoryError(
                file: writer.path, message: "there are no rows to write: no trajectory has what they need")
        }
        try translatingFileErrors { () throws(FileError) in try writer.commit() }
    }

    private func rows(of trajectory: ExpertTrajectory) -> [String] {
        switch options.rows {
        case .steps:
            guard trajectory.steps.count >= StepInstances.minimumSteps else { return [] }
            let targets = trajectory.targets(options.template, options.instances)
            return targets.indices.map { step in
                row(
                    prompt: options.prompt == .messages
                        ? Self.json(
                            options.template.messages(of: trajectory, options.instances, targets: targets, step: step))
                        : JSONText.quoted(
                            trajectory.promptSegments(options.template, options.instances, targets: targets, step: step)
                                .joined().text),
                    label: label(targets[step]), trajectory, step: step + 1, of: targets.count, index: count + step)
            }
        case .answers:
            guard let answer = trajectory.answer else { return [] }
            let prompt =
                options.prompt == .messages
                ? Self.json(options.template.directMessages(trajectory.problem))
                : JSONText.quoted(options.template.directProblem(trajectory.problem).text)
            return [row(prompt: prompt, label: label(answer), trajectory, step: nil, of: nil, index: count)]
        }
    }

    private static func json(_ messages: [PromptTemplate.Message]) -> String {
        JSONText.array(
            messages.map {
                "{\"role\":\(JSONText.quoted($0.role)),\"content\":\(JSONText.quoted($0.content))}"
            })
    }

    /// The label as text: the expert step, or an object as JSON where more is to be said, or where the step would be taken for one.
    private func label(_ step: String) -> String {
        var members: [String: String] = [:]
        members["function"] = (options.function ?? (options.rows == .answers ? "math.verify" : nil)).map(
            JSONText.quoted)
        members["parameters"] = options.parameters
        // A whole solution has no monologue to strip.
        if options.rows == .answers { members["format"] = JSONText.quoted("action") }
        let looksLikeLabel = step.contains("expert_step") && (try? DataValueParser.parse(step))?["expert_step"] != nil
        guard !members.isEmpty || looksLikeLabel else { return step }
        members["expert_step"] = JSONText.quoted(step)
        return JSONText.object(members)
    }

    private func row(
        prompt: String, label: String, _ trajectory: ExpertTrajectory, step: Int?, of steps: Int?, index: Int
    ) -> String {
        var place = ["trajectory": JSONText.quoted(trajectory.id)]
        place["step"] = step.map(String.init)
        place["steps"] = steps.map(String.init)
        let source = JSONText.quoted(options.dataSource)
        var columns: [String: String]
        switch options.target {
        case .trl:
            columns = place
            columns["prompt"] = prompt
            columns["expert_step"] = JSONText.quoted(label)
        case .openrlhf:
            columns = place
            columns["prompt"] = prompt
            columns["expert_step"] = JSONText.quoted(label)
            columns["datasource"] = source
        case .verl:
            place["index"] = String(index)
            columns = [
                "data_source": source, "prompt": prompt, "ability": JSONText.quoted("reasoning"),
                "reward_model": JSONText.object([
                    "style": JSONText.quoted("rule"), "ground_truth": JSONText.quoted(label),
                ]),
                "extra_info": JSONText.object(place),
            ]
        }
        return JSONText.object(columns)
    }
}
