import HTTPTypes

/// Which trace a piece of work belongs to, and who asked for it: W3C Trace Context, level 1 (https://www.w3.org/TR/trace-context/).
///
/// A server makes one for each request, of the caller's `traceparent` where there is a valid one. While ``current`` is set, a client tells it to
/// the servers that it calls. Spans are not sent anywhere: they are in log lines, as `trace_id` and `span_id`.
public struct TraceContext: Sendable, Hashable {
    /// The two halves of the trace's id; not both 0.
    private let traceHigh: UInt64
    private let traceLow: UInt64
    private let span: UInt64
    private let parent: UInt64?
    private let flags: UInt8
    /// What tracing systems have added on the way, handed on as it is.
    private let state: String?

    /// The trace of the work at hand.
    @TaskLocal public static var current: TraceContext?

    /// 32 hexadecimal digits.
    public var traceID: String { Self.hexadecimal(traceHigh) + Self.hexadecimal(traceLow) }
    /// 16 hexadecimal digits: this piece of work.
    public var spanID: String { Self.hexadecimal(span) }
    /// The piece of work that asked for this one.
    public var parentID: String? { parent.map(Self.hexadecimal) }

    /// A trace that begins here.
    public static func new() -> TraceContext {
        var generator = SystemRandomNumberGenerator()
        return TraceContext(
            traceHigh: identifier(&generator), traceLow: identifier(&generator), span: identifier(&generator),
            parent: nil,
            flags: 1, state: nil)
    }

    /// A piece of work within this one.
    public func child() -> TraceContext {
        var generator = SystemRandomNumberGenerator()
        return TraceContext(
            traceHigh: traceHigh, traceLow: traceLow, span: Self.identifier(&generator), parent: span, flags: flags,
            state: state)
    }

    /// The work that a request asks for: within the caller's, where its `traceparent` is valid, else in a trace of its own.
    package init(of fields: HTTPFields) {
        self = TraceContext(parent: fields)?.child() ?? .new()
    }

    /// The caller's own piece of work; nil where `traceparent` is missing, there twice, or malformed.
    private init?(parent fields: HTTPFields) {
        guard let text = fields[.traceParent] else { return nil }
        let bytes = Array(text.utf8)
        // version "-" trace "-" parent "-" flags; a later version may have more after another "-".
        guard bytes.count >= 55, bytes[2] == Self.dash, bytes[35] == Self.dash, bytes[52] == Self.dash,
            let version = Self.number(bytes[0..<2]), version != 0xFF,
            version == 0 ? bytes.count == 55 : bytes.count == 55 || bytes[55] == Self.dash,
            let high = Self.number(bytes[3..<19]), let low = Self.number(bytes[19..<35]), high != 0 || low != 0,
            let span = Self.number(bytes[36..<52]), span != 0, let flags = Self.number(bytes[53..<55])
        else { return nil }
        self.init(
            // Of the flags, only those that version 00 knows are handed on.
            traceHigh: high, traceLow: low, span: span, parent: nil, flags: UInt8(flags) & 1,
            state: Self.state(in: fields))
    }

    private init(traceHigh: UInt64, traceLow: UInt64, span: UInt64, parent: UInt64?, flags: UInt8, state: String?) {
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.span = span
        self.parent = parent
        self.flags = flags
        self.state = state
    }

    /// Tells the trace to who is called.
    package func add(to fields: inout HTTPFields) {
        fields[.traceParent] = "00-\(traceID)-\(spanID)-0\(flags)"
        if let state { fields[.traceState] = state }
    }

    /// Longer ones than the recommendation asks to be handed on are dropped, and so is what would break a header.
    private static func state(in fields: HTTPFields) -> String? {
        guard let text = fields[.traceState], (1...512).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { return nil }
        return text
    }

    private static let dash = UInt8(ascii: "-")

    /// Lower-case hexadecimal digits only, as the recommendation has it.
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }

    private static func identifier(_ generator: inout SystemRandomNumberGenerator) -> UInt64 {
        UInt64.random(in: 1 ... .max, using: &generator)
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension HTTPField.Name {
    static let traceParent = Self("traceparent")!
    static let traceState = Self("tracestate")!
}
