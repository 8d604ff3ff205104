import ServiceAPI

/// Names a reward function as it was run.
package enum Fingerprint {
    /// `name@version+hash`, where the hash is FNV-1a (64 bits) over the canonical JSON of name, version and all parameters in effect: defaults are
    /// written out, so that leaving one out and giving its default are the same function.
    package static func of(name: String, version: Int, parameters: [String: JSONValue]) -> String {
        let identity: JSONValue = [
            "function": .string(name), "version": .number(Double(version)), "parameters": .object(parameters),
        ]
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in identity.canonicalText.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        let digits = String(hash, radix: 16)
        return "\(name)@\(version)+\(String(repeating: "0", count: 16 - digits.count))\(digits)"
    }
}
