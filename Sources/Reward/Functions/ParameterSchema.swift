import ServiceAPI

/// Parts of the JSON Schemas that functions have in common.
package enum ParameterSchema {
    /// A closed object with these properties, none of them required.
    package static func object(_ properties: [String: JSONValue]) -> JSONValue {
        [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "properties": .object(properties),
        ]
    }

    package static func formatViolationReward(default value: Double) -> JSONValue {
        [
            "type": "number", "minimum": -1000, "maximum": 1000, "default": .number(value),
            "description": "The reward of a completion without a well-formed monologue, or of an empty action.",
        ]
    }
}
