import ServiceKit
import Testing

@Suite struct MediaPreferenceTests {
    private static let offered = ["application/json", "text/html"]

    @Test(
        arguments: [
            // Browsers.
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
            // curl, aiohttp and requests; no header at all.
            ("*/*", "application/json"), (nil, "application/json"), ("", "application/json"),
            ("application/json, text/html", "application/json"), ("text/html, application/json", "application/json"),
            ("text/html;q=0.5, application/json;q=0.4", "text/html"),
            ("text/*, application/json;q=0.9", "text/html"),
            // The exact range counts, not the wide one before it.
            ("*/*, text/html;q=0.1", "application/json"), ("text/*;q=1, text/html;q=0", "application/json"),
            ("TEXT/HTML ; Q=0.9", "text/html"), ("text/html;level=1", "application/json"),
            ("text/html;q=2", "application/json"), ("nonsense, /, text/html", "text/html"),
            ("image/png", "application/json"),
        ] as [(String?, String)])
    func choosesAsTheClientWeighs(accept: String?, expected: String) {
        #expect(MediaPreference.choose(from: Self.offered, accept: accept) == expected)
    }
}
