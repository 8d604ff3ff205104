import HTTPTypes

/// Header fields in the form that HTTP/2 sends: pseudo-header fields first, names in lower case, and no field that only means
/// something to one HTTP/1 connection. All bytes lie in one array, because libnghttp2 wants pointers to every name and value
/// at once.
struct HeaderBlock {
    struct Field {
        let name: Range<Int>
        let value: Range<Int>
        /// Kept out of the compression state of every hop (RFC 7541 section 7.1.3).
        let isSensitive: Bool
    }

    private(set) var bytes: [UInt8] = []
    private(set) var fields: [Field] = []

    init(_ request: HTTPRequest) {
        reserve(request.headerFields)
        let pseudo = request.pseudoHeaderFields
        append(pseudo.method)
        for field in [pseudo.scheme, pseudo.authority, pseudo.path, pseudo.extendedConnectProtocol] {
            if let field { append(field) }
        }
        appendRegular(request.headerFields)
    }

    init(_ response: HTTPResponse) {
        reserve(response.headerFields)
        append(response.pseudoHeaderFields.status)
        appendRegular(response.headerFields)
    }

    init(trailers: HTTPFields) {
        reserve(trailers)
        appendRegular(trailers)
    }

    private mutating func reserve(_ headerFields: HTTPFields) {
        fields.reserveCapacity(headerFields.count + 5)
        bytes.reserveCapacity(headerFields.count * 48 + 128)
    }

    private mutating func appendRegular(_ headerFields: HTTPFields) {
        for field in headerFields where !Self.isConnectionSpecific(field) {
            append(field)
        }
    }

    private mutating func append(_ field: HTTPField) {
        let start = bytes.count
        bytes.append(contentsOf: field.name.canonicalName.utf8)
        let middle = bytes.count
        field.withUnsafeBytesOfValue { value in
            var value = value[...]
            // RFC 9113 section 8.2.1: no white space at either end; a peer treats it as malformed.
            while let first = value.first, first == 0x20 || first == 0x09 { value = value.dropFirst() }
            while let last = value.last, last == 0x20 || last == 0x09 { value = value.dropLast() }
            bytes.append(contentsOf: value)
        }
        let isSensitive =
            field.name == .authorization || field.name == .proxyAuthorization
            || field.indexingStrategy == .avoid || field.indexingStrategy == .disallow
        fields.append(Field(name: start..<middle, value: middle..<bytes.count, isSensitive: isSensitive))
    }

    /// RFC 9113 section 8.2.2: such fields make a message malformed.
    private static func isConnectionSpecific(_ field: HTTPField) -> Bool {
        switch field.name.canonicalName {
        case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade": true
        case "te": field.value != "trailers"
        default: false
        }
    }
}

/// Collects one received header block, counting its size as RFC 9113 section 6.5.2 does. libnghttp2 announces our
/// SETTINGS_MAX_HEADER_LIST_SIZE but does not enforce it.
struct HeaderCollector {
    let stream: Int32
    private(set) var fields: [HTTPField] = []
    private(set) var byteCount = 0
    private let limit: Int

    init(stream: Int32, limit: Int) {
        self.stream = stream
        self.limit = limit
    }

    /// Over the limit: the fields are no longer kept.
    var isTooLarge: Bool { byteCount > limit }

    /// Whether the block has a `:status`, which tells a response from trailers.
    var hasStatus: Bool { fields.contains { $0.name == .status } }

    /// Adds a field. libnghttp2 has checked name and value; a name that swift-http-types cannot hold returns false.
    mutating func append(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) -> Bool {
        byteCount += name.count + value.count + 32
        guard !isTooLarge else {
            fields.removeAll()
            return true
        }
        guard let name = HTTPField.Name(parsed: String(decoding: name, as: UTF8.self)) else { return false }
        fields.append(HTTPField(name: name, lenientValue: value))
        return true
    }
}

extension HTTPField.Name {
    fileprivate static var status: HTTPField.Name { pseudoStatus }
    private static let pseudoStatus = HTTPResponse(status: 200).pseudoHeaderFields.status.name
}
