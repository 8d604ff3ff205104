import ServiceAPI

/// What NeMo Gym's own servers answer to `/aggregate_metrics` unless they define more: mean, maximum, minimum, median and standard
/// deviation of every number in the rollouts, by task and over all.
package enum GymMetrics {
    private static let taskKey = "_ng_task_index"
    private static let rolloutKey = "_ng_rollout_index"

    package static func response(to request: GymAggregateRequest) -> GymAggregateResponse {
        let rollouts = request.verifyResponses.map(Rollout.init)
        guard !rollouts.isEmpty else { return GymAggregateResponse() }
        let names = rollouts.reduce(into: Set<String>()) { $0.formUnion($1.numbers.keys) }
        let overall = statistics(of: rollouts, names)
        let tasks = Dictionary(grouping: rollouts, by: \.task).sorted { $0.key < $1.key }
        return GymAggregateResponse(
            groupLevelMetrics: tasks.map { task, rollouts in metrics(of: rollouts, task, names) },
            agentMetrics: overall, keyMetrics: overall.filter { $0.key.hasPrefix("mean/") })
    }

    private static func metrics(of rollouts: [Rollout], _ task: Double, _ names: Set<String>) -> [String: JSONValue] {
        let count = JSONValue.number(Double(rollouts.count))
        var metrics = statistics(of: rollouts, names).mapValues { JSONValue.number($0) }
        metrics[taskKey] = .number(task)
        metrics["sample"] = ["agent_ref": ["name": "agent"]]
        metrics["num_rollouts"] = count
        metrics["expected_num_rollouts"] = count
        metrics["missing_num_rollouts"] = 0
        metrics["reward_profile_completion_pct"] = 100
        metrics["rollout_infos"] = .array(
            rollouts.sorted { $0.index < $1.index }.map { rollout in
                var information = rollout.numbers.mapValues { JSONValue.number($0) }
                information["rollout_id"] = .string(
                    JSONValue.number(task).canonicalText + ":" + JSONValue.number(rollout.index).canonicalText)
                information[taskKey] = .number(task)
                information[rolloutKey] = .number(rollout.index)
                return .object(information)
            })
        return metrics
    }

    private static func statistics(of rollouts: [Rollout], _ names: Set<String>) -> [String: Double] {
        var result: [String: Double] = [:]
        var complete: [String] = []
        var hasDeviation = false
        for name in names {
            let values = rollouts.compactMap { $0.numbers[name] }.sorted()
            guard let least = values.first, let greatest = values.last else { continue }
            let count = Double(values.count)
            let mean = values.reduce(0, +) / count
            let middle = values.count / 2
            result["mean/" + name] = mean
            result["max/" + name] = greatest
            result["min/" + name] = least
            result["median/" + name] =
                values.count.isMultiple(of: 2) ? (values[middle - 1] + values[middle]) / 2 : values[middle]
            if values.count == rollouts.count { complete.append(name) }
            if values.count > 1 {
                hasDeviation = true
                let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
                result["std/" + name] = (squares / (count - 1)).squareRoot()
            }
        }
        // A single rollout deviates from nothing, and Gym writes 0 for that.
        if !hasDeviation { for name in complete { result["std/" + name] = 0 } }
        return result
    }

    private struct Rollout {
        let task: Double
        let index: Double
        /// Its numbers and truth values, and those of the response's usage.
        let numbers: [String: Double]

        init(_ members: [String: JSONValue]) {
            var numbers = Self.numbers(in: members)
            if case .object(let response)? = members["response"], case .object(let usage)? = response["usage"] {
                numbers.merge(Self.numbers(in: usage)) { _, used in used }
            }
            task = numbers.removeValue(forKey: taskKey) ?? 0
            index = numbers.removeValue(forKey: rolloutKey) ?? 0
            self.numbers = numbers
        }

        private static func numbers(in members: [String: JSONValue]) -> [String: Double] {
            members.compactMapValues { value in
                switch value {
                case .number(let number): number
                case .bool(let flag): flag ? 1 : 0
                default: nil
                }
            }
        }
    }
}
