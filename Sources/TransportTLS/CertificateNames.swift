import Foundation
import NIOCore
import NIOSSL

extension NIOSSLCertificate {
    /// The DNS names and IP addresses that the certificate is for (RFC 5280 section 4.2.1.6).
    var alternativeNames: [String] {
        _subjectAlternativeNames().compactMap { name in
            switch name.nameType {
            case .dnsName: String(decoding: name.contents, as: UTF8.self)
            case .ipAddress:
                (try? SocketAddress(packedIPAddress: ByteBuffer(bytes: Array(name.contents)), port: 0))?.ipAddress
            default: nil
            }
        }
    }

    /// What to call the owner: the subject's common name, else the first alternative name.
    var ownerName: String? {
        if let bytes = try? toDERBytes(), let name = DistinguishedName.commonName(ofCertificate: bytes) { return name }
        return alternativeNames.first
    }

    var expiry: Date { Date(timeIntervalSince1970: TimeInterval(notValidAfter)) }
    var beginning: Date { Date(timeIntervalSince1970: TimeInterval(notValidBefore)) }
}

/// Finds the common name in a certificate (RFC 5280 section 4.1): NIOSSL has it and keeps it to itself.
enum DistinguishedName {
    /// - Parameter bytes: the certificate in DER.
    static func commonName(ofCertificate bytes: [UInt8]) -> String? {
        var outer = DERValues(bytes[...])
        guard let certificate = outer.next(), certificate.tag == DERValues.sequence else { return nil }
        var parts = DERValues(certificate.content)
        guard let signed = parts.next(), signed.tag == DERValues.sequence else { return nil }
        // Version (which may be absent), serial number, algorithm, issuer, validity, subject.
        var fields = Array(DERValues(signed.content))[...]
        if fields.first?.tag == 0xa0 { fields = fields.dropFirst() }
        guard let subject = fields.dropFirst(4).first else { return nil }
        for attributes in DERValues(subject.content) {
            for attribute in DERValues(attributes.content) {
                let pair = Array(DERValues(attribute.content))
                // id-at-commonName, 2.5.4.3
                if pair.count == 2, pair[0].tag == 6, pair[0].content.elementsEqual([0x55, 4, 3]) {
                    return String(decoding: pair[1].content, as: UTF8.self)
                }
            }
        }
        return nil
    }
}

/// The values that stand one after the other in DER (X.690 section 8.1), as far as they are whole.
struct DERValues: Sequence, IteratorProtocol {
    static let sequence: UInt8 = 0x30

    struct Value {
        let tag: UInt8
        let content: ArraySlice<UInt8>
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func next() -> Value? {
        guard let tag = rest.popFirst(), let first = rest.popFirst() else { return nil }
        var length = Int(first)
        if first >= 0x80 {
            let count = Int(first & 0x7f)
            guard (1...4).contains(count), rest.count >= count else { return nil }
            length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(count)
        }
        guard rest.count >= length else { return nil }
        defer { rest = rest.dropFirst(length) }
        return Value(tag: tag, content: rest.prefix(length))
    }
}
