import ServiceAPI

/// Checks one value, gathering what is wrong with it.
struct SchemaEvaluation {
    let schemas: SchemaSet
    private(set) var violations: [SchemaViolation] = []

    init(schemas: SchemaSet) { self.schemas = schemas }

    mutating func check(_ value: JSONValue, at pointer: JSONPointer, by place: SchemaSet.Place) throws {
        if case .bool(let allowed) = place.schema {
            if !allowed { refuse(pointer, "must be absent") }
            return
        }
        // Names the keywords that are not known, also where nothing below would look at them.
        _ = try SchemaSet.subschemas(of: place.schema)
        for (keyword, argument) in (place.schema.members ?? [:]).sorted(by: { $0.key < $1.key }) {
            try checkAny(value, pointer, keyword, argument, place)
            switch value {
            case .number(let number): try checkNumber(number, pointer, keyword, argument)
            case .string(let text): try checkString(text, pointer, keyword, argument)
            case .array(let elements) where keyword == "items":
                for (index, element) in elements.enumerated() {
                    try check(element, at: pointer.appending(index), by: inside(place, argument))
                }
            case .object(let members): try checkObject(members, pointer, keyword, argument, place)
            default: continue
            }
        }
    }

    private mutating func checkAny(
        _ value: JSONValue, _ pointer: JSONPointer, _ keyword: String, _ argument: JSONValue, _ place: SchemaSet.Place
    ) throws {
        switch keyword {
        case "$ref":
            try check(value, at: pointer, by: schemas.resolve(argument.string(keyword), in: place.document))
        case "type":
            let allowed: [String]
            if case .array(let names) = argument {
                allowed = try names.map { try $0.string(keyword) }
            } else {
                allowed = [try argument.string(keyword)]
            }
            if try !allowed.contains(where: { try Self.isOf($0, value) }) {
                refuse(pointer, "must be of type \(allowed.joined(separator: " or "))")
            }
        case "const":
            if value != argument { refuse(pointer, "must be \(argument.canonicalText)") }
        case "enum":
            if try !argument.elements(keyword).contains(value) {
                refuse(pointer, "must be one of \(argument.canonicalText)")
            }
        case "anyOf", "oneOf":
            let fitting = try argument.elements(keyword).map { try branch(value, pointer, $0, place) }
            let count = fitting.count(where: \.isEmpty)
            if count == 0 {
                refuse(pointer, "fits none of '\(keyword)'")
                violations += fitting.flatMap { $0 }
            } else if keyword == "oneOf", count > 1 {
                refuse(pointer, "fits \(count) of 'oneOf'")
            }
        case "if":
            let holds = try branch(value, pointer, argument, place).isEmpty
            guard let next = place.schema[holds ? "then" : "else"] else { return }
            try check(value, at: pointer, by: inside(place, next))
        default: return
        }
    }

    private mutating func checkNumber(
        _ number: Double, _ pointer: JSONPointer, _ keyword: String, _ argument: JSONValue
    ) throws {
        switch keyword {
        case "minimum":
            if number < (try argument.number(keyword)) { refuse(pointer, "must be at least \(argument.canonicalText)") }
        case "maximum":
            if number > (try argument.number(keyword)) { refuse(pointer, "must be at most \(argument.canonicalText)") }
        case "exclusiveMinimum":
            if number <= (try argument.number(keyword)) { refuse(pointer, "must be above \(argument.canonicalText)") }
        default: return
        }
    }

    private mutating func checkString(
        _ text: String, _ pointer: JSONPointer, _ keyword: String, _ argument: JSONValue
    ) throws {
        switch keyword {
        case "minLength":
            if Double(text.unicodeScalars.count) < (try argument.number(keyword)) { refuse(pointer, "is too short") }
        case "pattern":
            let pattern = try argument.string(keyword)
            if try Regex(pattern).firstMatch(in: text) == nil { refuse(pointer, "must match \(pattern)") }
        default: return
        }
    }

    private mutating func checkObject(
        _ members: [String: JSONValue], _ pointer: JSONPointer, _ keyword: String, _ argument: JSONValue,
        _ place: SchemaSet.Place
    ) throws {
        switch keyword {
        case "required":
            for key in try argument.elements(keyword).map({ try $0.string(keyword) }) where members[key] == nil {
                refuse(pointer, "needs '\(key)'")
            }
        case "properties":
            for (key, schema) in argument.members ?? [:] {
                guard let member = members[key] else { continue }
                try check(member, at: pointer.appending(key), by: inside(place, schema))
            }
        case "additionalProperties":
            let declared = place.schema["properties"]?.members ?? [:]
            for (key, member) in members where declared[key] == nil {
                try check(member, at: pointer.appending(key), by: inside(place, argument))
            }
        default: return
        }
    }

    private mutating func refuse(_ pointer: JSONPointer, _ reason: String) {
        violations.append(SchemaViolation(pointer: pointer, reason: reason))
    }

    /// What is wrong by one branch alone.
    private func branch(
        _ value: JSONValue, _ pointer: JSONPointer, _ schema: JSONValue, _ place: SchemaSet.Place
    ) throws -> [SchemaViolation] {
        var evaluation = SchemaEvaluation(schemas: schemas)
        try evaluation.check(value, at: pointer, by: inside(place, schema))
        return evaluation.violations
    }

    private func inside(_ place: SchemaSet.Place, _ schema: JSONValue) -> SchemaSet.Place {
        SchemaSet.Place(document: place.document, schema: schema)
    }

    private static func isOf(_ type: String, _ value: JSONValue) throws -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .bool), ("number", .number), ("string", .string), ("array", .array),
            ("object", .object):
            return true
        case ("integer", .number(let number)): return number.rounded() == number
        default:
            guard ["null", "boolean", "number", "integer", "string", "array", "object"].contains(type) else {
                throw SchemaError(description: "there is no type '\(type)'")
            }
            return false
        }
    }
}
