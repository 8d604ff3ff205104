import Foundation

/// A certificate authority of a test's own, made with the `openssl` program: no key is committed, and a certificate can be as expired as a test needs it.
public struct TestAuthority: Sendable {
    /// The paths of a certificate and its key.
    public struct Identity: Sendable {
        public let certificate: String
        public let key: String
    }

    /// Where `openssl` is; nil where it is not on the PATH.
    private static let tool: URL? = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        .map { "\($0)/openssl" }.first { FileManager.default.isExecutableFile(atPath: $0) }.map { URL(filePath: $0) }

    /// Whether certificates can be made; tests without them are skipped.
    public static var isAvailable: Bool { tool != nil }

    public let folder: String
    private let name: String

    /// The authority's certificate.
    public var file: String { "\(folder)/\(name).pem" }

    /// - Parameters:
    ///   - folder: where its files are put.
    ///   - name: also of the files.
    public init(in folder: String, name: String = "authority") throws {
        self.folder = folder
        self.name = name
        // No configuration of the machine's: what its openssl.cnf says differs.
        try """
        [req]
        distinguished_name = names
        [names]
        [authority]
        basicConstraints = critical, CA:TRUE
        keyUsage = critical, keyCertSign, cRLSign
        subjectKeyIdentifier = hash

        """.write(toFile: "\(folder)/openssl.cnf", atomically: true, encoding: .utf8)
        try run(
            "req", "-x509", "-config", "openssl.cnf", "-extensions", "authority", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-keyout", "\(name).key", "-out", "\(name).pem", "-days", "30",
            "-subj",
            "/CN=\(name)")
    }

    /// Makes a certificate, or puts another one in the place of the one of that name.
    ///
    /// - Parameters:
    ///   - name: its owner's, and the files'.
    ///   - names: what `subjectAltName` says.
    ///   - days: until it ends; below 0: it has ended.
    @discardableResult public func issue(
        _ name: String, names: String = "DNS:localhost, IP:127.0.0.1", days: Int = 30
    ) throws -> Identity {
        // With all that Python's ssl asks for.
        try """
        subjectAltName = \(names)
        basicConstraints = CA:FALSE
        subjectKeyIdentifier = hash
        authorityKeyIdentifier = keyid

        """.write(toFile: "\(folder)/names.cnf", atomically: true, encoding: .utf8)
        try run(
            "req", "-config", "openssl.cnf", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout",
            "\(name).key.new", "-out", "\(name).csr", "-subj", "/CN=\(name)")
        try run(
            "x509", "-req", "-in", "\(name).csr", "-CA", "\(self.name).pem", "-CAkey", "\(self.name).key",
            "-CAcreateserial", "-days", String(days), "-extfile", "names.cnf", "-out", "\(name).pem.new")
        for file in ["\(folder)/\(name).key", "\(folder)/\(name).pem"] {
            guard rename(file + ".new", file) == 0 else { throw Failure(description: "cannot rename \(file).new") }
        }
        return Identity(certificate: "\(folder)/\(name).pem", key: "\(folder)/\(name).key")
    }

    private func run(_ arguments: String...) throws {
        guard let tool = Self.tool else { throw Failure(description: "openssl is not installed") }
        let process = Process()
        process.executableURL = tool
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: folder)
        process.standardInput = FileHandle.nullDevice
        let log = "\(folder)/openssl.log"
        try Data().write(to: URL(filePath: log))
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle(forWritingAtPath: log)
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            throw Failure(description: "openssl \(arguments.joined(separator: " ")) failed: \(text)")
        }
    }

    struct Failure: Error, CustomStringConvertible { let description: String }
}
