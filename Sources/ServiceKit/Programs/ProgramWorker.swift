import Foundation
import ServiceAPI

/// One process of a program. `guardLock` guards all that varies: it is held from `lock` to `answerAndUnlock`'s end.
final class ProgramWorker: @unchecked Sendable {
    /// Longer answers are refused.
    private static let maximumAnswerBytes = 16 << 20
    /// A process that lives less than this has died at once.
    private static let shortLife = 1.0
    private static let longestPause = 30.0

    private let name: String
    private let settings: ProgramSettings
    private let guardLock = NSLock()

    private var process: Process?
    private var input: FileHandle?
    private var output: FileHandle?
    private var received = Data()
    private var started = Date.distantPast
    private var earlyDeaths = 0
    private var notBefore = Date.distantPast
    private var lastID = 0

    init(name: String, settings: ProgramSettings) {
        self.name = name
        self.settings = settings
    }

    func tryLock() -> Bool { guardLock.try() }
    func lock(before date: Date) -> Bool { guardLock.lock(before: date) }

    func stopAndUnlock() {
        defer { guardLock.unlock() }
        end()
    }

    func answerAndUnlock(
        _ message: [String: JSONValue], until deadline: Date
    ) throws(ItemError) -> [String: JSONValue] {
        defer { guardLock.unlock() }
        try startIfNeeded()
        lastID += 1
        var message = message
        message["id"] = .number(Double(lastID))
        do throws(ItemError) {
            let line: [UInt8]
            do { line = try ServiceJSON.encode(JSONValue.object(message)) + [UInt8(ascii: "\n")] } catch {
                throw ItemError(code: "externalAnswer", message: "the message cannot be written as JSON: \(error)")
            }
            try write(line, until: deadline)
            let text = try readLine(until: deadline)
            let answer: [String: JSONValue]
            do throws(ProblemDetails) { answer = try ServiceJSON.decode([String: JSONValue].self, from: text) } catch {
                throw wrongAnswer("is no JSON object: \(error.detail ?? error.title)")
            }
            guard answer["id"] == message["id"] else {
                throw wrongAnswer("has the id \(answer["id"]?.canonicalText ?? "null"), not \(lastID)")
            }
            earlyDeaths = 0
            return answer
        } catch {
            // What it would say next belongs to nobody's question.
            noteDeath()
            end()
            throw error
        }
    }

    private func wrongAnswer(_ what: String) -> ItemError {
        ItemError(code: "externalAnswer", message: "the answer of the program '\(name)' \(what)")
    }

    // MARK: Life and death

    private func startIfNeeded() throws(ItemError) {
        if let process, process.isRunning { return }
        if process != nil {
            noteDeath()
            end()
        }
        guard Date() >= notBefore else {
            throw ItemError(
                code: "externalUnavailable",
                message:
                    "the program '\(name)' has died \(earlyDeaths) times right after its start; it is tried again in "
                    + "\(Int(notBefore.timeIntervalSinceNow.rounded(.up))) s. What it wrote is on standard error")
        }
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        // The shell sets the limit and becomes the program.
        process.arguments =
            ["-c", "ulimit -v \(settings.memoryMegabytes * 1024) && exec \"$@\"", name] + settings.command
        let (toProgram, fromProgram) = (Pipe(), Pipe())
        process.standardInput = toProgram
        process.standardOutput = fromProgram
        process.standardError = FileHandle.standardError
        do { try process.run() } catch {
            throw ItemError(code: "externalUnavailable", message: "the program '\(name)' cannot be started: \(error)")
        }
        self.process = process
        input = toProgram.fileHandleForWriting
        output = fromProgram.fileHandleForReading
        received = Data()
        started = Date()
        if let input { _ = fcntl(input.fileDescriptor, F_SETFL, fcntl(input.fileDescriptor, F_GETFL) | O_NONBLOCK) }
    }

    private func noteDeath() {
        guard Date().timeIntervalSince(started) < Self.shortLife else {
            earlyDeaths = 0
            return
        }
        earlyDeaths += 1
        // Once is an accident.
        guard earlyDeaths > 1 else { return }
        notBefore = Date(timeIntervalSinceNow: min(Self.longestPause, 0.1 * pow(2, Double(earlyDeaths))))
    }

    private func end() {
        if let process, process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process?.waitUntilExit()
        try? input?.close()
        try? output?.close()
        (process, input, output) = (nil, nil, nil)
    }

    // MARK: Lines

    /// Waits until the program has written something, or takes more where `writing` says so.
    ///
    /// - Returns: Whether it takes more. What it has written is in `received`.
    private func wait(writing: Bool, until deadline: Date) throws(ItemError) -> Bool {
        guard let input, let output else { throw died() }
        var descriptors = [pollfd(fd: output.fileDescriptor, events: Int16(POLLIN), revents: 0)]
        if writing { descriptors.append(pollfd(fd: input.fileDescriptor, events: Int16(POLLOUT), revents: 0)) }
        while true {
            let milliseconds = deadline.timeIntervalSinceNow * 1000
            guard milliseconds > 0 else { break }
            let ready = poll(&descriptors, nfds_t(descriptors.count), Int32(min(milliseconds.rounded(.up), 60_000)))
            guard ready > 0 else { continue }
            if descriptors[0].revents != 0 {
                let more = output.availableData
                guard !more.isEmpty else { throw died() }
                received.append(more)
            }
            return writing && descriptors[1].revents != 0
        }
        throw ItemError(
            code: "externalTimeout", message: "the program '\(name)' did not answer within \(settings.timeoutSeconds) s"
        )
    }

    private func died() -> ItemError {
        ItemError(
            code: "externalDied",
            message: "the program '\(name)' died over this; it is started again. What it wrote is on standard error")
    }

    private func write(_ line: [UInt8], until deadline: Date) throws(ItemError) {
        guard let input else { throw died() }
        var position = 0
        while position < line.count {
            // It may answer while it reads: nobody may wait for the other to read first.
            guard try wait(writing: true, until: deadline) else { continue }
            let chunk = Array(line[position..<min(position + 65_536, line.count)])
            let written = Glibc.write(input.fileDescriptor, chunk, chunk.count)
            if written > 0 {
                position += written
            } else if errno != EAGAIN, errno != EINTR {
                throw died()
            }
        }
    }

    private func readLine(until deadline: Date) throws(ItemError) -> [UInt8] {
        var searched = 0
        while true {
            if let end = received[(received.startIndex + searched)...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(received[..<end])
                received = Data(received[(end + 1)...])
                return line
            }
            searched = received.count
            guard searched <= Self.maximumAnswerBytes else {
                throw wrongAnswer("is longer than \(Self.maximumAnswerBytes) bytes")
            }
            _ = try wait(writing: false, until: deadline)
        }
    }
}
