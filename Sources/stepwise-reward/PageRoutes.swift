import HTTPTypes
import ServiceAPI
import ServiceKit
import Transport

/// What stands at the service's root: a page for people, and for NeMo Gym, which asks there whether a server is up, that it is.
struct PageRoutes: Sendable {
    private static let page = HTMLPage(
        title: "stepwise-reward: why a score is what it is", style: PageStyle.text, script: PageScript.text,
        body: PageBody.text)

    func add(to router: inout Router) {
        router.on(.get, ServicePath.root) { request in try root(request) }
    }

    private func root(_ request: ServerRequest) throws -> ServerResponse {
        let accept = request.headers[.accept]
        guard MediaPreference.choose(from: ["application/json", "text/html"], accept: accept) == "text/html" else {
            return try .json(["status": "ok"], headers: [.vary: "accept"])
        }
        return Self.page.response()
    }
}
