import Foundation
import ServiceAPI
import ServiceKit
import Testing

/// With small shell programs, which are everywhere.
@Suite struct SupervisedProgramTests {
    private func program(
        _ script: String, timeout: Double = 20, memory: Int = 1024, workers: Int = 1
    ) -> SupervisedProgram {
        SupervisedProgram(
            name: "test",
            settings: ProgramSettings(
                command: ["/bin/sh", "-c", script], timeoutSeconds: timeout, memoryMegabytes: memory, workers: workers))
    }

    private func code(_ program: SupervisedProgram, _ message: [String: JSONValue] = [:]) -> String? {
        do throws(ItemError) {
            _ = try program.answer(to: message)
            return nil
        } catch { return error.code }
    }

    /// Answers each line with itself and the number of its process.
    private static let echoWithProcess = #"while read -r line; do printf '{"pid": %d, %s\n' $$ "${line#?}"; done"#

    @Test func answersComeFromOneProcessInOrder() throws {
        let program = program(Self.echoWithProcess)
        let first = try program.answer(to: ["n": 1])
        let second = try program.answer(to: ["n": 2])
        #expect(first["n"] == 1 && second["n"] == 2)
        #expect(first["pid"] == second["pid"] && first["pid"] != nil)
    }

    @Test func aLongMessageIsReadWhileItIsAnswered() throws {
        let text = JSONValue.string(String(repeating: "x", count: 1 << 20))
        #expect(try program("exec cat").answer(to: ["text": text])["text"] == text)
    }

    /// After each death there is an answer again, from another process.
    @Test func aDeadProgramIsStartedAgain() throws {
        let program = program(#"read -r line; printf '{"pid": %d, %s\n' $$ "${line#?}"; sleep 2"#)
        let first = try program.answer(to: ["n": 1])
        Thread.sleep(forTimeInterval: 2.5)
        let second = try program.answer(to: ["n": 2])
        #expect(second["n"] == 2 && second["pid"] != first["pid"])
    }

    @Test func aProgramThatDiesAtOnceIsLeftInPeaceForAWhile() {
        let program = program("exit 3")
        #expect(code(program) == "externalDied")
        #expect(code(program) == "externalDied")
        #expect(code(program) == "externalUnavailable")
    }

    @Test func aSlowProgramIsKilled() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "supervised-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // The second time it is quick.
        let program = program("mkdir '\(folder)' 2>/dev/null && exec sleep 1000; exec cat", timeout: 1)
        #expect(code(program) == "externalTimeout")
        #expect(code(program) == nil)
    }

    @Test(arguments: ["echo hello", #"echo '{"id": 77}'"#, "echo '{}'", "echo '[1]'"])
    func anotherAnswerIsAnError(script: String) {
        #expect(code(program("read -r line; \(script); exec cat")) == "externalAnswer")
    }

    @Test func memoryIsLimited() {
        // dd asks for a buffer of 512 MB.
        let script =
            "read -r line; dd if=/dev/zero of=/dev/null bs=512M count=1 2>/dev/null || exit 1; echo \"$line\"; exec cat"
        #expect(code(program(script, memory: 64)) == "externalDied")
        #expect(code(program(script, memory: 2048)) == nil)
    }

    @Test func whatIsNoProgramDies() {
        let program = SupervisedProgram(
            name: "test", settings: ProgramSettings(command: ["/no/such/program"], timeoutSeconds: 20))
        #expect(code(program) == "externalDied")
    }

    @Test func severalProcessesAnswerSideBySide() async throws {
        let program = program(
            "while read -r line; do sleep 0.3; printf '{\"pid\": %d, %s\\n' $$ \"${line#?}\"; done", workers: 3)
        let processes = try await withThrowingTaskGroup(of: JSONValue?.self) { group in
            for number in 0..<3 {
                group.addTask {
                    try await withCheckedThrowingContinuation { continuation in
                        Thread.detachNewThread {
                            continuation.resume(
                                with: Result { try program.answer(to: ["n": .number(Double(number))])["pid"] })
                        }
                    }
                }
            }
            return try await group.reduce(into: Set<JSONValue>()) { if let process = $1 { $0.insert(process) } }
        }
        #expect(processes.count > 1)
    }

    @Test(arguments: [
        (ProgramSettings(command: []), "'programs.p.command' must name an executable"),
        (
            ProgramSettings(command: ["a"], timeoutSeconds: 0),
            "'programs.p.timeoutSeconds' must be from 0.01 to 3600, and is 0.0"
        ),
        (
            ProgramSettings(command: ["a"], memoryMegabytes: 1),
            "'programs.p.memoryMegabytes' must be from 16 to 1048576, and is 1"
        ),
        (ProgramSettings(command: ["a"], workers: 0), "'programs.p.workers' must be from 1 to 64, and is 0"),
    ])
    func settingsAreChecked(settings: ProgramSettings, message: String) {
        let error = #expect(throws: CommandFailure.self) { try settings.check(name: "p") }
        #expect(error?.description == message)
    }
}
