import Foundation
import TestSupport
import Testing
import Training

@Suite struct RunDirectoryTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func reservingMakesNothing() throws {
        let run = try RunDirectory.reserve(folder.file("runs/first"))
        #expect(run.path == folder.file("runs/first"))
        #expect(try folder.names() == [])
    }

    @Test func creatingMakesTheFoldersAndKeepsTheConfiguration() throws {
        let run = try RunDirectory.create(folder.file("runs/first"), configuration: "seed: 1\n")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: run.path).sorted() == [
                "checkpoints", "config.yaml", "rollouts",
            ])
        #expect(try String(contentsOfFile: run.configurationPath, encoding: .utf8) == "seed: 1\n")
        #expect(try run.metrics() == [] && run.checkpointSteps() == [])
        #expect(try RunDirectory.open(run.path).path == run.path)
        for make in [{ try RunDirectory.reserve(run.path) }, { try RunDirectory.create(run.path, configuration: "") }] {
            #expect { try make() } throws: { ($0 as? TrainingError)?.kind == .runDirectory }
        }
        #expect(try String(contentsOfFile: run.configurationPath, encoding: .utf8) == "seed: 1\n")
    }

    @Test func aRunIsOverwrittenWhereThatIsSaid() throws {
        let run = try RunDirectory.create(folder.file("run"), configuration: "seed: 1\n")
        for name in ["checkpoints/step-3/model", "rollouts/step-3.jsonl.zst", "metrics.jsonl", "notes.txt"] {
            let file = run.path + "/" + name
            try FileManager.default.createDirectory(
                atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data("x".utf8).write(to: URL(filePath: file))
        }
        #expect(try RunDirectory.reserve(run.path, overwriting: true).checkpointSteps() == [3])
        let lock = try run.lock()
        #expect { try RunDirectory.create(run.path, overwriting: true, configuration: "") } throws: {
            "\($0)".contains("is being trained by another process")
        }
        #expect(run.checkpointSteps() == [3])
        _ = consume lock
        _ = try RunDirectory.create(run.path, overwriting: true, configuration: "seed: 2\n")
        #expect(try run.metrics() == [] && run.checkpointSteps() == [])
        // What is not a run's own stays.
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: run.path).sorted() == [
                ".lock", "checkpoints", "config.yaml", "notes.txt", "rollouts",
            ])
    }

    @Test func oneProcessTrainsInARun() throws {
        let run = try RunDirectory.create(folder.file("run"), configuration: "")
        let lock = try run.lock()
        #expect { try run.lock() } throws: {
            "\($0)"
                == "\(run.path) is being trained by another process: wait until it has ended, or stop it, before you continue the run"
        }
        _ = consume lock
        _ = try run.lock()
    }

    @Test func whatIsNoRunIsNamed() throws {
        #expect { try RunDirectory.open(folder.path) } throws: {
            "\($0)" == "\(folder.path) holds no run: there is no \(folder.path)/config.yaml"
        }
        let file = try folder.write("", to: "file")
        #expect { try RunDirectory.create(file + "/run", configuration: "") } throws: {
            "\($0)".contains("\(file)/run cannot be made")
        }
    }

    @Test func onlyWholeCheckpointsCount() throws {
        let run = try RunDirectory.create(folder.file("run"), configuration: "")
        for name in ["step-20", "step-3", ".step-30.partial", "step-", "step-x", "other"] {
            try FileManager.default.createDirectory(
                atPath: run.path + "/checkpoints/" + name, withIntermediateDirectories: true)
        }
        #expect(run.checkpointSteps() == [3, 20])
        #expect(run.checkpoint(at: 20) == run.path + "/checkpoints/step-20")
    }

    @Test func aDamagedLineOfMetricsIsNamed() throws {
        let run = try RunDirectory.create(folder.file("run"), configuration: "")
        try folder.write("{\"step\":1,\"phase\":0,\"method\":\"sft\"}\n{\"step\":\"2\"}\n", to: "run/metrics.jsonl")
        #expect { try run.metrics() } throws: {
            "\($0)".hasPrefix("\(run.metricsPath):2: ") && "\($0)".contains("/step")
        }
    }
}
