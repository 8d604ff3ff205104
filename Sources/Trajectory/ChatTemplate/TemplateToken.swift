/// A piece of a template: text as it is, or a part of a tag.
struct TemplateToken: Equatable {
    enum Kind: Equatable {
        /// Text between tags, white space control applied.
        case data(String)
        case blockBegin, blockEnd, variableBegin, variableEnd
        case name(String)
        case string(String)
        case integer(Int)
        case number(Double)
        case symbol(String)
        case end
    }

    let kind: Kind
    let line: Int

    /// As errors write it.
    var text: String {
        switch kind {
        case .data: "text"
        case .blockBegin: "{%"
        case .blockEnd: "%}"
        case .variableBegin: "{{"
        case .variableEnd: "}}"
        case .name(let name): name
        case .string(let text): "'\(text.prefix(40))'"
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .symbol(let symbol): symbol
        case .end: "the end of the template"
        }
    }
}
