public import Logging
public import ServiceAPI
import Transport

/// Tries a reward server against `proto-schemas/`: what a trainer relies on, and what it would otherwise find out in the middle of a run.
public struct ConformanceKit: Sendable {
    private let url: String
    private let function: String?
    private let parameters: [String: JSONValue]
    private let timeout: Duration
    private let logger: Logger
    private let secure: @Sendable (inout ClientConfiguration) throws -> Void

    /// - Parameters:
    ///   - function: the reward function to try; nil: the first one that the server lists.
    ///   - parameters: what it needs to score at all.
    ///   - timeout: for each request.
    ///   - secure: gives the client what it shows to the server, and TLS.
    public init(
        url: String, function: String? = nil, parameters: [String: JSONValue] = [:], timeout: Duration, logger: Logger,
        secure: @escaping @Sendable (inout ClientConfiguration) throws -> Void = { _ in }
    ) {
        self.url = url
        self.function = function
        self.parameters = parameters
        self.timeout = timeout
        self.logger = logger
        self.secure = secure
    }

    /// Tries everything, one requirement after the other.
    ///
    /// - Throws: `TransportError` when no HTTP/2 server answers at all, or the URL is none.
    public func run() async throws -> ConformanceReport {
        var configuration = ClientConfiguration(
            urls: [url], deadline: timeout, connectTimeout: timeout, retries: .none, compression: .identity)
        try secure(&configuration)
        let client = try HTTPClient(configuration: configuration, logger: logger)
        do {
            // Whether anybody is there; what is answered is looked at below.
            _ = try await client.send(ClientRequest(path: ServicePath.rewards))
            let report = await run(with: client)
            await client.shutdown()
            return report
        } catch {
            await client.shutdown()
            throw error
        }
    }

    private func run(with client: HTTPClient) async -> ConformanceReport {
        var report = ConformanceReport()
        func note(_ area: ConformanceArea, _ requirement: String, _ verdict: ConformanceReport.Verdict) {
            report.lines.append(.init(area: area, requirement: requirement, verdict: verdict))
        }
        var description: RewardDescription?
        let listing = "GET /v1/rewards lists the functions"
        do {
            description = try await Self.listed(client, function: function)
            note(.schema, listing, .passed)
        } catch { note(.schema, listing, .failed("\(error)")) }
        let checks = Self.checks
        guard let description else {
            for check in checks { note(check.area, check.requirement, .skipped("there is no function to try")) }
            return report
        }
        let subject = Subject(
            client: client, url: url, timeout: timeout, description: description, parameters: parameters)
        for check in checks {
            do {
                try await check.run(subject)
                note(check.area, check.requirement, .passed)
            } catch let error as NotTried {
                note(check.area, check.requirement, .skipped(error.description))
            } catch { note(check.area, check.requirement, .failed("\(error)")) }
        }
        return report
    }

    static let checks: [Check] =
        messageChecks + orderChecks + itemChecks + determinismChecks + fingerprintChecks + encodingChecks
        + refusalChecks + limitChecks + connectionChecks

    /// The description of the function that is tried.
    private static func listed(_ client: HTTPClient, function: String?) async throws -> RewardDescription {
        let response = try await client.send(ClientRequest(path: ServicePath.rewards))
        let listing = try response.document(RewardListing.self, status: 200)
        try expect(!listing.functions.isEmpty, "it lists no functions")
        for (index, one) in listing.functions.enumerated() {
            let place = "/functions/\(index)"
            try expect(
                !one.name.isEmpty && !one.fingerprint.isEmpty, "\(place): name and fingerprint must not be empty")
            try expect(one.version >= 1, "\(place)/version is \(one.version), and the least is 1")
            guard case .object = one.parameters else { throw Finding("\(place)/parameters is not an object") }
            try expect(
                !listing.functions[..<index].contains { $0.name == one.name }, "'\(one.name)' is listed twice")
        }
        guard let function else { return listing.functions[0] }
        guard let one = listing.functions.first(where: { $0.name == function }) else {
            throw Finding("'\(function)' is not among \(listing.functions.map(\.name).joined(separator: ", "))")
        }
        return one
    }
}
