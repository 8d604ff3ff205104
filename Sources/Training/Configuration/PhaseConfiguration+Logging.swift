import Logging

extension PhaseConfiguration {
    /// What decides the numbers of the phase, defaults too, for the log: whoever compares two runs sees what they did.
    var logged: Logger.Metadata {
        var logged: Logger.Metadata = ["method": "\(method.rawValue)", "episode": "\(episode.rawValue)"]
        guard drawsRollouts else { return logged }
        logged["groupSize"] = "\(grpo.groupSize)"
        logged["advantage"] = "\(grpo.advantage.rawValue) epsilon \(grpo.advantageEpsilon) ddof \(grpo.advantageDdof)"
        logged["loss"] =
            "\(grpo.lossAggregation.rawValue), ratios of \(grpo.importanceSamplingLevel.rawValue)s, clipped to [1 - \(grpo.clipLow), 1 + \(grpo.clipHigh)]"
        logged["updates"] = "\(grpo.updatesPerBatch) x \(grpo.minibatches)"
        if grpo.klCoefficient > 0 {
            logged["kl"] =
                "\(grpo.klCoefficient) \(grpo.klEstimator.rawValue) in the \(grpo.klPlacement.rawValue), to the model at the phase's start"
        }
        return logged
    }
}
