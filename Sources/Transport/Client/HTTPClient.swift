import Foundation
import HTTPTypes
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Zstandard

/// Calls services over HTTP/2 (prior knowledge, or ALPN under TLS): one connection per server address, many calls at once on each.
///
/// A call has a deadline, which it tells the server. Until then, attempts that fail are made again as
/// ``RetryPolicy`` has it, on another server where there is one.
///
/// ```swift
/// let client = try HTTPClient(configuration: .init(urls: ["http://127.0.0.1:8080"]), logger: logger)
/// let listing = try await client.get("/v1/rewards", as: RewardListing.self)
/// await client.shutdown()
/// ```
public final class HTTPClient: Sendable {
    package let configuration: ClientConfiguration
    let logger: Logger
    private let urls: [ServerURL]
    private let addresses: AddressBook
    private let pool: ConnectionPool
    private let budget: Mutex<RetryBudget>

    /// - Throws: ``TransportError`` `invalidURL` when a URL is none, or needs TLS that is not configured, or there is none.
    public convenience init(
        configuration: ClientConfiguration, logger: Logger,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws(TransportError) {
        try self.init(
            configuration: configuration, logger: logger, group: group, resolve: NameResolver.resolve)
    }

    init(
        configuration: ClientConfiguration, logger: Logger, group: any EventLoopGroup,
        resolve: @escaping AddressBook.Resolve
    ) throws(TransportError) {
        self.configuration = configuration
        self.logger = logger
        var urls: [ServerURL] = []
        for text in configuration.urls {
            urls.append(try ServerURL(text))
            guard urls.last?.isSecure == true, configuration.encryption == nil else { continue }
            throw TransportError(
                code: .invalidURL, call: "'\(text)'", attempts: 0, elapsed: .zero,
                detail: "https:// needs TLS, which this client was made without")
        }
        guard !urls.isEmpty else {
            throw TransportError(
                code: .invalidURL, call: "a call", attempts: 0, elapsed: .zero, detail: "no server URL is configured")
        }
        self.urls = urls
        addresses = AddressBook(urls: urls, lifetime: configuration.addressLifetime, logger: logger, resolve: resolve)
        pool = ConnectionPool(configuration: configuration, group: group, logger: logger)
        budget = Mutex(RetryBudget(configuration.retries))
    }

    /// Closes all connections once their calls are over; calls that wait for one fail, and so do later ones.
    public func shutdown() async { await pool.shutDown() }

    // MARK: Calls

    /// Makes a call and reads the whole answer.
    /// - Returns: the answer, whatever its status is.
    /// - Throws: ``TransportError`` when there is none.
    public func send(_ request: ClientRequest) async throws(TransportError) -> ClientResponse {
        let call = try prepare(request, isWhole: true)
        return try await perform(call) { [self] exchange, head, endpoint in
            do {
                let body = try await collect(exchange, head)
                return ClientResponse(
                    status: head.status, headers: head.headerFields, body: body, server: "\(endpoint.url)",
                    attempts: call.progress.attempts)
            } catch {
                // Nothing of the answer is read any more; without this its stream would stay open.
                exchange.cancel()
                throw error
            }
        }
    }

    /// Makes a call and hands the answer over while it arrives, as for events. The deadline is for the beginning of the
    /// answer only. Statuses that ask for another attempt are retried as in ``send(_:)``.
    public func stream(_ request: ClientRequest) async throws(TransportError) -> StreamedResponse {
        let call = try prepare(request, isWhole: false)
        return try await perform(call) { exchange, head, endpoint in
            StreamedResponse(
                status: head.status, headers: head.headerFields, server: "\(endpoint.url)",
                body: ResponseBody(exchange: exchange, progress: call.progress))
        }
    }

    // MARK: One call

    /// A request, ready to be sent any number of times.
    struct Call: Sendable {
        let request: ClientRequest
        let fields: HTTPFields
        let body: ByteBuffer?
        let progress: CallProgress
        /// The deadline is for the whole answer, so that the server may know it.
        let tellsDeadline: Bool
    }

    private func prepare(_ request: ClientRequest, isWhole: Bool) throws(TransportError) -> Call {
        let progress = CallProgress(
            method: request.method.rawValue, path: request.path, firstServer: urls[0],
            budget: request.deadline ?? configuration.deadline)
        guard request.path.hasPrefix("/"), request.path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw progress.error(.invalidRequest, "the path must begin with '/' and be percent-encoded")
        }
        var fields = configuration.headers
        for field in request.headers { fields[field.name] = field.value }
        if isWhole, fields[.acceptEncoding] == nil { fields[.acceptEncoding] = ContentCoding.zstd.rawValue }
        if fields[.requestID] == nil { fields[.requestID] = RequestSteering.requestID(in: [:]) }
        if fields[.traceParent] == nil { TraceContext.current?.add(to: &fields) }

        var bytes = request.body
        if configuration.compression == .zstd, bytes.count >= configuration.minimumCompressedBytes,
            fields[.contentEncoding] == nil
        {
            do {
                bytes = try Zstandard.compress(bytes, level: 3)
            } catch {
                throw progress.error(.invalidRequest, "the request body cannot be compressed: \(error)")
            }
            fields[.contentEncoding] = ContentCoding.zstd.rawValue
        }
        let hasBody = !bytes.isEmpty || [.post, .put, .patch].contains(request.method)
        if hasBody { fields[.contentLength] = String(bytes.count) }
        return Call(
            request: request, fields: fields, body: bytes.isEmpty ? nil : ByteBuffer(bytes: bytes), progress: progress,
            tellsDeadline: isWhole)
    }

    /// Attempts a call until it is answered, until another attempt is of no use, or until its deadline.
    private func perform<Answer: Sendable>(
        _ call: Call, _ read: @escaping @Sendable (ClientExchange, HTTPResponse, Endpoint) async throws -> Answer
    ) async throws(TransportError) -> Answer {
        budget.withLock { $0.deposit() }
        do {
            return try await withDeadline(call.progress.deadline) { try await self.attempts(of: call, read) }
        } catch let failure as AttemptFailure {
            throw call.progress.error(failure)
        } catch is DeadlinePassed {
            throw call.progress.deadlinePassed()
        } catch is CancellationError {
            throw call.progress.error(.cancelled, "the caller cancelled it")
        } catch {
            throw call.progress.error(.invalidResponse, "\(error)")
        }
    }

    private func attempts<Answer: Sendable>(
        of call: Call, _ read: @Sendable (ClientExchange, HTTPResponse, Endpoint) async throws -> Answer
    ) async throws -> Answer {
        var retry = RetryState(policy: configuration.retries, isIdempotent: call.request.isIdempotent)
        var tried: Set<Endpoint> = []
        var verdicts = ServerVerdicts()
        var token = currentToken()
        while true {
            var (outcome, answer) = try await attempt(call, token, &tried, read)
            if case .answered(let head) = outcome, let other = newerToken(than: token, after: head) {
                token = other
                if case .success(let unused as StreamedResponse) = answer { unused.body.cancel() }
                continue
            }
            let hasUntried = pool.hasUntried(tried)
            let server = call.progress.server
            if case .failed(let failure) = outcome {
                let failure = verdicts.note(failure, of: server)
                (outcome, answer) = (.failed(failure), .failure(failure))
            }
            let otherMayRecover = verdicts.mayRecover(besides: server)
            let decision = budget.withLock { [outcome] in
                retry.next(
                    after: outcome, remaining: call.progress.remaining, hasUntriedServer: hasUntried,
                    otherMayRecover: otherMayRecover, unit: Double.random(in: 0...1),
                    now: Int(Date().timeIntervalSince1970), budget: &$0)
            }
            note(outcome, decision, call)
            if case .failed(let failure) = outcome, failure.isConnectFailure { await addresses.suspect() }
            switch (decision, answer) {
            case (.retry(let pause), _):
                if case .success(let unused as StreamedResponse) = answer { unused.body.cancel() }
                if !hasUntried { tried = [] }
                try await Task.sleep(for: pause)
                token = currentToken()
            case (.stop, _): return try answer.get()
            // The server's own words are worth more than "the deadline would pass".
            case (.deadline, .success(let answer)): return answer
            case (.deadline, .failure): throw DeadlinePassed()
            }
        }
    }

    /// One attempt.
    /// - Throws: what ends the call, whatever its retry policy is: cancellation.
    private func attempt<Answer: Sendable>(
        _ call: Call, _ token: String?, _ tried: inout Set<Endpoint>,
        _ read: @Sendable (ClientExchange, HTTPResponse, Endpoint) async throws -> Answer
    ) async throws -> (RetryState.Outcome, Result<Answer, AttemptFailure>) {
        do {
            let (exchange, head, endpoint) = try await begin(call, token, &tried)
            return (.answered(head), .success(try await read(exchange, head, endpoint)))
        } catch let failure as AttemptFailure {
            return (.failed(failure), .failure(failure))
        }
    }

    /// The beginning of an attempt, up to the head of the answer.
    private func begin(
        _ call: Call, _ token: String?, _ tried: inout Set<Endpoint>
    ) async throws -> (ClientExchange, HTTPResponse, Endpoint) {
        pool.update(try await addresses.endpoints())
        var chosen: Endpoint?
        defer { if let chosen { tried.insert(chosen) } }
        call.progress.attemptBegan()
        let lease = try await pool.lease(avoiding: tried) {
            chosen = $0
            call.progress.asks($0.url)
        }
        let exchange = ClientExchange(
            request: head(of: call, token, for: lease.endpoint.url), body: call.body, deadline: call.progress.deadline
        ) { [pool] _, verdict in pool.finished(lease.connectionID, verdict) }
        lease.connection.submit(exchange)
        return (exchange, try await exchange.response(), lease.endpoint)
    }

    private func head(of call: Call, _ token: String?, for url: ServerURL) -> HTTPRequest {
        var fields = call.fields
        if let token, fields[.authorization] == nil { fields[.authorization] = "Bearer \(token)" }
        // What is left of the deadline now: earlier attempts have used some of it.
        if call.tellsDeadline {
            fields[.deadlineMilliseconds] = String(max(1, call.progress.remaining.wholeMilliseconds))
        }
        return HTTPRequest(
            method: call.request.method, scheme: url.scheme, authority: url.authority,
            path: url.prefix + call.request.path,
            headerFields: fields)
    }

    private func note(_ outcome: RetryState.Outcome, _ decision: RetryState.Decision, _ call: Call) {
        let what: String
        switch outcome {
        case .failed(let failure): what = failure.detail
        case .answered(let head) where RetryState.isRetryable(head, isIdempotent: true):
            what = "the server answered \(head.status)"
        case .answered: return
        }
        call.progress.failed(what)
        guard case .retry(let pause) = decision else { return }
        logger.debug(
            "trying again",
            metadata: [
                "http.path": "\(call.request.path)", "attempt": "\(call.progress.attempts)", "cause": "\(what)",
                "pause.ms": "\(pause.wholeMilliseconds)", "http.request_id": "\(call.fields[.requestID] ?? "")",
            ])
    }
}
