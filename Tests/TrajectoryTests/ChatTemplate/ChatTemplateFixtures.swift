import Foundation
import Trajectory
import Zstandard

/// What `Tests/Fixtures/make_chat_templates.py` had transformers render.
enum ChatTemplateFixtures {
    struct Case {
        let name: String
        let template: String
        let messages: [TemplateValue]
        let tools: [TemplateValue]?
        let addsGenerationPrompt: Bool
        let variables: [String: TemplateValue]
        /// Nil where transformers refuses.
        let rendered: String?
    }

    /// When transformers rendered, for templates that write the date.
    static let now = Calendar(identifier: .gregorian).date(
        from: DateComponents(year: 2025, month: 11, day: 3, hour: 14, minute: 5, second: 9))

    static func cases() throws -> [Case] {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Fixtures/chat-templates.jsonl.zst").path
        let reader = try LineReader(path: path)
        var cases: [Case] = []
        var name = ""
        var template = ""
        while let line = try reader.next() {
            let row = try TemplateValue(json: line.text)
            if let text = row["template"]?.string {
                template = text
                name = row["name"]?.string ?? ""
                continue
            }
            let entries = row["variables"]?.entries ?? []
            cases.append(
                Case(
                    name: name, template: template, messages: row["messages"]?.items ?? [], tools: row["tools"]?.items,
                    addsGenerationPrompt: row["add"]?.isTrue ?? false,
                    variables: Dictionary(uniqueKeysWithValues: entries.map { ($0.key, $0.value) }),
                    rendered: row["rendered"]?.string))
        }
        return cases
    }

    static func template(_ name: String) throws -> ChatTemplate {
        let source = try cases().first { $0.name == name }?.template
        return try ChatTemplate(source ?? "")
    }
}

extension TemplateValue {
    fileprivate subscript(key: String) -> TemplateValue? { entries.first { $0.key == key }?.value }
    fileprivate var string: String? { if case .string(let text) = self { text } else { nil } }
}
