extension JSONValue: DirectlyReadable {
    package init(reading reader: inout JSONReader) throws(UnusualJSON) { self = try reader.value() }
}
