/// What the first rows of a file say about how it is written.
public struct FormatGuess: Sendable {
    public let format: PreparationFormat
    /// How solutions are divided.
    let splitting: StepSplitting
    /// What was decided and why, a sentence each; none where the caller had said everything.
    public let reasons: [String]

    private static let sampleRows = 20
    private static let sampleBytes = 8 << 20

    /// The first rows of a file.
    static func sample(of reader: RecordReader) throws(TrajectoryError) -> [RecordReader.Record] {
        var records: [RecordReader.Record] = []
        var bytes = 0
        while records.count < sampleRows, bytes < sampleBytes {
            let record: RecordReader.Record?
            do throws(TrajectoryError) { record = try reader.next() } catch {
                // The error comes again where the row is read, after those before it; without any it is all there is to say.
                if records.isEmpty { throw error }
                break
            }
            guard let record else { break }
            records.append(record)
            bytes += record.bytes.count
        }
        return records
    }

    /// - Throws: `TrajectoryError` without a place: no format fits.
    init(_ rows: [DataValue], format: PreparationFormat?, reading: ReadingOptions) throws(TrajectoryError) {
        var reasons: [String] = []
        if let format {
            self.format = format
        } else {
            let counts = Self.tests(reading.fields).map { test in (test, rows.filter(test.matches).count) }
            guard let (best, count) = counts.first(where: { $0.1 * 2 > rows.count }) else {
                let keys = rows.first?.names.prefix(12).joined(separator: ", ") ?? ""
                throw TrajectoryError(
                    message: rows.isEmpty
                        ? "the file holds no rows"
                        : "the format cannot be guessed: the first row has the keys \(keys). Choose one with --format, and name "
                            + "keys with --field problem=KEY --field steps=KEY")
            }
            self.format = best.format
            reasons.append("--format \(best.format.rawValue): \(Self.share(count, rows.count)) \(best.reason)")
        }
        let (splitting, reason) = Self.splitting(rows, self.format, reading)
        self.splitting = splitting
        if let reason { reasons.append(reason) }
        self.reasons = reasons
    }

    private static func share(_ count: Int, _ total: Int) -> String {
        count == total
            ? (total == 1 ? "the first row has" : "the first \(total) rows have")
            : "\(count) of the first \(total) rows have"
    }

    private struct Test {
        let format: PreparationFormat
        let reason: String
        let matches: (DataValue) -> Bool
    }

    /// From the most particular to the most general.
    private static func tests(_ fields: RowFields) -> [Test] {
        let hasSolution = { (row: DataValue) in
            guard fields.optionalValue(.problem, of: row)?.value.string != nil,
                let steps = fields.optionalValue(.steps, of: row)?.value
            else { return false }
            return steps.string != nil || steps.array != nil
        }
        let hasMessages = { (row: DataValue) in
            fields.optionalValue(.messages, of: row) != nil
                || row["prompt"]?.array != nil && row["completion"]?.array != nil
        }
        if fields.isGiven(.messages) {
            return [Test(format: .messages, reason: "the messages that --field names", matches: hasMessages)]
        }
        if fields.isGiven(.problem) || fields.isGiven(.steps) {
            return [Test(format: .solutions, reason: "the fields that --field names", matches: hasSolution)]
        }
        return [
            Test(format: .sweAgent, reason: "a list 'trajectory' of turns with actions") {
                $0["trajectory"]?.array?.first?["action"] != nil
            },
            Test(format: .sweAgent, reason: "messages and an 'instance_id'") {
                hasMessages($0) && ($0["instance_id"] != nil || $0["traj_id"] != nil)
            },
            Test(format: .messages, reason: "messages", matches: hasMessages),
            Test(format: .prm800k, reason: "'label.steps' of a question") {
                $0["label"]?["steps"]?.array != nil && $0["question"]?["problem"] != nil
            },
            Test(format: .prm800k, reason: "'completions' with 'labels'") {
                $0["completions"]?.array != nil && $0["labels"]?.array != nil && $0["prompt"] != nil
            },
            Test(format: .gsm8k, reason: "a question and an answer whose last line is '#### ..'") {
                $0["question"]?.string != nil && ($0["answer"]?.string).flatMap(StatedAnswer.marked) != nil
            },
            Test(format: .trajectories, reason: "exactly the keys of a trajectory") { row in
                row["id"] != nil && row["problem"] != nil && row["steps"]?.array != nil
                    && row.names.allSatisfy { ExpertTrajectory.keys.contains($0) }
            },
            Test(format: .solutions, reason: "a problem and a solution", matches: hasSolution),
        ]
    }

    /// The way of dividing by which most rows give steps. Rows that are lists already, and conversations of many turns, do not ask for any.
    private static func splitting(
        _ rows: [DataValue], _ format: PreparationFormat, _ reading: ReadingOptions
    ) -> (StepSplitting, String?) {
        if let given = reading.splitting { return (given, nil) }
        let steps = StepSplitting.allCases.map { splitting in
            let importer = reading.importer(format, splitting)
            return rows.map { row in (try? importer.read(row))?.steps ?? [] }
        }
        if steps[0] == steps[1], steps[1] == steps[2] { return (.numbered, nil) }
        for (splitting, found) in zip(StepSplitting.allCases, steps) {
            let count = found.count(where: { $0.count >= StepInstances.minimumSteps })
            guard count * 2 >= rows.count else { continue }
            let form: String
            switch splitting {
            case .numbered: form = "numbered steps"
            case .paragraphs: form = "paragraphs, and too few have numbered steps"
            case .lines: form = "lines, and too few have numbered steps or paragraphs"
            }
            return (splitting, "--split \(splitting.rawValue): \(share(count, rows.count)) solutions with \(form)")
        }
        return (.numbered, nil)
    }
}
