import Reward
import Testing

/// The response in OpenRLHF's `query`, by the rules of docs/integrations/openrlhf.md.
@Suite struct ResponseTextTests {
    private static let texts = ResponseText(
        startTokens: ["<s>", "<|begin_of_text|>"], endTokens: ["<|im_end|>", "</s>", ""])
    private static let prompt =
        "<|im_start|>user\nWhat is 5 + 3? And what is 5 + 3 + 2?<|im_end|>\n<|im_start|>assistant\n"

    @Test(arguments: [
        // As it is, with its end token, and with several.
        (prompt + "8<|im_end|>", prompt, "8"),
        (prompt + "8", prompt, "8"),
        (prompt + " 8 \n<|im_end|>\n</s></s>", prompt, " 8 \n"),
        (prompt + "8 \n", prompt, "8 \n"),
        (prompt, prompt, ""),
        (prompt + "</s>", prompt, ""),
        ("8</s>", "", "8"),
        // Only at the end.
        (prompt + "a<|im_end|>b", prompt, "a<|im_end|>b"),
        // Special tokens before either.
        ("<s>" + prompt + "8", prompt, "8"),
        ("<s><s>" + prompt + "8", "<s>" + prompt, "8"),
        (prompt + "8", "<|begin_of_text|>" + prompt, "8"),
        // The response may begin as the prompt does.
        (prompt + prompt + "8", prompt, prompt + "8"),
        // Truncated on the left, also within a character.
        ("5 + 3 + 2?<|im_end|>\n<|im_start|>assistant\n10<|im_end|>", prompt, "10"),
        ("<s>what is 5 + 3 + 2?<|im_end|>\n<|im_start|>assistant\n10", "<s>" + prompt, "10"),
        ("\u{FFFD}\u{FFFD}+ 3 + 2?<|im_end|>\n<|im_start|>assistant\n10", prompt, "10"),
        (String(prompt.suffix(16)) + "8", prompt, "8"),
    ])
    func findsTheResponse(query: String, prompt: String, response: String) {
        #expect(Self.texts.response(in: query, after: prompt) == response)
    }

    @Test(arguments: [
        // Another prompt, whose end alone is the same: anything may end in a line break.
        ("\n8", prompt),
        (String(prompt.suffix(15)) + "8", prompt),
        ("Q: 5 + 3?\nA: 8", prompt),
        ("", prompt),
        // The prompt is there, and not at the beginning.
        ("x" + prompt + "8", prompt),
        // The same to a reader, and not the same text.
        ("Caf\u{E9}, and a long question? 8", "Cafe\u{301}, and a long question?"),
    ])
    func refusesToGuess(query: String, prompt: String) {
        #expect(Self.texts.response(in: query, after: prompt) == nil)
    }

    /// Of an end that occurs twice, the longer one: less of the prompt is scored.
    @Test func takesTheLongestEndOfThePrompt() {
        let prompt = "zzz" + String(repeating: "ab", count: 20)
        let query = String(repeating: "ab", count: 12) + "c"
        #expect(Self.texts.response(in: query, after: prompt) == "c")
    }

    /// Compared with the definition, at every length at which a prompt can be truncated.
    @Test func everyTruncationIsFound() {
        let prompt = Self.prompt + "é x é x é"
        for start in prompt.indices {
            let rest = prompt[start...]
            let expected = rest.utf8.count >= ResponseText.leastTruncatedPrompt ? "<think>a</think>b" : nil
            #expect(Self.texts.response(in: rest + "<think>a</think>b", after: prompt) == expected, "\(rest)")
        }
    }

    @Test func endTokensAreTakenOffResponses() {
        #expect(Self.texts.withoutEndTokens("a b\n<|im_end|> \n") == "a b\n")
        #expect(Self.texts.withoutEndTokens("a b\n") == "a b\n")
        #expect(Self.texts.withoutEndTokens("<|im_end|>") == "")
        #expect(Self.texts.withoutEndTokens("") == "")
    }
}
