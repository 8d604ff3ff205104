import HTTPTypes
import Logging

extension HTTPClient {
    /// The token to show now, where there is one.
    package func currentToken() -> String? {
        guard let reading = configuration.tokenFile?.read() else { return nil }
        if let problem = reading.problem {
            logger.warning("the token stays as it was: its file cannot be used", metadata: ["cause": "\(problem)"])
        }
        return reading.token
    }

    /// What to show in place of a token that a server has refused: tokens are exchanged while clients run, and the file may be newer than what
    /// was read of it. Nil when it is not, and the refusal stands.
    func newerToken(than token: String?, after answer: HTTPResponse) -> String? {
        guard answer.status == .unauthorized, let token else { return nil }
        return configuration.tokenFile?.read(insteadOf: token)
    }
}
