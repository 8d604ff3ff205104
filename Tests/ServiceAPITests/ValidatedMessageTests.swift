import ServiceAPI
import Testing

/// The checks that messages share, word by word. Those of each message are in `proto-schemas/examples/*/invalid`.
@Suite struct ValidatedMessageTests {
    private enum Colour: String, Codable, CaseIterable {
        case red, blue

        init(from decoder: any Decoder) throws { self = try decoder.decodeChoice() }
    }

    private struct Sample: ValidatedMessage {
        var colour: Colour?
        var count: UInt8
        var share: Double?
        var offset: Int?

        enum CodingKeys: String, CodingKey, CaseIterable { case colour, count, share, offset }

        init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(besides: CodingKeys.self)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            colour = try container.decodeIfPresent(Colour.self, forKey: .colour)
            count = try container.decodeNumber(UInt8.self, forKey: .count)
            share = try container.decodeNumberIfPresent(Double.self, forKey: .share)
            offset = try container.decodeNumberIfPresent(Int.self, forKey: .offset)
        }

        func validate(at pointer: JSONPointer) throws(ProblemDetails) {
            try Require.range(count, 1...9, at: pointer.appending("count"))
            try Require.atLeast(-3, offset ?? 0, at: pointer.appending("offset"))
        }
    }

    private static func problem(_ text: String) -> ProblemDetails? {
        do throws(ProblemDetails) {
            _ = try ServiceJSON.decodeRequest(Sample.self, from: Array(text.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        (#"{"count":1,"b":1,"a":2}"#, "/a", "unknown key; known are colour, count, offset, share"),
        (#"{"count":1,"Count":1}"#, "/Count", "unknown key; known are colour, count, offset, share"),
        (#"{"count":1,"colour":"green"}"#, "/colour", "'green' is not one of red, blue"),
        (#"{"count":1,"colour":3}"#, "/colour", "is not a string"),
        (#"{"count":0}"#, "/count", "0 is outside 1...9"),
        (#"{"count":-1}"#, "/count", "is not a whole number from 0 to 255"),
        (#"{"count":256}"#, "/count", "is not a whole number from 0 to 255"),
        (#"{"count":2.5}"#, "/count", "is not a whole number from 0 to 255"),
        (#"{"count":null}"#, "/count", "is null, and a whole number is needed"),
        (#"{"count":"1"}"#, "/count", "is not a whole number"),
        (#"{"offset":1}"#, "", "the key 'count' is missing"),
        (#"{"count":1,"share":1e999}"#, "/share", "is a number that a Double cannot hold"),
        (#"{"count":1,"offset":-4}"#, "/offset", "-4 is less than -3"),
        (
            #"{"count":1,"offset":1e19}"#, "/offset",
            "is not a whole number from -9223372036854775808 to 9223372036854775807"
        ),
    ])
    func refusesWithPointerAndReason(text: String, pointer: String, detail: String) {
        #expect(
            Self.problem(text) == ProblemDetails(kind: .invalidRequest, detail: detail, pointer: pointer), "\(text)")
    }

    @Test(arguments: [
        #"{"count":1}"#, #"{"count":9.0,"colour":null,"share":null,"offset":null}"#,
        #"{"count":1,"colour":"red","share":1,"offset":-3}"#,
    ])
    func takesWhatIsValid(text: String) {
        #expect(Self.problem(text) == nil)
    }
}
