import Foundation
import Reward
import ServiceAPI
import Testing

@Suite struct AgentActionRewardTests {
    private func score(_ expert: String, _ actions: [String], _ parameters: [String: JSONValue] = [:]) throws
        -> [ItemScore]
    {
        try AgentActionReward(parameters: parameters).score(ScoreGroup(id: "g", expert: expert, actions: actions))
            .scores
    }

    private static let view = """
        Let's look at the file:

        <function=str_replace_editor>
        <parameter=command>view</parameter>
        <parameter=path>/testbed/a.py</parameter>
        <parameter=view_range>[6035, 6050]</parameter>
        </function>
        """

    /// One call in the ways in which agents write it.
    @Test(arguments: [
        view,
        "<function=str_replace_editor><parameter=view_range>[6035,6050]</parameter><parameter=path>/testbed/a.py</parameter><parameter=command>view</parameter></function>",
        #"{"name": "str_replace_editor", "arguments": {"view_range": [6035, 6050], "path": "/testbed/a.py", "command": "view"}}"#,
        #"{"type": "function", "function": {"name": "str_replace_editor", "arguments": "{\"path\": \"/testbed/a.py\", \"command\": \"view\", \"view_range\": [6035, 6050]}"}}"#,
        #"{"tool_calls": [{"function": {"name": "str_replace_editor", "arguments": {"command": "view", "path": "/testbed/a.py", "view_range": [6035, 6050]}}}]}"#,
        "I view it.\n<tool_call>\n{\"name\": \"str_replace_editor\", \"arguments\": {\"path\": \"/testbed/a.py\", \"view_range\": [6035, 6050], \"command\": \"view\"}}\n</tool_call>",
        "str_replace_editor view /testbed/a.py  --view_range 6035 6050",
    ])
    func theNotationDoesNotCount(action: String) throws {
        let score = try score(Self.view, [action])[0]
        #expect(score == .scored(reward: 1, components: ["similarity": 1, "sameTool": 1, "sameArguments": 1]))
    }

    @Test(arguments: [
        #"find /testbed -name "*.py" | head -20"#, "find  /testbed   -name '*.py'|head -20",
        #"find /testbed -name \*.py | head -20;"#,
        "```bash\nfind /testbed -name '*.py' | head -20\n```", "find /testbed -name '*.py' \\\n  | head -20\n",
        #"{"name": "execute_bash", "arguments": {"cmd": "find /testbed -name '*.py' | head -20"}}"#,
        "<function=bash>\n<parameter=command>find /testbed -name \"*.py\" | head -20</parameter>\n</function>",
    ])
    func quotesAndSpacesOfACommandDoNotCount(action: String) throws {
        #expect(try score("find /testbed -name '*.py' | head -20", [action])[0].reward == 1)
    }

    @Test func whatDiffersCountsAsInSimilarity() throws {
        let scores = try score("ls -la /tmp", ["ls -l /tmp", "ls -la '/tmp x'", "submit"])
        let plain = try SimilarityReward(parameters: [:])
            .score(ScoreGroup(id: "g", expert: "ls -la /tmp", actions: ["ls -l /tmp", "ls -la '/tmp x'", "submit"]))
            .scores
        #expect(scores.map(\.reward) == plain.map(\.reward))
        let strict = try score("ls -la /tmp", ["ls -l /tmp", "submit"], ["requireSameTool": true])
        #expect(strict[0].reward == plain[0].reward && strict[1].reward == 0)
    }

    @Test func severalCallsAreComparedInOrder() throws {
        let first = "<function=a><parameter=x>1</parameter></function>"
        let second = "<function=b></function>"
        #expect(try score(first + second, [first + "\n" + second])[0].reward == 1)
        #expect(try #require(try score(first + second, [second + first])[0].reward) < 1)
    }

    @Test func wordsAreComparedWhenAsked() throws {
        let actions = ["I look.\n```\nls\n```", "We should see.\n```\nls\n```"]
        #expect(try score(actions[0], actions).map(\.reward) == [1, 1])
        let compared = try score(actions[0], actions, ["words": "compare"])
        #expect(compared[0].reward == 1)
        #expect(try #require(compared[1].reward) < 1)
    }

    @Test(arguments: [
        ("<function=bash><parameter=command>ls", "unclosedFunction"),
        ("<function=bash><parameter=command>ls</function>", "unclosedParameter"),
        ("<function=a><parameter=x>1</parameter><parameter=x>2</parameter></function>", "repeatedParameter"),
        ("<tool_call>{\"name\": \"a\"}", "unclosedToolCall"), ("<tool_call>ls</tool_call>", "toolCallIsNoJSON"),
        ("{\"arguments\": {}}", "callWithoutName"), ("[]", "noCall"),
        ("{\"name\": \"a\", \"arguments\": \"x\"}", "argumentsAreNoJSON"),
        ("{\"name\": \"a\", \"arguments\": [1]}", "argumentsAreNoObject"),
    ])
    func aBrokenCallIsAFormatViolation(action: String, reason: String) throws {
        #expect(try score("ls", [action]) == [.formatViolation(reward: -1, reason: reason)])
        guard case .error(let error) = try score(action, ["ls"])[0] else {
            Issue.record("an expert's broken call must be an error")
            return
        }
        #expect(error.code == "expertUnparsable" && error.message.hasSuffix(reason))
    }

    /// SWE-smith's own: what the XML messages and the trajectory's `action` say is the same call.
    @Test func realTrajectoriesAgreeInBothNotations() throws {
        guard try SharedData() != nil else { return }
        let folder = SharedData.repository + "/../shared/data/swe/"
        let text = try String(contentsOfFile: folder + "ft_xml_example.jsonl", encoding: .utf8)
        var calls = 0
        for line in text.split(separator: "\n") {
            guard case .object(let row) = try JSONDecoder().decode(JSONValue.self, from: Data(line.utf8)),
                case .array(let messages)? = row["messages"]
            else { continue }
            for case .object(let message) in messages where message["role"] == "assistant" {
                guard case .string(let content)? = message["content"] else { continue }
                calls += 1
                let score = try score(content, [content, "no such thing"])
                #expect(
                    score[0] == .scored(reward: 1, components: ["similarity": 1, "sameTool": 1, "sameArguments": 1]))
                #expect(try #require(score[1].reward) < 0.9)
            }
        }
        #expect(calls > 10)
    }
}
