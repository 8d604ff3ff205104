import ServiceAPI

extension OpenRLHFRequest {
    /// - Throws: `invalidRequest` for lists of different lengths and for a prompt that is not found in its query.
    package func items(_ texts: ResponseText) throws(ProblemDetails) -> [DialectItem] {
        let root = JSONPointer()
        for (name, count) in [("prompts", prompts.count), ("labels", labels.count)] where count != query.count {
            throw Require.problem(
                at: root.appending(name), "has \(count) elements, and 'query' has \(query.count); they go in threes")
        }
        var items: [DialectItem] = []
        for index in query.indices {
            guard let response = texts.response(in: query[index], after: prompts[index]) else {
                throw Require.problem(
                    at: root.appending("query").appending(index),
                    """
                    does not begin with its prompt, nor with a prompt's end of \(ResponseText.leastTruncatedPrompt) bytes or more, so the \
                    response in it cannot be told from the prompt
                    """)
            }
            items.append(
                try DialectItem(
                    label: labels[index], at: root.appending("labels").appending(index), response: response,
                    evidence: DialectItem.evidence(ofPrompt: prompts[index])))
        }
        return items
    }
}

extension OpenRLHFResponse {
    /// - Parameter components: What `extra_logs` has beside `format_violation`.
    package init(_ scores: [DialectScore], components: [String]) {
        var logs: [String: [Double]] = [:]
        for score in scores {
            for (name, value) in score.numbers(components) { logs[name, default: []].append(value) }
        }
        self.init(
            rewards: scores.map(\.reward), scores: scores.map { min(max($0.reward, 0), 1) }, extraLogs: logs)
    }
}

extension SlimeRequest {
    package func item(_ texts: ResponseText) throws(ProblemDetails) -> DialectItem {
        var evidence = DialectItem.Evidence.none
        if case .text(let text) = prompt { evidence = DialectItem.evidence(ofPrompt: text) }
        return try DialectItem(
            label: label, at: JSONPointer().appending("label"), response: texts.withoutEndTokens(response),
            evidence: evidence)
    }
}

extension SlimeResponse {
    package init(_ score: DialectScore, _ answer: DialectSettings.SlimeAnswer, components: [String]) {
        switch answer {
        case .number: self = .number(score.reward)
        case .object:
            self = .object(
                score.numbers(components).merging([Self.rewardKey: score.reward]) { _, reward in reward })
        }
    }
}

extension GymVerifyRequest {
    package func item(_ texts: ResponseText) throws(ProblemDetails) -> DialectItem {
        try DialectItem(
            label: expertStep, at: JSONPointer().appending("expert_step"),
            response: texts.withoutEndTokens(response.text), evidence: response.hasReasoning ? .parsed : .none)
    }

    /// The request with the reward added, as Gym wants it back: every byte of it is as it came.
    ///
    /// - Parameter body: The request's JSON.
    package func answer(
        to body: [UInt8], _ score: DialectScore, components: [String]
    ) throws(ProblemDetails) -> [UInt8] {
        let numbers = score.numbers(components)
        var added = try ServiceJSON.encode(GymVerifyResponse(reward: score.reward, rewardComponents: numbers))
        let besides = numbers.filter { !names.contains($0.key) && $0.key != "reward" && $0.key != "reward_components" }
        let alone = try ServiceJSON.encode(besides)
        // Both are objects that are not empty, and so is the request.
        guard let end = body.lastIndex(of: UInt8(ascii: "}")) else {
            throw ProblemDetails(kind: .internalError, detail: "the request is no object")
        }
        added.removeLast()
        if !besides.isEmpty { added += [UInt8(ascii: ",")] + alone.dropFirst().dropLast() }
        return body[..<end] + [UInt8(ascii: ",")] + added.dropFirst() + [UInt8(ascii: "}")]
    }
}
