import Foundation
import ServiceAPI

/// Which keys of a configuration have another value in another one.
public enum ConfigurationDifference {
    /// The keys as messages write them, such as `phases[1].optimizer.learningRate`, in alphabetical order. A list of another length is named as a
    /// whole, and so is what is only in one of both.
    public static func keys<T: Encodable>(from old: T, to new: T) throws -> [String] {
        func tree(_ value: T) throws -> JSONValue {
            try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value))
        }
        return keys(from: try tree(old), to: try tree(new), at: "").sorted()
    }

    private static func keys(from old: JSONValue, to new: JSONValue, at path: String) -> [String] {
        switch (old, new) {
        case (.object(let old), .object(let new)):
            return Set(old.keys).union(new.keys).flatMap { key in
                let place = path.isEmpty ? key : "\(path).\(key)"
                guard let one = old[key], let other = new[key] else { return [place] }
                return keys(from: one, to: other, at: place)
            }
        case (.array(let old), .array(let new)) where old.count == new.count:
            return old.indices.flatMap { keys(from: old[$0], to: new[$0], at: "\(path)[\($0)]") }
        default: return old == new ? [] : [path]
        }
    }
}
