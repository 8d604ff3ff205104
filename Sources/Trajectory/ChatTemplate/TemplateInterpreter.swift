import Foundation

/// Runs a template's statements. Expressions, filters and methods are in files of their own.
struct TemplateInterpreter {
    /// What one rendering may cost: no template hangs or fills the memory.
    struct Limits: Sendable {
        var steps = 2_000_000
        /// Of the whole output and of any text or list on the way, in bytes.
        var size = 16 << 20
        /// Of lists in lists.
        var depth = 60
    }

    private(set) var output = ""
    private var scopes: [[String: TemplateValue]]
    var namespaces: [[String: TemplateValue]] = []
    let limits: Limits
    let now: Date
    private var steps = 0
    /// Bytes and items made so far, those that were dropped among them.
    private var made = 0

    init(variables: [String: TemplateValue], limits: Limits, now: Date) {
        scopes = [variables]
        self.limits = limits
        self.now = now
    }

    private enum Flow { case onward, breakLoop, continueLoop }

    mutating func run(_ statements: [TemplateStatement]) throws {
        _ = try execute(statements)
    }

    /// Counts work, some of it for every `bytes` handled.
    mutating func count(_ line: Int, bytes: Int = 0) throws {
        steps += 1 + bytes >> 6
        guard steps <= limits.steps else {
            throw ChatTemplateError(
                line: line, message: "rendering takes more than \(limits.steps) steps; does it loop?")
        }
    }

    /// A list or object no deeper and no larger than the limits.
    func checked(_ value: TemplateValue, _ line: Int) throws -> TemplateValue {
        guard value.weight <= 2 * limits.size else {
            throw ChatTemplateError(line: line, message: "a list or text is larger than \(limits.size)")
        }
        guard value.depth <= limits.depth else {
            throw ChatTemplateError(line: line, message: "lists are nested more than \(limits.depth) levels deep")
        }
        return value
    }

    mutating func checkSize(_ size: Int, _ line: Int) throws {
        // A size that is not counted yet may be any number.
        guard size <= limits.size, made + size <= 16 * limits.size else {
            throw ChatTemplateError(line: line, message: "rendering makes a text or list larger than \(limits.size)")
        }
        made += size
        try count(line, bytes: size)
    }

    /// The same for a list of so many items: an item takes the memory of many bytes.
    mutating func checkItems(_ count: Int, _ line: Int) throws {
        try checkSize(count * MemoryLayout<TemplateValue>.stride, line)
    }

    // MARK: Variables

    func value(of name: String) -> TemplateValue {
        for scope in scopes.reversed() {
            if let value = scope[name] { return value }
        }
        return Self.globals.contains(name) ? .function(name: name, receiver: nil) : .undefined(name: name)
    }

    private mutating func assign(_ value: TemplateValue, to target: TemplateTarget, line: Int) throws {
        switch target {
        case .name(let name): scopes[scopes.count - 1][name] = value
        case .names(let names):
            let items = try items(of: value, line: line)
            guard items.count == names.count else {
                throw ChatTemplateError(
                    line: line, message: "\(items.count) values cannot be assigned to \(names.count) names")
            }
            for (name, item) in zip(names, items) { scopes[scopes.count - 1][name] = item }
        case .attribute(let attribute, let name):
            guard case .namespace(let index) = self.value(of: name) else {
                throw ChatTemplateError(
                    line: line, message: "'\(name).\(attribute)' cannot be set: '\(name)' is no namespace")
            }
            namespaces[index][attribute] = value
        }
    }

    // MARK: Statements

    private mutating func execute(_ statements: [TemplateStatement]) throws -> Flow {
        for statement in statements {
            let flow = try execute(statement)
            if flow != .onward { return flow }
        }
        return .onward
    }

    private mutating func execute(_ statement: TemplateStatement) throws -> Flow {
        switch statement {
        case .text(let text):
            try write(text, line: 1)
        case .output(let expression):
            try write(try text(of: try evaluate(expression), line: expression.line), line: expression.line)
        case .branch(let branches, let otherwise):
            for branch in branches where try evaluate(branch.condition).isTrue { return try execute(branch.body) }
            return try execute(otherwise)
        case .loop(let loop):
            try run(loop)
        case .set(let target, let expression):
            try assign(try evaluate(expression), to: target, line: expression.line)
        case .capture(let target, let body):
            let before = output
            output = ""
            scopes.append([:])
            let flow = try execute(body)
            scopes.removeLast()
            let captured = output
            output = before
            try assign(.string(captured), to: target, line: 1)
            return flow
        case .breakLoop: return .breakLoop
        case .continueLoop: return .continueLoop
        case .group(let body):
            scopes.append([:])
            let flow = try execute(body)
            scopes.removeLast()
            return flow
        }
        return .onward
    }

    private mutating func write(_ text: String, line: Int) throws {
        guard output.utf8.count + text.utf8.count <= limits.size else {
            throw ChatTemplateError(line: line, message: "rendering writes more than \(limits.size) bytes")
        }
        try count(line, bytes: text.utf8.count)
        output += text
    }

    private mutating func run(_ loop: TemplateLoop) throws {
        let line = loop.items.line
        var items = try items(of: try evaluate(loop.items), line: line)
        if let filter = loop.filter {
            var kept: [TemplateValue] = []
            scopes.append([:])
            for item in items {
                try assign(item, to: loop.target, line: line)
                if try evaluate(filter).isTrue { kept.append(item) }
            }
            scopes.removeLast()
            items = kept
        }
        guard !items.isEmpty else {
            scopes.append([:])
            _ = try execute(loop.otherwise)
            scopes.removeLast()
            return
        }
        for index in items.indices {
            try count(line)
            scopes.append(["loop": Self.loopVariable(index, items)])
            try assign(items[index], to: loop.target, line: line)
            let flow = try execute(loop.body)
            scopes.removeLast()
            if flow == .breakLoop { break }
        }
    }

    private static func loopVariable(_ index: Int, _ items: [TemplateValue]) -> TemplateValue {
        var entries: [(key: String, value: TemplateValue)] = [
            ("index", .integer(index + 1)), ("index0", .integer(index)), ("first", .bool(index == 0)),
            ("last", .bool(index == items.count - 1)), ("length", .integer(items.count)),
            ("revindex", .integer(items.count - index)), ("revindex0", .integer(items.count - index - 1)),
            ("depth", .integer(1)), ("depth0", .integer(0)),
        ]
        if index > 0 { entries.append(("previtem", items[index - 1])) }
        if index + 1 < items.count { entries.append(("nextitem", items[index + 1])) }
        return .object(TemplateObject(unique: entries))
    }
}
