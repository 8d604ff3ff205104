import ServiceAPI

/// Items of one group, which follow each other in a file.
package struct StoredGroup: Sendable {
    /// Where an item comes from.
    package struct Place: Sendable, Equatable {
        package var file: String
        package var line: Int
        /// Which of its line's items it is, from 0.
        package var item: Int

        package init(file: String, line: Int, item: Int) {
            self.file = file
            self.line = line
            self.item = item
        }
    }

    package private(set) var items: [StoredItem]
    package private(set) var places: [Place]

    package init(_ item: StoredItem, at place: Place) {
        items = [item]
        places = [place]
    }

    package var name: String? { items[0].group }

    /// Adds an item, if it belongs to the group: it has its name and, where there are no names, its expert step; and it is of the same form.
    package mutating func append(_ item: StoredItem, at place: Place) -> Bool {
        guard item.group == name, item.isCompletion == items[0].isCompletion,
            // Byte by byte: canonically equivalent texts are equal strings, and score differently.
            item.expert.utf8.elementsEqual(items[0].expert.utf8)
        else { return false }
        items.append(item)
        places.append(place)
        return true
    }

    /// What a reward function scores.
    package func group(id: String) -> ScoreGroup {
        let texts = items.map(\.text)
        return items[0].isCompletion
            ? ScoreGroup(id: id, expert: items[0].expert, completions: texts)
            : ScoreGroup(id: id, expert: items[0].expert, actions: texts)
    }
}
