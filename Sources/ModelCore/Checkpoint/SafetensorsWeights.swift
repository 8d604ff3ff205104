import Foundation

/// The weights of a Hugging Face folder: model.safetensors, or the shards that model.safetensors.index.json lists.
struct SafetensorsWeights: WeightSource {
    let path: String
    let names: [String]
    private(set) var authority = Checkpoint.configurationFile
    private let files: [SafetensorsFile]
    /// The file of each tensor.
    private let places: [String: Int]

    /// Opens all files and checks that index and shards agree.
    ///
    /// - Throws: ``CheckpointError`` naming the index or shard, and the tensor.
    init(folder: String) throws {
        let single = folder + "/" + Checkpoint.weightsFile
        let index = single + ".index.json"
        if !FileManager.default.fileExists(atPath: single), FileManager.default.fileExists(atPath: index) {
            try self.init(index: index, folder: folder)
        } else {
            try self.init(single: SafetensorsFile(path: single))
        }
    }

    init(single file: SafetensorsFile, authority: String = Checkpoint.configurationFile) {
        self.authority = authority
        (path, files, names) = (file.path, [file], file.tensors.map(\.name))
        places = Dictionary(uniqueKeysWithValues: names.map { ($0, 0) })
    }

    private init(index path: String, folder: String) throws {
        struct Index: Decodable {
            let weightMap: [String: String]

            enum CodingKeys: String, CodingKey {
                case weightMap = "weight_map"
            }
        }
        let map = try Checkpoint.decode(Index.self, from: path).weightMap
        let fileNames = Set(map.values).sorted()
        guard !fileNames.isEmpty else { throw CheckpointError(file: path, message: "its weight_map is empty") }
        var places: [String: Int] = [:]
        var files: [SafetensorsFile] = []
        for (position, name) in fileNames.enumerated() {
            guard !name.contains("/"), name != "..", name != "." else {
                throw CheckpointError(file: path, message: "'\(name)' in its weight_map is not a file of this folder")
            }
            let file = try SafetensorsFile(path: folder + "/" + name)
            for tensor in file.tensors {
                guard let listed = map[tensor.name] else {
                    throw CheckpointError(
                        file: file.path, tensor: tensor.name, message: "is not in the weight_map of \(path)")
                }
                guard listed == name else {
                    throw CheckpointError(
                        file: file.path, tensor: tensor.name, message: "\(path) says that it is in \(listed)")
                }
                places[tensor.name] = position
            }
            files.append(file)
        }
        if let absent = map.keys.filter({ places[$0] == nil }).min() {
            throw CheckpointError(
                file: path, tensor: absent, message: "is not in \(map[absent] ?? ""), where the weight_map has it")
        }
        (self.path, self.files, self.places) = (path, files, places)
        names = files.flatMap { $0.tensors.map(\.name) }
    }

    func shape(of name: String) -> [Int]? { places[name].flatMap { files[$0].info(name)?.shape } }

    func storedName(_ name: String) -> String { name }

    func file(of name: String) -> String { places[name].map { files[$0].path } ?? path }

    func read(_ name: String, into target: UnsafeMutablePointer<Float>) throws {
        guard let place = places[name] else {
            throw CheckpointError(file: path, tensor: name, message: "there is no such tensor in the checkpoint")
        }
        try files[place].read(name, into: target)
    }
}
