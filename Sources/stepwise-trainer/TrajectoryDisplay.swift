import ArgumentParser
import Foundation
import ModelCore
import ServiceKit
import Training
import Trajectory

/// Shows trajectories on standard output.
struct TrajectoryDisplay {
    private let template: PromptTemplate
    private let templateName: String
    private let options: InstanceOptions
    private let tokenizer: any Tokenizer
    private let output: TerminalOutput
    private let width: Int

    init(
        template: PromptTemplate, templateName: String, options: InstanceOptions, tokenizer: any Tokenizer,
        color: ColorChoice
    ) {
        self.template = template
        self.templateName = templateName
        self.options = options
        self.tokenizer = tokenizer
        output = TerminalOutput(
            capabilities: TerminalOutput.Capabilities(
                isTerminal: false, hasColor: color.applies(to: TerminalOutput.standardOutput.capabilities)),
            write: { print($0, terminator: "") })
        width = ProcessInfo.processInfo.environment["COLUMNS"].flatMap(Int.init) ?? 120
    }

    /// - Throws: `TrajectoryError`: the trajectory has no such step.
    func show(_ trajectory: ExpertTrajectory, view: InspectCommand.View, step: Int?, file: String) throws {
        let targets = trajectory.targets(template, options)
        guard !targets.isEmpty else {
            return output.writeLine("\n\(trajectory.id) has no steps and no answer to make a prompt of.")
        }
        let step = step ?? targets.count
        guard targets.indices.contains(step - 1) else {
            throw TrajectoryError(
                file: file,
                message: "\(trajectory.id) has no step \(step); it has \(targets.count), the answer step included")
        }
        let source = trajectory.metadata?["source"].map { ", from \($0)" } ?? ""
        let title = output.styled("\(trajectory.id)\(source)", .bold)
        switch view {
        case .none: return
        case .steps:
            output.writeLine("\n\(title)")
            showTexts(trajectory)
        case .tree, .prompt, .all:
            if view != .prompt {
                output.writeLine("\n\(title)")
                let tree = TokenTree(trajectory, template: template, options: options, tokenizer: tokenizer)
                let listing = TokenTreeListing(tree, width: width) { text, part in
                    switch part {
                    case .context: output.styled(text, .dim)
                    case .target: output.styled(text, .green)
                    case .note: output.styled(text, .bold)
                    }
                }
                for line in listing.lines { output.writeLine("  " + line) }
            }
            guard view != .tree else { return }
            output.writeLine("\n\(title): step \(step) of \(targets.count), template \(templateName)")
            let listing = PromptListing(trajectory, template: template, options: options, step: step - 1)
            for line in listing.lines(styled: { text, part in
                switch part {
                case .label, .context: text
                case .template: output.styled(text, .cyan)
                case .target: output.styled(text, .green)
                }
            }) {
                output.writeLine(line)
            }
        }
    }

    private func showTexts(_ trajectory: ExpertTrajectory) {
        func part(_ label: String, _ text: String, _ style: TerminalOutput.Style?) {
            output.writeLine(output.styled("── \(label)", .cyan))
            output.writeLine(style.map { output.styled(text, $0) } ?? text)
        }
        part("problem", trajectory.problem, .dim)
        for (index, step) in trajectory.steps.enumerated() {
            part("step \(index + 1)", step, nil)
            let observation = trajectory.observation(after: index)
            if !observation.isEmpty { part("result of step \(index + 1)", observation, .dim) }
        }
        part("answer", trajectory.answer ?? "(none)", .green)
    }
}
