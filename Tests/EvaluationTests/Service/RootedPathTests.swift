import Evaluation
import Foundation
import ServiceAPI
import TestSupport
import Testing

@Suite struct RootedPathTests {
    private let folder: TemporaryFolder
    private let paths: RootedPath

    /// `root/a/b` and `outside`; links in the root to both, and a folder beside it whose name begins as the root's does.
    init() throws {
        folder = try TemporaryFolder()
        let files = FileManager.default
        for name in ["root/a/b", "outside", "root-b"] {
            try files.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
        }
        try files.createSymbolicLink(atPath: folder.file("root/out"), withDestinationPath: "../outside")
        try files.createSymbolicLink(atPath: folder.file("root/beside"), withDestinationPath: folder.file("root-b"))
        try files.createSymbolicLink(atPath: folder.file("root/in"), withDestinationPath: "a/b")
        try files.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: "root")
        paths = RootedPath(root: folder.file("root"))
    }

    @Test(arguments: [("a", "a"), ("a/b", "a/b"), ("a/b/", "a/b"), ("./a", "a"), ("a//b", "a/b"), ("in", "a/b")])
    func findsWhatLiesBelow(path: String, expected: String) throws {
        #expect(try paths.resolve(path, pointer: "/checkpoint") == paths.root + "/" + expected)
        // A root that is a link itself is the folder it leads to.
        #expect(try RootedPath(root: folder.file("link")).resolve(path, pointer: "") == paths.root + "/" + expected)
    }

    @Test(arguments: [
        ("/etc", "is absolute"), ("..", "must not leave"), ("a/../..", "must not leave"),
        ("a/../a", "must not leave"), ("out", "must not leave"), ("out/../a", "must not leave"),
        ("beside", "must not leave"), ("nothing", "does not exist"), ("a/\u{0}", "does not exist"),
    ])
    func refusesTheRest(path: String, reason: String) throws {
        let error = #expect(throws: ProblemDetails.self) { try paths.resolve(path, pointer: "/checkpoint") }
        #expect(error?.status == 422 && error?.pointer == "/checkpoint")
        #expect(error?.detail?.contains(reason) == true, "\(String(describing: error))")
    }
}
