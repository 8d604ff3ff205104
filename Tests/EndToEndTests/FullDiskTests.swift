import Foundation
import Testing

/// A run whose disk takes no more. In a mount namespace of its own, where a small file system is made: skipped where that is not allowed.
@Suite struct FullDiskTests {
    private static let skipped: String? = {
        let outcome = try? shell("mount -t tmpfs tmpfs /mnt && echo mounted", in: nil)
        return outcome?.output == "mounted\n" ? nil : "no file system can be mounted here"
    }()

    /// Runs a script as the root of a mount namespace.
    private static func shell(
        _ script: String, in folder: URL?
    ) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["unshare"] + (geteuid() == 0 ? ["--mount"] : ["--map-root-user", "--mount"]) + ["sh", "-c", script]
        process.currentDirectoryURL = folder
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    private func run(_ script: String, on training: inout SmallTraining) throws -> String {
        training.policySteps = 40
        training.checkpoints = "interval: 7, keepLast: 20"
        let service = try RunningService(.reward)
        training.rewardURL = service.url
        try #require(try training.train("undisturbed").status == 0)
        let trainer = Executable.trainer.url.path
        let outcome = try Self.shell(
            "set -e; train() { \"\(trainer)\" train \"$@\" || echo \"status $?\"; }\n" + script, in: training.folder.url
        )
        #expect(outcome.status == 0, "\(outcome.output)")
        return outcome.output
    }

    @Test(.enabled(if: skipped == nil, "\(skipped ?? "")"))
    func aFullDiskStopsTheRunWhichGoesOnWhenThereIsRoom() throws {
        var training = try SmallTraining()
        let output = try run(
            """
            mkdir disk && mount -t tmpfs -o size=100m tmpfs disk
            train --config config.yaml --output probe
            each=$(du -sk probe/checkpoints/step-7 | cut -f1)
            rm -r probe
            mount -o remount,size=$((each * 3 + 40))k disk
            train --config config.yaml --output disk/run
            echo checkpoints $(ls disk/run/checkpoints | wc -l)
            echo hidden $(ls -A disk/run/checkpoints | grep -c partial)
            mount -o remount,size=100m disk
            train --resume disk/run
            cp -r disk/run run
            """, on: &training)
        #expect(output.contains("No space left on device"), "\(output)")
        #expect(output.contains("Continue with: stepwise-trainer train --resume disk/run\n"), "\(output)")
        #expect(output.components(separatedBy: "status 74\n").count == 2, "\(output)")
        #expect(!output.contains(".partial"), "\(output)")
        #expect(output.contains("hidden 0\n"), "\(output)")
        try training.expectEqual("run", "undisturbed")
    }

    @Test(.enabled(if: skipped == nil, "\(skipped ?? "")"))
    func aCheckpointFolderThatBecomesReadOnly() throws {
        var training = try SmallTraining()
        let output = try run(
            """
            mkdir -p disk
            mount -t tmpfs -o size=100m tmpfs disk
            train --config config.yaml --output disk/run > log 2>&1 &
            while [ ! -e disk/run/checkpoints/step-14 ]; do sleep 0.02; done
            mount --bind disk/run/checkpoints disk/run/checkpoints
            mount -o remount,bind,ro disk/run/checkpoints
            wait
            cat log
            umount disk/run/checkpoints
            train --resume disk/run
            cp -r disk/run run
            """, on: &training)
        #expect(output.contains("Read-only file system"), "\(output)")
        #expect(output.contains("disk/run/checkpoints/step-"), "\(output)")
        #expect(output.contains("status 74\n"), "\(output)")
        try training.expectEqual("run", "undisturbed")
    }
}
