import HTTPTypes
import NIOCore
import Zstandard

extension HTTPClient {
    /// The whole body of an answer, its content coding undone.
    /// - Throws: ``AttemptFailure`` when it is too large, or not what its header says; what the exchange throws.
    func collect(_ exchange: ClientExchange, _ head: HTTPResponse) async throws -> [UInt8] {
        guard let coding = ContentCoding.declared(in: head.headerFields) else {
            throw AttemptFailure(
                .invalidResponse,
                "the answer has an unknown content-encoding '\(head.headerFields[.contentEncoding] ?? "")'")
        }
        do {
            var decoder = try BodyDecoder(coding: coding, limit: configuration.maximumExpandedBytes)
            var received = 0
            while let chunk = try await exchange.pipe.next() {
                received += chunk.readableBytes
                guard received <= configuration.maximumResponseBytes else {
                    throw AttemptFailure(
                        .responseTooLarge, "the answer exceeds \(configuration.maximumResponseBytes) bytes as sent")
                }
                try decoder.append(chunk)
            }
            // The answer to HEAD, or an empty one, has no frame to be complete.
            if received > 0 { try decoder.finish() }
            return decoder.bytes
        } catch ZstandardError.expandsBeyond(let limit) {
            throw AttemptFailure(.responseTooLarge, "the answer expands beyond \(limit) bytes")
        } catch let error as ZstandardError {
            throw AttemptFailure(.invalidResponse, "the answer is not what its content-encoding says: \(error)")
        }
    }
}
