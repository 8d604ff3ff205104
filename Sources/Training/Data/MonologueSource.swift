/// What SFT teaches the model to write between `<think>` and `</think>`: expert data has steps and no monologues.
public enum MonologueSource: String, Codable, Sendable, CaseIterable {
    /// Nothing. The form is learnt, and what to think is left to SRL.
    case empty
    /// What the step computes, without the results: of `5 * 3 = <<5*3=15>>15 apples` it is `5*3`. Empty where the step has no
    /// equation.
    case equations

    /// The monologue before `step`.
    func monologue(for step: String) -> String {
        switch self {
        case .empty: ""
        case .equations: Self.leftSides(of: step).joined(separator: " ")
        }
    }

    /// The arithmetic on the left of each `=`: its longest ending of digits and operators that has both.
    static func leftSides(of step: String) -> [String] {
        let annotated = step.split(separator: "<<").dropFirst().compactMap { part in
            part.contains(">>") ? part.split(separator: "=", maxSplits: 1).first.map(String.init) : nil
        }
        if !annotated.isEmpty { return annotated }
        var sides: [String] = []
        for part in step.split(separator: "=").dropLast() {
            let ending = part.reversed().prefix { "0123456789.+-*/() ".contains($0) }
            let side = String(ending.reversed()).filter { $0 != " " }
            let isArithmetic = side.contains { $0.isNumber } && side.dropFirst().contains { "+-*/".contains($0) }
            if isArithmetic { sides.append(side) }
        }
        return sides
    }
}
