import Foundation
import HTTPTypes
import NIOCore
import ServiceAPI
import Testing
import Transport

/// Reward servers that answer slowly, half, wrongly or never: training goes on to the same bytes, or ends with one message that says what is wrong.
@Suite struct WrongRewardServerTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// What the run ends with; nil: it goes on.
        let message: String?
        let answer: RewardProxy.Behaviour

        init(_ what: String, message: String? = nil, _ answer: @escaping RewardProxy.Behaviour) {
            testDescription = what
            self.message = message
            self.answer = answer
        }
    }

    struct Broken: Error {}

    /// The answer as text, changed.
    private static func changed(
        _ answer: ScoreResponse, _ change: (String) -> String
    ) throws -> ServerResponse {
        let text = change(String(decoding: try ServiceJSON.encode(answer), as: UTF8.self))
        return ServerResponse(headers: [.contentType: "application/json"], body: .bytes(Array(text.utf8)))
    }

    /// The first half of the answer, then the end of the stream.
    private static func half(_ answer: ScoreResponse) throws -> ServerResponse {
        let bytes = try ServiceJSON.encode(answer)
        return ServerResponse(
            headers: [.contentType: "application/json", .contentLength: "\(bytes.count)"],
            body: .stream { writer in
                try await writer.write(Array(bytes.prefix(bytes.count / 2)))
                throw Broken()
            })
    }

    private static let notJSON = "failed after 1 attempt in 0 ms: the answer is not the JSON document that was expected"

    static let cases = [
        Case("slowly") { _, answer in
            try await Task.sleep(for: .milliseconds(300))
            return try .json(answer)
        },
        Case("half, at first") { call, answer in call <= 2 ? try half(answer) : try .json(answer) },
        Case("503, at first") { call, answer in
            call <= 2 ? .problem(ProblemDetails(kind: .unavailable)) : try .json(answer)
        },
        Case("half, always", message: "the deadline of 2 s") { _, answer in try half(answer) },
        Case("never", message: "the deadline of 2 s passed without an answer") { _, _ in
            try await Task.sleep(for: .seconds(3600))
            throw Broken()
        },
        Case("NaN", message: "\(notJSON): line 1, column ") { _, answer in
            try changed(answer) { $0.replacing("\"reward\":", with: "\"reward\":NaN,\"was\":") }
        },
        Case(
            "a reward that no Double holds",
            message: "\(notJSON): /groups/0/scores/0/reward is a number that a Double cannot hold"
        ) { _, answer in
            try changed(answer) { $0.replacing("\"reward\":", with: "\"reward\":1e999,\"was\":") }
        },
        Case("half a document", message: "\(notJSON): line 1, column ") { _, answer in
            try changed(answer) { String($0.prefix($0.count / 2)) }
        },
        Case("HTML", message: "\(notJSON) (it is text/html)") { _, _ in
            .text("<html><body>Welcome to nginx!</body></html>", contentType: "text/html")
        },
        Case(
            "another document",
            message: "\(notJSON): the key 'fingerprint' is missing"
        ) {
            _, _ in
            ServerResponse(
                headers: [.contentType: "application/json"], body: .bytes(Array(#"{"rewards": [1, 2]}"#.utf8)))
        },
        Case("too few scores", message: "answered with 3 scores for 4 completions of the group 'step-21/0/0'") {
            _, answer in
            var answer = answer
            answer.groups[0].scores.removeLast()
            return try .json(answer)
        },
        Case("too few groups", message: "answered with 15 groups for the 16 it was sent") { _, answer in
            var answer = answer
            answer.groups.removeLast()
            return try .json(answer)
        },
        Case("groups in another order", message: "the group 'step-21/0/1' where 'step-21/0/0' was asked for") {
            _, answer in
            var answer = answer
            answer.groups.swapAt(0, 1)
            return try .json(answer)
        },
        Case("500", message: "was refused: 500 The service failed: out of order") { _, _ in
            .problem(ProblemDetails(kind: .internalError, detail: "out of order"))
        },
        Case(
            "all items errors", message: "rollouts could not be scored, more than 'reward.maximumErrorShare' 0.1 allows"
        ) {
            _, answer in
            var answer = answer
            for index in answer.groups.indices {
                answer.groups[index].scores = answer.groups[index].scores.map { _ in
                    .error(ItemError(code: "timeout", message: "too slow"))
                }
            }
            return try .json(answer)
        },
    ]

    @Test(arguments: cases)
    func answers(_ wrong: Case) async throws {
        var training = try SmallTraining()
        training.policySteps = 4
        training.rolloutLogInterval = 1
        let service = try RunningService(.reward)
        training.rewardURL = service.url
        if wrong.message == nil { try #require(try training.train("undisturbed").status == 0) }
        var wrongURL = ""
        try await RewardProxy.with(service, wrong.answer) { proxy in
            wrongURL = proxy.url
            training.reward = #"urls: ["\#(proxy.url)"], deadlineSeconds: \#(wrong.message == nil ? 60 : 2)"#
            let trainer = try training.start("run")
            defer { if trainer.isRunning { kill(trainer.processIdentifier, SIGKILL) } }
            try #require(try await soon { !trainer.isRunning }, "it did not end")
            let log = try training.log(of: "run")
            guard let message = wrong.message else {
                #expect(trainer.terminationStatus == 0, "\(log)")
                return
            }
            #expect(trainer.terminationStatus == 69, "\(log)")
            let errors = log.split(separator: "\n").filter { $0.hasPrefix("error: ") }
            #expect(errors.count == 1 && errors[0].contains(message), "\(log)")
            // What came before is safe, and nothing was made of the answer.
            #expect(log.contains("Continue with: stepwise-trainer train --resume run\n"))
            #expect(training.loggedSteps("run") == 20 && training.exists("run/checkpoints/step-20"))
        }
        if wrong.message == nil {
            try training.expectEqual("run", "undisturbed")
            try training.expectScoresBelong("run")
        } else {
            // With a server that is well the run goes on.
            let kept = training.path(of: "run/config.yaml")
            let text = try String(contentsOfFile: kept, encoding: .utf8)
            try text.replacing(wrongURL, with: service.url).write(toFile: kept, atomically: true, encoding: .utf8)
            #expect(try training.resume("run").status == 0)
            #expect(training.loggedSteps("run") == training.steps)
            try training.expectScoresBelong("run")
        }
    }
}
