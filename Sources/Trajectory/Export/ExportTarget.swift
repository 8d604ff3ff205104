/// Trainers for which step instances are written, each with the columns that it reads.
public enum ExportTarget: String, Sendable, CaseIterable {
    case trl, verl, openrlhf
}

/// What is written for another trainer.
public struct ExportOptions: Sendable {
    /// What a row asks for.
    public enum Rows: String, Sendable, CaseIterable {
        /// The next step, scored by its similarity to the expert's.
        case steps
        /// The whole solution, scored by its final answer.
        case answers
    }

    /// How the prompt is written.
    public enum Prompt: String, Sendable, CaseIterable {
        /// A list of messages, which the trainer lays out by the model's chat template.
        case messages
        /// The text that our own trainer would give the model.
        case text
    }

    public var target: ExportTarget
    public var rows: Rows
    public var prompt: Prompt
    public var template: PromptTemplate
    public var instances: InstanceOptions
    /// What the rows are of, for trainers that tell data sets apart.
    public var dataSource: String
    /// The reward function that the labels name; nil leaves it to the service.
    public var function: String?
    /// Its parameters, a JSON object; nil leaves them to the service.
    public var parameters: String?

    public init(
        target: ExportTarget, rows: Rows = .steps, prompt: Prompt = .messages, template: PromptTemplate = .chat,
        instances: InstanceOptions = InstanceOptions(), dataSource: String, function: String? = nil,
        parameters: String? = nil
    ) {
        self.target = target
        self.rows = rows
        self.prompt = prompt
        self.template = template
        self.instances = instances
        self.dataSource = dataSource
        self.function = function
        self.parameters = parameters
    }

    /// - Throws: `TrajectoryError` without a place: a combination that the trainer cannot read.
    public func validate() throws(TrajectoryError) {
        if prompt == .messages, !template.hasMessages {
            throw TrajectoryError(
                message: "the template 'compact' has no messages; choose 'chat', or --prompt text")
        }
        if target == .verl, prompt == .text {
            throw TrajectoryError(message: "verl reads prompts as messages; leave out --prompt text")
        }
        if let parameters {
            guard function != nil || rows == .answers else {
                throw TrajectoryError(
                    message: "--parameters go with the function that they are of; name it with --function")
            }
            guard (try? DataValueParser.parse(parameters))?.isObject == true else {
                throw TrajectoryError(message: "the parameters are not a JSON object: \(parameters.prefix(60))")
            }
        }
    }
}
