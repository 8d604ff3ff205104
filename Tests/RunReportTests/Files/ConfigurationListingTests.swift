import RunReport
import Testing

@Suite struct ConfigurationListingTests {
    @Test func valuesHaveTheKeysThatMessagesHave() throws {
        let listing = try ConfigurationListing(WrittenRun.configuration, path: "config.yaml")
        #expect(listing["phases[1].method"] == "srl" && listing["reward.urls"] == "[http://127.0.0.1:8080]")
        #expect(listing["reward.parameters"] == "{}" && listing["reward"] == nil)
        #expect(listing.phases.map(\.method) == ["sft", "srl"] && listing.phases.map(\.steps) == [3, 3])
        #expect { try ConfigurationListing("a: [", path: "there/config.yaml") } throws: {
            "\($0)".hasPrefix("there/config.yaml: is not valid YAML")
        }
    }

    @Test func differencesAreWhatNotAllHave() throws {
        let one = try ConfigurationListing("seed: 1\nmodel: {a: 2}\n", path: "")
        let other = try ConfigurationListing("seed: 2\nmodel: {a: 2, b: x}\n", path: "")
        let differences = ConfigurationListing.differences([one, other])
        #expect(differences.map(\.key) == ["seed", "model.b"])
        #expect(differences.map(\.values) == [["1", "2"], [nil, "x"]])
        #expect(ConfigurationListing.differences([one, one]).isEmpty)
    }

    /// A report is passed on.
    @Test func secretsAreLeftOut() throws {
        let text =
            "reward:\n  token: abc123\n  servers:\n  - token: \"x: y\"\n    maximumTokens: 7\n  password:\n    inner: 1\n"
        let listing = try ConfigurationListing(text, path: "")
        #expect(!listing.text.contains("abc123") && !listing.text.contains("x: y"))
        #expect(listing.text.contains("  token: (left out)\n") && listing.text.contains("maximumTokens: 7"))
        #expect(listing["reward.token"] == "(left out)" && listing["reward.servers[0].maximumTokens"] == "7")
    }
}
