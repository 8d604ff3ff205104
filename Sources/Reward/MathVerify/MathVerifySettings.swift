/// How answers are compared; names and defaults are math-verify's (`verify` of Hugging Face's package).
package struct MathVerifySettings: Hashable, Sendable {
    /// Decimals to which a number written with a decimal point is compared: at 6, 0.333333 is 1/3 and 0.33 is not.
    package var floatRounding = 6
    /// Digits to which other numbers must agree; the last three are left to rounding.
    package var numericPrecision = 15
    /// Whether variables are told apart by name, and sets from tuples.
    package var strict = true
    /// Whether a prediction `1 < x < 2` is the expert's (1, 2). The other way round it always is.
    package var allowSetRelationComp = false

    package init() {}
}
