import Foundation
import ServiceAPI
import Testing

/// What people look at of a run: its report, its events for TensorBoard, its rollouts in the terminal, its page while it trains.
@Suite struct RunFilesTests {
    /// A run of both methods, with the service that scored it.
    private func trained(_ name: String, policySteps: Int = 10) throws -> (SmallTraining, RunningService) {
        var training = try SmallTraining()
        training.policySteps = policySteps
        let service = try RunningService(.reward)
        training.rewardURL = service.url
        let outcome = try training.train(name)
        try #require(outcome.status == 0, "\(outcome.error)")
        return (training, service)
    }

    @Test func aRunWritesItsReportAndSeveralAreCompared() throws {
        let (training, service) = try trained("first")
        let report = try String(contentsOfFile: training.path(of: "first/report.html"), encoding: .utf8)
        for part in [
            "Finished", "SFT 20 → SRL 10", "<h3>Reward</h3>", "Rollouts of step 30", "<h2>Data</h2>", "Prompt",
        ] {
            #expect(report.contains(part), "\(part)")
        }
        #expect(training.exists("first/run.json") && training.exists("first/tensorboard"))

        let again = try Executable.trainer.run(["report", "first"], in: training.folder.url)
        #expect(again.status == 0 && again.output.hasPrefix("Wrote first/report.html ("), "\(again.error)")
        var other = training
        other.extraLines = "tensorBoard: false"
        try #require(try other.train("second").status == 0)
        #expect(try service.stop() == 0)
        #expect(!training.exists("second/tensorboard"))
        let compared = try Executable.trainer.run(
            ["report", "first", "second", "--output", "both.html"], in: training.folder.url)
        #expect(compared.status == 0, "\(compared.error)")
        let both = try String(contentsOfFile: training.path(of: "both.html"), encoding: .utf8)
        #expect(both.contains("2 runs compared") && both.contains("<th>tensorBoard</th><td>true</td><td>false</td>"))

        let none = try Executable.trainer.run(["report", "nowhere"], in: training.folder.url)
        #expect(none.status == 66 && none.error == "error: nowhere: holds no run: there is no nowhere/config.yaml\n")
        let nameless = try Executable.trainer.run(["report", "first", "second"], in: training.folder.url)
        #expect(nameless.status == 64 && nameless.error.contains("--output"))
    }

    @Test func rolloutsAreShown() throws {
        let (training, _) = try trained("first")
        func show(_ arguments: String...) throws -> Executable.Outcome {
            try Executable.trainer.run(["show", "first"] + arguments, in: training.folder.url)
        }
        let plain = try show("--step", "30", "--all")
        #expect(plain.status == 0, "\(plain.error)")
        #expect(plain.output.hasPrefix("step 30 of first: ") && !plain.output.contains("\u{1B}"))
        for label in ["\n  prompt  │ ", "\n  expert  │ ", " sample 3  reward "] {
            #expect(plain.output.contains(label))
        }
        let rollouts = plain.output.components(separatedBy: " sample ").count - 1
        #expect(rollouts >= 64 && rollouts % 4 == 0)
        // Without a step it is the last; of many only some.
        let some = try show()
        #expect(some.output.hasPrefix("step 30 of first: ") && some.output.contains("\(rollouts - 20) more: --all"))
        #expect(try show("--best", "2").output.components(separatedBy: " sample ").count == 3)
        let first = try #require(plain.output.split(separator: "\n")[1].split(separator: " ").first)
        let group = try show("--group", String(first))
        #expect(group.output.components(separatedBy: "\n\(first) sample ").count == 5)
        let colored = try show("--best", "1", "--color", "always")
        #expect(colored.output.contains("\u{1B}[32m"))
        #expect(try show("--errors").output.contains("None of them is what was asked for."))

        let missing = try show("--step", "7")
        #expect(missing.status == 66 && missing.error.contains("no rollouts of step 7; of "))
        #expect(try show("--group", "nobody").error.contains("no rollout of this step is of 'nobody'"))
        #expect(try show("--best", "1", "--worst", "1").status == 64)
    }

    /// After kill -9 and --resume, `tensorboard` finds each step once.
    @Test func tensorBoardReadsTheEvents() throws {
        let python = ProcessInfo.processInfo.environment["STEPWISE_PYTHON"] ?? "python3"
        func run(_ arguments: [String]) throws -> (status: Int32, output: Data) {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = [python] + arguments
            let pipe = Pipe()
            process.standardOutput = pipe
            process.standardError = FileHandle.nullDevice
            try process.run()
            let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            return (process.terminationStatus, output)
        }
        var training = try SmallTraining()
        training.supervisedSteps = 40
        let trainer = try training.start("run")
        defer { if trainer.isRunning { kill(trainer.processIdentifier, SIGKILL) } }
        try #require(eventually { training.loggedSteps("run") >= 16 || !trainer.isRunning })
        kill(trainer.processIdentifier, SIGKILL)
        try #require(trainer.ends(within: 30))
        let resumed = try training.resume("run")
        try #require(resumed.status == 0, "\(resumed.error)")
        let files = try FileManager.default.contentsOfDirectory(atPath: training.path(of: "run/tensorboard"))
        #expect(files.count == 2 && files.allSatisfy { $0.hasPrefix("events.out.tfevents.") }, "\(files)")
        let report = try String(contentsOfFile: training.path(of: "run/report.html"), encoding: .utf8)
        #expect(report.contains("Continued after step "))

        guard try run(["-c", "import tensorboard"]).status == 0 else {
            print("skipped: \(python) has no tensorboard; STEPWISE_PYTHON can name another")
            return
        }
        let script = Checkout.url.appending(path: "Tests/Fixtures/check_tensorboard.py").path
        let (status, output) = try run([script, training.path(of: "run/tensorboard")])
        try #require(status == 0)
        let found = try JSONDecoder().decode([String: [[Double]]].self, from: output)
        let metrics = try training.metrics("run")
        #expect(found["loss"]?.map { $0[0] } == (1...40).map(Double.init))
        for (point, line) in zip(found["loss"] ?? [], metrics) {
            guard case .number(let loss) = line["loss"] else { continue }
            #expect(point[1] == Double(Float(loss)))
        }
        #expect(found["seconds/update"]?.count == 40 && found["step"] == nil)
    }

    @Test(.enabled(if: Curl.isInstalled)) func theDashboardShowsTheRunWhileItTrains() throws {
        var training = try SmallTraining()
        training.supervisedSteps = 4000
        try training.writeConfiguration()
        let trainer = try training.start(
            ["--config", "config.yaml", "--output", "run", "--dashboard", "0"], log: "run.log")
        defer { if trainer.isRunning { kill(trainer.processIdentifier, SIGKILL) } }
        try #require(eventually { training.loggedSteps("run") > 3 || !trainer.isRunning }, "\(training.said("run"))")
        let line = try #require(
            try training.log(of: "run").split(separator: "\n").first { $0.hasPrefix("Dashboard: ") })
        let url = String(line.dropFirst(11))
        #expect(url.hasPrefix("http://127.0.0.1:"))
        let answer = try Curl.run("", .http1, url: url)
        #expect(answer.status == 200 && answer.contentType == "text/html; charset=utf-8")
        #expect(answer.body.contains("data-live=\"1\"") && answer.body.contains("<h3>SFT loss</h3>"))
        // A name that somebody else has pointed here.
        #expect(try Curl.run("-H 'Host: attacker.example'", .http1, url: url).status == 421)
        #expect(try Curl.run("", .http2, url: url + "/report.html").status == 404)

        // Another run cannot have the port, and says so before it begins.
        let port = url.split(separator: ":").last.map(String.init) ?? ""
        let second = try Executable.trainer.run(
            ["train", "--config", "config.yaml", "--output", "second", "--dashboard", port], in: training.folder.url)
        #expect(second.status == 71 && second.error.contains("--dashboard: cannot listen on 127.0.0.1 port \(port)"))
        #expect(!training.exists("second"))

        kill(trainer.processIdentifier, SIGINT)
        try #require(trainer.ends(within: 30), "it did not end")
        #expect(trainer.terminationStatus == 130)
        let report = try String(contentsOfFile: training.path(of: "run/report.html"), encoding: .utf8)
        #expect(report.contains("Not finished"))
    }
}
