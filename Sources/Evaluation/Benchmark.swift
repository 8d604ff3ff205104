import ModelCore
import ServiceAPI
import Trajectory
import Zstandard

/// A problem and the answer that is accepted.
package struct BenchmarkProblem: Sendable, Equatable {
    /// Unique in its benchmark.
    package let id: String
    package let problem: String
    package let answer: String

    package init(id: String, problem: String, answer: String) {
        self.id = id
        self.problem = problem
        self.answer = answer
    }
}

/// Problems with known answers, read from a JSONL file (zstd-compressed or not).
///
/// A row is one of
/// - `{"id", "problem", "answer"}`, where `id` may be `unique_id` or left out, and `answer` a number or `expected_answer`;
/// - an expert trajectory (`{"id", "problem", "steps", "answer"}`): its steps are not looked at;
/// - a row of GSM8K: `{"question", "answer": "... #### 72"}`.
/// Further keys are ignored: the file is somebody else's.
package struct Benchmark: Sendable, Equatable {
    package let problems: [BenchmarkProblem]

    package init(problems: [BenchmarkProblem]) {
        self.problems = problems
    }

    /// Reads the first `limit` problems, all by default.
    ///
    /// - Throws: `TrajectoryError` with file, line and field: a row that is malformed, has no answer or repeats an id, or a
    ///   file without problems.
    package static func read(_ path: String, limit: Int? = nil) throws(TrajectoryError) -> Benchmark {
        var problems: [BenchmarkProblem] = []
        var lineOfID: [String: Int] = [:]
        do throws(FileError) {
            let lines = try LineReader(path: path)
            while problems.count < limit ?? .max, let line = try lines.next() {
                if line.text.allSatisfy(\.isWhitespace) { continue }
                let problem: BenchmarkProblem
                switch row(line.text, number: line.number) {
                case .success(let value): problem = value
                case .failure(let fault): throw FileError(path: path, line: line.number, message: fault.description)
                }
                if let first = lineOfID.updateValue(line.number, forKey: problem.id) {
                    throw FileError(
                        path: path, line: line.number,
                        message: "/id: the id \"\(problem.id)\" is already that of line \(first); ids must be unique")
                }
                problems.append(problem)
            }
        } catch {
            throw TrajectoryError(file: error.path, line: error.line, message: error.message)
        }
        guard !problems.isEmpty else { throw TrajectoryError(file: path, message: "the file holds no problems") }
        return Benchmark(problems: problems)
    }

    /// What is wrong with a row: the field as a JSON pointer, and why.
    private struct Fault: Error, CustomStringConvertible {
        let description: String

        init(_ pointer: String, _ message: String) {
            description = pointer.isEmpty ? message : "\(pointer): \(message)"
        }
    }

    private static func row(_ text: String, number: Int) -> Result<BenchmarkProblem, Fault> {
        let value: JSONValue
        do throws(ProblemDetails) {
            value = try ServiceJSON.decode(JSONValue.self, from: Array(text.utf8))
        } catch {
            return .failure(Fault("", "the line is not valid JSON: \(error.detail ?? error.title)"))
        }
        guard case .object(let object) = value else { return .failure(Fault("", "the line is not a JSON object")) }
        do throws(Fault) {
            let isGSM8K = object["problem"] == nil && object["question"] != nil
            let problem = try string(isGSM8K ? "question" : "problem", in: object)
            let answer = try isGSM8K ? gsm8kAnswer(in: object) : plainAnswer(in: object)
            let id = try id(in: object) ?? "line-\(number)"
            return .success(BenchmarkProblem(id: id, problem: problem, answer: answer))
        } catch {
            return .failure(error)
        }
    }

    private static func string(_ key: String, in object: [String: JSONValue]) throws(Fault) -> String {
        guard let value = object[key] else { throw Fault("/\(key)", "the key is missing") }
        guard case .string(let text) = value else { throw Fault("/\(key)", "is not a string") }
        guard !text.allSatisfy(\.isWhitespace) else { throw Fault("/\(key)", "is empty") }
        return text
    }

    private static func id(in object: [String: JSONValue]) throws(Fault) -> String? {
        for key in ["id", "unique_id"] {
            guard let value = object[key], value != .null else { continue }
            return try scalarText(value, key: key)
        }
        return nil
    }

    private static func plainAnswer(in object: [String: JSONValue]) throws(Fault) -> String {
        let key = object["answer"] == nil && object["expected_answer"] != nil ? "expected_answer" : "answer"
        guard let value = object[key], value != .null else {
            throw Fault("/answer", "the key is missing: a problem without a known answer cannot be graded")
        }
        return try scalarText(value, key: key)
    }

    private static func gsm8kAnswer(in object: [String: JSONValue]) throws(Fault) -> String {
        let solution = try string("answer", in: object)
        guard let answer = PromptTemplate.compact.answer(in: solution) else {
            throw Fault("/answer", "has no line \"#### answer\"")
        }
        return answer
    }

    /// A string, or a number as people write it: 27.0 is "27".
    private static func scalarText(_ value: JSONValue, key: String) throws(Fault) -> String {
        switch value {
        case .string(let text):
            guard !text.allSatisfy(\.isWhitespace) else { throw Fault("/\(key)", "is empty") }
            return text
        case .number(let number):
            guard number == number.rounded() else { return "\(number)" }
            guard let whole = Int(exactly: number), whole.magnitude < 1 << 53 else {
                throw Fault("/\(key)", "is too large a number to be exact; write it as a string")
            }
            return String(whole)
        default:
            throw Fault("/\(key)", "is neither a string nor a number")
        }
    }
}
