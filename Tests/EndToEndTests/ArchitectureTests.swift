import Foundation
import Testing

/// Holds the module graph to one direction (docs/architecture.md): what a module imports is what it is allowed to.
@Suite struct ArchitectureTests {
    /// Our own modules that each module may import. C modules are named only where they are wrapped.
    private static let allowed: [String: Set<String>] = [
        "Zstandard": ["CZstd"],
        "ModelCore": ["COpenBLAS", "CKernels"],
        "Trajectory": ["Zstandard"],
        "ServiceAPI": [],
        "Statistics": [],
        "HTTP2Engine": ["CNGHTTP2"],
        "Reward": ["Trajectory", "ServiceAPI", "CSimilarity"],
        "Transport": ["HTTP2Engine", "Zstandard", "ServiceAPI"],
        "TransportTLS": ["Transport", "ServiceAPI"],
        "ServiceKit": ["Transport", "TransportTLS", "ServiceAPI", "Zstandard"],
        "RunReport": ["Reward", "Trajectory", "ServiceAPI", "Zstandard"],
        "Conformance": ["Transport", "ServiceAPI", "Zstandard"],
        "Training": ["ModelCore", "Trajectory", "Reward", "Transport", "ServiceAPI", "Statistics", "Zstandard"],
        "Evaluation": ["ModelCore", "Trajectory", "Reward", "ServiceAPI", "Statistics", "Zstandard"],
    ]

    private static let sources = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources")

    private static func swiftFiles(of module: String) throws -> [URL] {
        let folder = sources.appending(path: module)
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        return (files?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
    }

    private static func imports(in file: URL) throws -> Set<String> {
        var found = Set<String>()
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            let words = line.split(separator: " ")
            if let keyword = words.firstIndex(of: "import"), keyword <= 1, keyword + 1 < words.count {
                found.insert(words.last!.split(separator: ".").first.map(String.init)!)
            }
        }
        return found
    }

    @Test(arguments: allowed.keys.sorted())
    func modulesImportOnlyWhatLiesBelow(module: String) throws {
        let ours = Set(Self.allowed.keys).union(["CZstd", "COpenBLAS", "CKernels", "CNGHTTP2", "CSimilarity"])
        let files = try Self.swiftFiles(of: module)
        try #require(!files.isEmpty, "no Swift files in Sources/\(module)")
        for file in files {
            let outside = try Self.imports(in: file).intersection(ours)
                .subtracting(Self.allowed[module]!).subtracting([module])
            #expect(outside.isEmpty, "\(module)/\(file.lastPathComponent) imports \(outside.sorted())")
        }
    }

    @Test func modelCoreKnowsNothingOfTheNetwork() throws {
        for file in try Self.swiftFiles(of: "ModelCore") + Self.swiftFiles(of: "Reward") {
            let network = try Self.imports(in: file).filter { $0.hasPrefix("NIO") || $0 == "HTTPTypes" }
            #expect(network.isEmpty, "\(file.lastPathComponent) imports \(network.sorted())")
        }
    }

    @Test func onlyTransportTLSKnowsTLS() throws {
        for module in Self.allowed.keys where module != "TransportTLS" {
            for file in try Self.swiftFiles(of: module) {
                #expect(try !Self.imports(in: file).contains("NIOSSL"), "\(module)/\(file.lastPathComponent)")
            }
        }
    }

    @Test func everyModuleOfTheGraphExists() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.sources.path)
        let executables: Set<String> = ["stepwise-trainer", "stepwise-reward", "stepwise-evaluator"]
        let support: Set<String> = ["TestSupport", "CNGHTTP2", "COpenBLAS", "CZstd", "CKernels", "CSimilarity"]
        #expect(Set(folders) == Set(Self.allowed.keys).union(executables).union(support))
    }
}
