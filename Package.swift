// swift-tools-version: 6.1
import PackageDescription

// Arrows point down only; Tests/EndToEndTests/ArchitectureTests.swift holds it:
// executables -> ServiceKit, Training, Evaluation -> Reward, Transport
//             -> Trajectory, ServiceAPI, ModelCore, HTTP2Engine, Zstandard -> C libraries.

// Under ThreadSanitizer `Mutex` is our own (Sources/Zstandard/SanitizerMutex.swift), by a type alias in each module.
let strict: [SwiftSetting] =
    Context.environment["STEPWISE_THREAD_SANITIZER"] == nil
    ? [.enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility")]
    : [.enableUpcomingFeature("ExistentialAny"), .define("THREAD_SANITIZER")]

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "stepwise",
    products: [
        .executable(name: "stepwise-trainer", targets: ["stepwise-trainer"]),
        .executable(name: "stepwise-reward", targets: ["stepwise-reward"]),
        .executable(name: "stepwise-evaluator", targets: ["stepwise-evaluator"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // C libraries
        .systemLibrary(name: "CNGHTTP2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3", "-fno-math-errno"])]),
        .target(name: "CSimilarity"),

        // Leaves
        .target(name: "Zstandard", dependencies: ["CZstd"], swiftSettings: strict),
        .target(name: "ModelCore", dependencies: ["COpenBLAS", "CKernels"], swiftSettings: strict),
        .target(name: "Trajectory", dependencies: ["Zstandard"], swiftSettings: strict),
        .target(name: "ServiceAPI", swiftSettings: strict),
        .target(name: "Statistics", swiftSettings: strict),
        .target(
            name: "HTTP2Engine",
            dependencies: ["CNGHTTP2", nioCore, httpTypes],
            swiftSettings: strict),

        // Middle
        .target(name: "Reward", dependencies: ["Trajectory", "ServiceAPI", "CSimilarity"], swiftSettings: strict),
        .target(
            name: "Transport",
            dependencies: [
                "HTTP2Engine", "Zstandard", "ServiceAPI", nioCore, nioPosix, httpTypes, logging, lifecycle,
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOExtras", package: "swift-nio-extras"),
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: strict),

        // BoringSSL takes a minute to build: what needs no TLS does without.
        .target(
            name: "TransportTLS", dependencies: ["Transport", "ServiceAPI", nioCore, nioSSL, logging],
            swiftSettings: strict),

        // Top
        .target(
            name: "ServiceKit",
            dependencies: [
                "Transport", "TransportTLS", "ServiceAPI", "Zstandard", "Yams", logging, metrics, lifecycle,
                arguments, httpTypes,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .target(
            name: "Training",
            dependencies: [
                "ModelCore", "Trajectory", "Reward", "Transport", "ServiceAPI", "Statistics", "Zstandard", logging,
            ],
            swiftSettings: strict),
        .target(
            name: "Evaluation",
            dependencies: ["ModelCore", "Trajectory", "Reward", "ServiceAPI", "Statistics", "Zstandard", logging],
            swiftSettings: strict),

        .target(
            name: "Conformance", dependencies: ["Transport", "ServiceAPI", "Zstandard", httpTypes, logging],
            swiftSettings: strict),
        .target(
            name: "RunReport", dependencies: ["Reward", "Trajectory", "ServiceAPI", "Zstandard", "Yams"],
            swiftSettings: strict),

        // Executables: command line, configuration, wiring
        .executableTarget(
            name: "stepwise-trainer",
            dependencies: [
                "ServiceKit", "Training", "RunReport", "ModelCore", "Trajectory", "ServiceAPI", "Transport", arguments,
                httpTypes, logging,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "stepwise-reward",
            dependencies: [
                "ServiceKit", "Reward", "Conformance", "ModelCore", "ServiceAPI", "Transport", "Zstandard", arguments,
                httpTypes, logging, metrics,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "stepwise-evaluator",
            dependencies: [
                "ServiceKit", "Evaluation", "ModelCore", "Trajectory", "ServiceAPI", "Transport", arguments, httpTypes,
                lifecycle,
                logging,
            ],
            swiftSettings: strict),

        // Benchmarks
        .executableTarget(
            name: "stepwise-benchmark",
            dependencies: [
                "ServiceKit", "Training", "ModelCore", "Reward", "ServiceAPI", "Trajectory", "Transport", "Zstandard",
                "CKernels", "COpenBLAS",
                arguments, httpTypes, logging,
            ],
            path: "Benchmarks/stepwise-benchmark",
            swiftSettings: strict),

        // Tests
        .target(
            name: "TestSupport",
            dependencies: ["ModelCore", "Trajectory", "ServiceAPI"],
            swiftSettings: strict),
        .testTarget(name: "ZstandardTests", dependencies: ["Zstandard", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "ModelCoreTests", dependencies: ["ModelCore", "Zstandard", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "CKernelsTests", dependencies: ["CKernels"], swiftSettings: strict),
        .testTarget(
            name: "TrajectoryTests", dependencies: ["Trajectory", "Zstandard", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "RewardTests",
            dependencies: ["Reward", "ServiceAPI", "Trajectory", "Zstandard", "TestSupport"],
            swiftSettings: strict),
        .testTarget(name: "StatisticsTests", dependencies: ["Statistics"], swiftSettings: strict),
        .testTarget(
            name: "ServiceAPITests", dependencies: ["ServiceAPI", "TestSupport", "Yams"], swiftSettings: strict),
        .testTarget(
            name: "HTTP2EngineTests",
            dependencies: ["HTTP2Engine", nioCore, httpTypes],
            swiftSettings: strict),
        .testTarget(
            name: "TransportTests",
            dependencies: ["Transport", "Zstandard", nioCore, nioPosix, httpTypes, logging],
            swiftSettings: strict),
        .testTarget(
            name: "TransportTLSTests",
            dependencies: ["TransportTLS", "Transport", "ServiceAPI", "TestSupport", nioCore, httpTypes, logging],
            swiftSettings: strict),
        .testTarget(
            name: "ServiceKitTests",
            dependencies: [
                "ServiceKit", "Transport", "ServiceAPI", "TestSupport", logging, metrics, lifecycle, arguments,
                httpTypes,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ConformanceTests", dependencies: ["Conformance", nioCore, nioPosix], swiftSettings: strict),
        .testTarget(
            name: "TrainingTests",
            dependencies: [
                "Training", "ModelCore", "Trajectory", "Reward", "Transport", "ServiceAPI", "TestSupport", logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "RunReportTests",
            dependencies: ["RunReport", "Reward", "Trajectory", "ServiceAPI", "Zstandard", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "EvaluationTests",
            dependencies: ["Evaluation", "ModelCore", "Trajectory", "ServiceAPI", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["Transport", "ServiceAPI", "Trajectory", "Zstandard", "TestSupport", httpTypes, logging],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

// Sanitized builds take minutes: scripts/sanitize names the test targets that it wants, and the others are left out.
if let names = Context.environment["STEPWISE_TEST_TARGETS"]?.split(separator: ",").map(String.init) {
    package.targets.removeAll { $0.type == .executable || $0.type == .test && !names.contains($0.name) }
    package.products = []
}

// The fuzz targets are built by scripts/fuzz alone: they need the sanitizer's runtime, which has a `main` of its own.
if Context.environment["STEPWISE_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "stepwise-fuzz",
            dependencies: [
                "HTTP2Engine", "Transport", "Zstandard", "Reward", "ServiceAPI", "CSimilarity", nioCore, httpTypes,
                logging,
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            path: "Tests/Fuzz/stepwise-fuzz",
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]))
}
