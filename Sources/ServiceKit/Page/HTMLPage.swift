import HTTPTypes
import Transport

/// A page that is whole in itself: nothing is loaded from anywhere, and nothing but its own style and script counts.
public struct HTMLPage: Sendable {
    private let title: String
    private let style: String
    private let script: String
    private let body: String

    /// All of these are the program's own: they stand in the page as they are. Whatever comes from a person reaches it by script, as text.
    public init(title: String, style: String, script: String, body: String) {
        precondition(
            !style.contains("</") && !script.contains("</"), "style and script must not close their own element")
        self.title = title
        self.style = style
        self.script = script
        self.body = body
    }

    /// The page with a policy that lets through its own style and script, by a number used once, and calls to its own server; nothing else.
    public func response() -> ServerResponse {
        let nonce = Self.nonce()
        let policy = [
            "default-src 'none'", "style-src 'nonce-\(nonce)'", "script-src 'nonce-\(nonce)'", "connect-src 'self'",
            "img-src data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        ]
        let html = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(title)</title>
            <link rel="icon" href="data:,">
            <style nonce="\(nonce)">
            \(style)
            </style>
            </head>
            <body>
            \(body)
            <script nonce="\(nonce)">
            \(script)
            </script>
            </body>
            </html>

            """
        var response = ServerResponse.text(html, contentType: "text/html; charset=utf-8")
        response.headers[Self.policyField] = policy.joined(separator: "; ")
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[Self.referrerField] = "no-referrer"
        // A number used once must not come out of a cache.
        response.headers[.cacheControl] = "no-store"
        response.headers[.vary] = "accept"
        return response
    }

    private static let policyField = HTTPField.Name("content-security-policy")!
    private static let referrerField = HTTPField.Name("referrer-policy")!

    private static func nonce() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let digits = String(generator.next(), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
