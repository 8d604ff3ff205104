import Foundation

/// One way in for bytes that nobody has checked.
protocol FuzzTarget: Sendable {
    init() throws

    /// Takes one input. Whatever the input, it returns; a fault is a trap, a sanitizer's report, or ``fault(_:)``.
    func run(_ input: ArraySlice<UInt8>)
}

/// What does not hold although it should, whatever the input is: ends the process, so that libFuzzer keeps the input.
func fault(_ what: String) -> Never {
    FileHandle.standardError.write(Data("FAULT: \(what)\n".utf8))
    fatalError(what)
}

/// All targets by the name that `STEPWISE_FUZZ_TARGET` chooses one with.
private let targets: [String: any FuzzTarget.Type] = [
    "agent": AgentTarget.self,
    "http1": ConnectionTarget.self,
    "http2": ConnectionTarget.self,
    "http2-frames": FramesTarget.self,
    "json": JSONTarget.self,
    "math": MathTarget.self,
    "similarity": SimilarityTarget.self,
    "zstd": ZstandardTarget.self,
]

private let target: any FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["STEPWISE_FUZZ_TARGET"] ?? ""
    guard let type = targets[name] else {
        fault("STEPWISE_FUZZ_TARGET is '\(name)'; it names one of \(targets.keys.sorted().joined(separator: ", "))")
    }
    do {
        return try type.init()
    } catch {
        fault("the target cannot be made: \(error)")
    }
}()

/// What libFuzzer calls with every input (https://llvm.org/docs/LibFuzzer.html).
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target.run(Array(UnsafeBufferPointer(start: data, count: count))[...])
    return 0
}

extension ArraySlice<UInt8> {
    /// Takes a byte off the front; 0 when there is none.
    mutating func byte() -> UInt8 { popFirst() ?? 0 }

    /// Takes so many bytes off the front, or as many as there are.
    mutating func bytes(_ count: Int) -> [UInt8] {
        let taken = Array(prefix(count))
        removeFirst(taken.count)
        return taken
    }

    /// What comes before and after the first line feed.
    var halves: (String, String) {
        let place = firstIndex(of: 10) ?? endIndex
        return (
            String(decoding: self[..<place], as: UTF8.self), String(decoding: self[place...].dropFirst(), as: UTF8.self)
        )
    }
}
