import Foundation
import Reward
import ServiceAPI
import Zstandard

/// zstd bodies, whole and in pieces: both ways give the same bytes or both refuse, and never more than the limit.
struct ZstandardTarget: FuzzTarget {
    private static let limit = 1 << 20

    func run(_ input: ArraySlice<UInt8>) {
        var input = input
        let piece = max(1, Int(input.byte()))
        let whole = try? Zstandard.decompress(Array(input), limit: Self.limit)
        var parts: [UInt8]? = []
        do {
            let decompressor = try ZstandardDecompressor(limit: Self.limit)
            while !input.isEmpty { parts? += try decompressor.append(input.bytes(piece)) }
            try decompressor.finish()
        } catch {
            parts = nil
        }
        if whole != parts { fault("whole \(whole?.count ?? -1) bytes, in pieces \(parts?.count ?? -1)") }
        if whole?.count ?? 0 > Self.limit { fault("\(whole?.count ?? 0) bytes came out") }
    }
}

/// The messages that the services read. The first byte says which.
///
/// What the direct reader takes, the strict way takes too, with the same result; and what was read can be written, and read again.
struct JSONTarget: FuzzTarget {
    private let texts = ResponseText(
        startTokens: DialectSettings().startTokens, endTokens: DialectSettings().endTokens)

    func run(_ input: ArraySlice<UInt8>) {
        var input = input
        let kind = input.byte()
        let bytes = Array(input)
        switch kind % 7 {
        case 0, 1:
            guard let message = both(ScoreRequest.self, bytes) else { return }
            rewritten(message)
            score(message)
        case 2:
            guard let message = both(OpenRLHFRequest.self, bytes) else { return }
            plan(try? message.items(texts))
        case 3:
            guard let message = both(SlimeRequest.self, bytes) else { return }
            plan((try? message.item(texts)).map { [$0] })
        case 4:
            guard let message = both(GymVerifyRequest.self, bytes) else { return }
            plan((try? message.item(texts)).map { [$0] })
        case 5: _ = (try? ServiceJSON.decodeRequest(GymAggregateRequest.self, from: bytes)).map(GymMetrics.response)
        default: _ = try? ServiceJSON.decodeRequest(EvaluationRequest.self, from: bytes)
        }
    }

    private func both<Message: ValidatedMessage>(_ type: Message.Type, _ bytes: [UInt8]) -> Message? {
        let direct = Result { () throws(ProblemDetails) in try ServiceJSON.decode(type, from: bytes) }
        let strict = Result { () throws(ProblemDetails) in try ServiceJSON.decodeStrictly(type, from: bytes) }
        switch (direct, strict) {
        case (.success(let one), .success(let other)):
            let texts = [one, other].map { try? ServiceJSON.encodeWithFoundation($0) }
            if texts[0] != texts[1] { fault("read differently: \(one), \(other)") }
            do throws(ProblemDetails) {
                try one.validate(at: JSONPointer())
                return one
            } catch {
                return nil
            }
        case (.failure(let one), .failure(let other)):
            if one != other { fault("refused differently: \(one), \(other)") }
            return nil
        default: fault("read one way, refused the other: \(direct), \(strict)")
        }
    }

    private func rewritten(_ message: ScoreRequest) {
        guard let bytes = try? ServiceJSON.encode(message) else { fault("what was read cannot be written") }
        guard let again = try? ServiceJSON.decode(ScoreRequest.self, from: bytes), again == message else {
            fault("written and read, it is another message")
        }
    }

    private func score(_ message: ScoreRequest) {
        guard message.groups.reduce(0, { $0 + $1.itemCount }) < 64,
            let response = try? Scoring.score(message)
        else { return }
        do {
            let direct = try ServiceJSON.encode(response)
            if direct != (try ServiceJSON.encodeWithFoundation(response)) { fault("written differently") }
        } catch {
            fault("a response cannot be written: \(error)")
        }
    }

    private func plan(_ items: [DialectItem]?) {
        guard let items else { return }
        let registry = RewardRegistry.standard
        guard let standard = try? registry.make(name: "srl.similarity", parameters: [:]) else { return }
        let plan = try? DialectPlan(
            items, settings: DialectSettings(), standard: standard,
            make: { name, parameters throws(ProblemDetails) in try registry.make(name: name, parameters: parameters) })
        guard let plan else { return }
        let responses = plan.batches.compactMap { try? Scoring.score($0.groups, with: $0.function) }
        if let scores = try? plan.scores(from: responses), scores.count != items.count {
            fault("\(items.count) items, \(scores.count) scores")
        }
    }
}
