/// A piece of a written answer.
enum MathToken: Hashable, Sendable {
    /// Digits with at most one decimal point, without separators.
    case number(String)
    /// Letters without a space between them, as written.
    case word(String)
    /// A LaTeX command without its backslash, such as `frac`; spacing and sizing commands never come here.
    case command(String)
    /// What is inside `\text{}` and its like.
    case text(String)
    /// An environment's name, as in `\begin{pmatrix}`.
    case begin(String), end(String)
    /// An operator, a bracket or a separator. `\{` and `\}` are `⦃` and `⦄`, so that they differ from the braces that group; `\\` is `⏎`.
    case sign(Unicode.Scalar)
}

/// A token, and whether white space stood before it.
struct PlacedToken: Hashable, Sendable {
    var token: MathToken
    var spaceBefore: Bool
}
