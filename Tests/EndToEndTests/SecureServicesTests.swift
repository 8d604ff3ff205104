import Foundation
import ServiceAPI
import TestSupport
import Testing

/// The executables over TLS and with tokens, as an operator runs them.
@Suite(.enabled(if: TestAuthority.isAvailable, "openssl is needed to make certificates"))
struct SecureServicesTests {
    private static let token = "a-token-of-the-first-kind"
    private static let other = "a-token-of-the-other-kind"

    private let folder: TemporaryFolder
    private let authority: TestAuthority
    private let server: TestAuthority.Identity

    init() throws {
        folder = try TemporaryFolder()
        authority = try TestAuthority(in: folder.url.path)
        server = try authority.issue("server")
    }

    private var tls: [String] { ["--certificate-file", server.certificate, "--key-file", server.key] }

    private func log(_ service: RunningService) -> String {
        (try? String(contentsOf: service.log, encoding: .utf8)) ?? ""
    }

    private func reward(_ service: RunningService, tokenFile: String? = nil) -> String {
        let token = tokenFile.map { ", tokenFile: \($0)" } ?? ""
        return "urls: [\"\(service.url)\"], tls: {caFile: \(authority.file)}\(token), deadlineSeconds: 60"
    }

    @Test(arguments: [Executable.reward, .evaluator])
    func mutualTLSAndATokenAreBothAskedFor(executable: Executable) throws {
        let tokens = try folder.write(Self.token + "\n", to: "tokens")
        let roots =
            executable.name == "stepwise-evaluator"
            ? ["--checkpoint-root", folder.url.path, "--benchmark-root", folder.url.path, "--results", folder.url.path]
            : []
        let service = try RunningService(
            executable, tls + ["--client-ca-file", authority.file, "--token-file", tokens] + roots)
        #expect(service.url.hasPrefix("https://127.0.0.1:"))
        #expect(log(service).contains("notice \(executable.name): TLS clientCertificates=required"))
        let own = try authority.issue("operator")
        func health(_ arguments: [String]) throws -> Executable.Outcome {
            try executable.run(["health", "--url", service.url] + arguments)
        }
        let files = ["--ca-file", authority.file, "--certificate-file", own.certificate, "--key-file", own.key]
        let well = try health(files)
        #expect(well.status == 0 && well.output == "ready\n", "\(well.error)")
        let without = try health(["--ca-file", authority.file])
        #expect(without.status == 1)
        #expect(without.error.contains("the server asks for a client certificate; give one"), "\(without.error)")
        let unknown = try health([])
        #expect(
            unknown.status == 1 && unknown.error.contains("an authority that is not known here"), "\(unknown.error)")
        let missing = try health(["--ca-file", "/no/such.pem"])
        #expect(missing.status == 78 && missing.error == "error: /no/such.pem: there is no such file\n")
        #expect(try service.stop() == 0)
        #expect(!log(service).contains(Self.token))
    }

    @Test func theRewardServicePassesConformanceBehindTLSAndAToken() throws {
        let tokens = try folder.write(Self.token + "\n", to: "tokens")
        let service = try RunningService(.reward, tls + ["--token-file", tokens])
        let files = ["conform", "--url", service.url, "--ca-file", authority.file]
        let outcome = try Executable.reward.run(files + ["--token-file", tokens])
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.output.contains(" 0 failed, 0 not tried"))
        let refused = try Executable.reward.run(files)
        #expect(refused.status == 1 && refused.output.contains("401"), "\(refused.output)")
    }

    @Test func trainingGoesOnWhileTokensAndCertificatesAreExchanged() throws {
        let tokens = try folder.write(Self.token + "\n", to: "tokens")
        let own = try folder.write(Self.token + "\n", to: "trainer-token")
        let service = try RunningService(.reward, tls + ["--token-file", tokens])
        var training = try SmallTraining()
        training.supervisedSteps = 5
        training.policySteps = 3000
        training.reward = reward(service, tokenFile: own)
        let process = try training.start("run")
        #expect(eventually { training.loggedSteps("run") > 10 }, "\(training.said("run"))")
        // Both count, the trainer takes the other one, the first one is withdrawn.
        _ = try folder.write("\(Self.token)\n\(Self.other)\n", to: "tokens")
        #expect(eventually { log(service).contains("the tokens have been read again") })
        _ = try folder.write(Self.other + "\n", to: "trainer-token")
        _ = try folder.write(Self.other + "\n", to: "tokens")
        try authority.issue("server")
        #expect(eventually { log(service).contains("the certificate has been read again") })
        let step = training.loggedSteps("run")
        #expect(eventually { training.loggedSteps("run") > step + 20 || !process.isRunning })
        kill(process.processIdentifier, SIGTERM)
        #expect(process.ends(within: 30) && process.terminationStatus == 143, "\(training.said("run"))")
        for text in [log(service), training.said("run")] {
            #expect(!text.contains(Self.token) && !text.contains(Self.other))
        }
    }

    @Test func aTokenThatIsWithdrawnStopsTrainingWithOneMessage() throws {
        let tokens = try folder.write(Self.token + "\n", to: "tokens")
        let own = try folder.write(Self.token + "\n", to: "trainer-token")
        let service = try RunningService(.reward, tls + ["--token-file", tokens])
        var training = try SmallTraining()
        training.supervisedSteps = 5
        training.policySteps = 3000
        training.reward = reward(service, tokenFile: own)
        let process = try training.start("run")
        #expect(eventually { training.loggedSteps("run") > 10 }, "\(training.said("run"))")
        _ = try folder.write(Self.other + "\n", to: "tokens")
        #expect(process.ends(within: 60) && process.terminationStatus == 69, "\(training.said("run"))")
        let said = training.said("run")
        #expect(said.contains("Continue with: stepwise-trainer train --resume"))
        let errors = said.split(separator: "\n").filter { $0.hasPrefix("error: ") }
        #expect(errors.count == 1)
        #expect(
            errors.first?.contains(
                "POST \(service.url)/v1/score was refused: 401 A valid token is needed: the bearer token is none that this service takes"
            ) == true, "\(said)")

        // Without one, nothing is begun.
        training.reward = reward(service)
        let outcome = try training.train("again")
        #expect(outcome.status == 69 && !training.exists("again"))
        #expect(
            outcome.error.hasPrefix(
                "error: the reward service refuses: GET \(service.url)/v1/rewards was refused: 401 ")
                && outcome.error.hasSuffix(". Name the file of its token in 'reward.tokenFile'\n"), "\(outcome.error)")
    }

    @Test func aCertificateThatExpiresDuringTrainingStopsItWithOneMessage() throws {
        let service = try RunningService(.reward, tls)
        var training = try SmallTraining()
        training.supervisedSteps = 5
        training.policySteps = 3000
        training.reward = reward(service)
        let process = try training.start("run")
        #expect(eventually { training.loggedSteps("run") > 10 }, "\(training.said("run"))")
        // Who is connected stays so: the certificate is looked at by the next connection.
        service.kill9()
        try authority.issue("server", days: -1)
        let expired = try RunningService(.reward, port: service.port, tls)
        #expect(log(expired).contains("the certificate has expired: clients will refuse it"))
        #expect(process.ends(within: 60) && process.terminationStatus == 69, "\(training.said("run"))")
        let errors = training.said("run").split(separator: "\n").filter { $0.hasPrefix("error: ") }
        #expect(errors.count == 1)
        #expect(
            errors.first?.contains("the server's certificate expired on ") == true
                && errors.first?.contains("POST \(service.url)/v1/score") == true, "\(errors)")

        // The same at the start: nothing is written.
        training.reward = reward(expired)
        let outcome = try training.train("again")
        #expect(outcome.status == 69 && !training.exists("again"))
        #expect(
            outcome.error.hasPrefix(
                "error: there is no secure connection to the reward service: GET \(service.url)/v1/rewards failed after 1 attempt"
            ), "\(outcome.error)")
        #expect(outcome.error.count { $0 == "\n" } == 1)

        // Renewed, without a restart, the run goes on where it was.
        try authority.issue("server")
        #expect(eventually { log(expired).contains("the certificate has been read again") })
        let resumed = try training.startResume("run")
        let step = training.loggedSteps("run")
        #expect(eventually { training.loggedSteps("run") > step + 3 }, "\(training.said("run-resumed"))")
        kill(resumed.processIdentifier, SIGTERM)
        #expect(resumed.ends(within: 30))
    }

    @Test(.enabled(if: Python.isInstalled, "python3 is needed"))
    func theShimsShowATokenAndBelieveAnAuthority() throws {
        let tokens = try folder.write("# ours\n\n\(Self.token) trainer\n", to: "tokens")
        let service = try RunningService(.reward, tls + ["--token-file", tokens])
        func run(_ options: String) throws -> String {
            let outcome = try Python.run(
                """
                import asyncio
                from stepwise_trl import stepwise_reward
                from stepwise_verl import compute_score
                url, options = "\(service.url)", dict(\(options))
                try:
                    trl = stepwise_reward(url, **options)(prompts=["p"], completions=["<think></think>x"], expert_step=["x"])
                    verl = compute_score("d", "<think></think>x", "x", url=url, **options)
                    print(asyncio.run(trl), asyncio.run(verl)["score"])
                except Exception as error:
                    print(error)
                """, modules: Checkout.url.appending(path: "services/reward/clients"))
            return outcome.output + outcome.error
        }
        let authority = "ca_file='\(authority.file)'"
        #expect(try run("\(authority), token_file='\(tokens)'") == "[1] 1\n")
        #expect(try run(authority).contains("answered 401: "))
        let empty = try folder.write("# none\n", to: "empty")
        #expect(try run("\(authority), token_file='\(empty)', deadline=1000").contains("holds no token"))
        // At once, and not at the deadline.
        #expect(try run("token_file='\(tokens)', deadline=1000").contains("CERTIFICATE_VERIFY_FAILED"))
    }

    @Test func withoutTokensMutualTLSOrInsecureOnlyLoopbackIsListenedOn() throws {
        for executable in [Executable.reward, .evaluator] {
            let outcome = try executable.run(["serve", "--host", "0.0.0.0", "--port", "0"] + tls)
            #expect(outcome.status == 78)
            #expect(outcome.error.hasPrefix("error: will not listen on 0.0.0.0: whoever reaches that address"))
        }
    }
}
