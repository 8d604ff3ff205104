/// A statement of a template.
indirect enum TemplateStatement: Sendable {
    case text(String)
    case output(TemplateExpression)
    case branch([(condition: TemplateExpression, body: [TemplateStatement])], otherwise: [TemplateStatement])
    case loop(TemplateLoop)
    case set(TemplateTarget, TemplateExpression)
    /// `{% set x %}..{% endset %}`: the variable is what the body writes.
    case capture(TemplateTarget, [TemplateStatement])
    case breakLoop, continueLoop
    /// `{% generation %}`, which transformers adds: marks what an assistant writes and changes nothing.
    case group([TemplateStatement])
}

struct TemplateLoop: Sendable {
    let target: TemplateTarget
    let items: TemplateExpression
    /// Items for which it is not true are left out, and not counted.
    let filter: TemplateExpression?
    let body: [TemplateStatement]
    let otherwise: [TemplateStatement]
}

/// What is assigned to.
enum TemplateTarget: Sendable {
    case name(String)
    case names([String])
    /// An attribute of a namespace.
    case attribute(String, of: String)
}

struct TemplateArguments: Sendable {
    var positional: [TemplateExpression] = []
    var named: [(name: String, value: TemplateExpression)] = []
}

/// An expression with the line where it stands.
struct TemplateExpression: Sendable {
    indirect enum Kind: Sendable {
        case literal(TemplateValue)
        case name(String)
        case list([TemplateExpression])
        case object([(key: TemplateExpression, value: TemplateExpression)])
        case not(TemplateExpression)
        case negated(TemplateExpression)
        case both(TemplateExpression, TemplateExpression)
        case either(TemplateExpression, TemplateExpression)
        case choice(TemplateExpression, condition: TemplateExpression, otherwise: TemplateExpression?)
        case compare(TemplateExpression, [(symbol: String, operand: TemplateExpression)])
        case arithmetic(String, TemplateExpression, TemplateExpression)
        case attribute(TemplateExpression, String)
        case item(TemplateExpression, TemplateExpression)
        case slice(TemplateExpression, TemplateExpression?, TemplateExpression?, TemplateExpression?)
        case call(TemplateExpression, TemplateArguments)
        case filter(TemplateExpression, String, TemplateArguments)
        case test(TemplateExpression, String, TemplateArguments)
    }

    let kind: Kind
    let line: Int
    /// How many levels of expressions it is: running it takes stack for each.
    let height: Int

    init(kind: Kind, line: Int) {
        self.kind = kind
        self.line = line
        let parts: [TemplateExpression] =
            switch kind {
            case .literal, .name: []
            case .list(let items): items
            case .object(let entries): entries.flatMap { [$0.key, $0.value] }
            case .not(let part), .negated(let part), .attribute(let part, _): [part]
            case .both(let first, let second), .either(let first, let second), .item(let first, let second),
                .arithmetic(_, let first, let second):
                [first, second]
            case .choice(let value, let condition, let otherwise): [value, condition] + [otherwise].compactMap { $0 }
            case .compare(let first, let rest): [first] + rest.map(\.operand)
            case .slice(let value, let start, let end, let step): [value] + [start, end, step].compactMap { $0 }
            case .call(let value, let arguments), .filter(let value, _, let arguments),
                .test(let value, _, let arguments):
                [value] + arguments.positional + arguments.named.map(\.value)
            }
        height = 1 + parts.reduce(0) { max($0, $1.height) }
    }
}
