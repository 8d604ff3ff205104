/// Turns files of somebody else's expert data into trajectories, a row at a time in constant memory.
///
/// The same files in the same order with the same options give the same trajectories. What is remembered of rows, and of the ids that they
/// bring, is 11 to 32 bytes each, up to `PreparationOptions.duplicateMemory` for either.
public struct Preparation {
    private let reading: ReadingOptions
    private let options: PreparationOptions
    private var format: PreparationFormat?
    private var importer: (any RowImporter)?
    private var seen: FingerprintTable
    private var identifiers: FingerprintTable
    private var report = PreparationReport(sources: [])
    /// What was found out from the first rows; nil where nothing had to be.
    public private(set) var guess: FormatGuess?

    /// - Parameter format: nil decides by the first rows of the first file.
    public init(format: PreparationFormat?, reading: ReadingOptions = ReadingOptions(), options: PreparationOptions) {
        self.format = format
        self.reading = reading
        self.options = options
        seen = FingerprintTable(maximumBytes: options.duplicateMemory)
        identifiers = FingerprintTable(maximumBytes: options.duplicateMemory)
    }

    /// GSM8K with the default reading.
    init(gsm8kKeepingAnnotations keepsAnnotations: Bool, options: PreparationOptions) {
        var reading = ReadingOptions()
        reading.keepsCalculatorAnnotations = keepsAnnotations
        self.init(format: .gsm8k, reading: reading, options: options)
    }

    /// Reads a file and gives each trajectory to `keep`; "-" is standard input.
    ///
    /// - Throws: `TrajectoryError`: the file cannot be read, a row is not of the format (unless skipped), or none is known; and what `keep`
    ///   throws.
    public mutating func read(
        _ path: String, _ keep: (ExpertTrajectory) throws(TrajectoryError) -> Void
    ) throws(TrajectoryError) {
        let reader = try RecordReader(path: path)
        report.sources.append(reader.name)
        var first: ArraySlice<RecordReader.Record> = []
        if importer == nil {
            let sample = try FormatGuess.sample(of: reader)
            try decide(sample, file: reader.name)
            first = sample[...]
        }
        guard let importer else { return }
        while !isFull {
            var next = first.popFirst()
            if next == nil { next = try reader.next() }
            guard let record = next else { break }
            switch try importerResult(importer, record, file: reader.name) {
            case .success(let trajectory):
                try keep(trajectory)
                report.keep(trajectory)
            case .failure(let drop):
                report.drop(drop, file: reader.name, line: record.line, row: record.number)
            }
        }
        report.bytes += reader.bytesRead
    }

    /// - Throws: `TrajectoryError` with the reasons when no row could be used.
    public func finish() throws(TrajectoryError) -> PreparationReport {
        if report.kept == 0 {
            throw TrajectoryError(file: report.sources.joined(separator: ", "), message: nothingKept)
        }
        return report
    }

    private var isFull: Bool { options.limit.map { report.kept >= $0 } ?? false }

    private var nothingKept: String {
        if report.read == 0 { return "the file holds no rows" }
        let reasons = report.dropped.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "\($0.key.description) (\($0.value.count.grouped))" }
        var message = "none of the \(report.read.grouped) rows can be used: \(reasons.joined(separator: ", "))"
        if let guess {
            message += ". Decided by the first rows: \(guess.reasons.joined(separator: "; "))"
            if let example = report.dropped.values.compactMap(\.examples.first).first {
                message += ". First: \(example)"
            }
        }
        return message
    }

    private mutating func decide(_ sample: [RecordReader.Record], file: String) throws(TrajectoryError) {
        // Damaged rows are met again where they are read, and named there.
        let rows = sample.compactMap { try? DataValueParser.parse($0.bytes) }
        if rows.isEmpty, format == nil, let record = sample.first {
            let fault = Self.notJSON(record)
            throw fault.at(file: file, line: record.line)
        }
        do throws(TrajectoryError) {
            let guess = try FormatGuess(rows, format: format, reading: reading)
            format = guess.format
            importer = reading.importer(guess.format, guess.splitting)
            self.guess = guess.reasons.isEmpty ? nil : guess
        } catch {
            throw TrajectoryError(file: file, message: error.message)
        }
    }

    // MARK: A row

    private mutating func importerResult(
        _ importer: any RowImporter, _ record: RecordReader.Record, file: String
    ) throws(TrajectoryError) -> Result<ExpertTrajectory, RowDrop> {
        do throws(RowFault) {
            let value: DataValue
            do throws(DataValueParser.Fault) { value = try DataValueParser.parse(record.bytes) } catch {
                throw .malformed(Self.notJSON(record))
            }
            for condition in options.conditions
            where condition.path.value(in: value)?.scalarText != condition.value {
                let found = condition.path.value(in: value)?.scalarText ?? "not there"
                throw .dropped(.notSelected, field: condition.path.pointer, detail: found)
            }
            var row = try importer.read(value)
            try RowFilter(options: options).check(&row)
            return .success(try trajectory(from: row, importer, record, file: file))
        } catch {
            switch error {
            case .dropped(let drop): return .failure(drop)
            case .malformed(let error):
                guard options.skipsMalformed else { throw error.at(file: file, line: record.line) }
                return .failure(RowDrop(.malformed, field: error.field, detail: error.message))
            }
        }
    }

    private static func notJSON(_ record: RecordReader.Record) -> TrajectoryError {
        do throws(DataValueParser.Fault) {
            _ = try DataValueParser.parse(record.bytes)
            return TrajectoryError(message: "the line is not a row")
        } catch {
            return TrajectoryError(message: "the line is not valid JSON: \(error.message)")
        }
    }

    /// Gives the row an id, unless it was there before.
    ///
    /// Ids are made of the problem, so that they stay when rows move.
    private mutating func trajectory(
        from row: ImportedRow, _ importer: any RowImporter, _ record: RecordReader.Record, file: String
    ) throws(RowFault) -> ExpertTrajectory {
        let problem = Monologue.trimmed(row.problem)
        let fingerprint = StableHash.ofWords(problem)
        var id = importer.idPrefix + "-" + StableHash.digits(fingerprint)
        let duplicates = options.duplicates ?? (format == .sweAgent || format == .messages ? .trajectory : .problem)
        let steps = duplicates == .trajectory ? StableHash.of(row.steps) : 0
        switch duplicates {
        case .problem: break
        case .trajectory: id += "-" + StableHash.digits(steps).prefix(8)
        case .keep: id += "-\(report.read + 1)"
        }
        if duplicates != .keep {
            let key = duplicates == .problem ? fingerprint : StableHash.mix(fingerprint) ^ steps
            switch seen.insert(key) {
            case .new: break
            case .known:
                let reason = duplicates == .problem ? DropReason.repeatedProblem : .repeatedTrajectory
                throw .dropped(reason, field: row.problemField, detail: problem)
            case .full:
                report.notes[.duplicatesNotLookedFor, default: 0] += 1
                id += "-\(report.read + 1)"
            }
        }
        if let given = row.id {
            switch identifiers.insert(StableHash.of(given)) {
            case .new: break
            case .known:
                throw .malformed("/id", "the id \"\(given)\" is already that of an earlier row; ids must be unique")
            case .full: report.notes[.duplicatesNotLookedFor, default: 0] += 1
            }
            id = given
        }
        for (note, count) in row.notes { report.notes[note, default: 0] += count }
        var metadata = row.metadata
        let name = file.split(separator: "/").last.map(String.init) ?? file
        // A trajectory that is read again came from where it first did.
        if metadata["source"] == nil {
            metadata["source"] = "\(name):\(record.line == 1 ? record.number : record.line)"
        }
        return ExpertTrajectory(
            id: id, problem: problem, steps: row.steps, observations: row.observations, answer: row.answer,
            metadata: metadata)
    }
}
