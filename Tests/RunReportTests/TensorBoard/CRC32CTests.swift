import RunReport
import Testing

@Suite struct CRC32CTests {
    /// RFC 3720, appendix B.4, whose bytes are in the order of the wire, and the check value of the catalogue of CRCs.
    @Test func theVectorsOfTheStandard() {
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(CRC32C.checksum(0...31 as ClosedRange<UInt8>) == 0x46DD_794E)
        #expect(CRC32C.checksum((0...31 as ClosedRange<UInt8>).reversed()) == 0x113F_DB5C)
        let read: [UInt8] = [
            0x01, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0x14, 0, 0, 0,
            0x18,
            0x28, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
        ]
        #expect(CRC32C.checksum(read) == 0xD996_3A56)
        #expect(CRC32C.checksum("123456789".utf8) == 0xE306_9283)
        #expect(CRC32C.checksum([]) == 0)
    }

    @Test func theMaskTurnsAndAdds() {
        // 0 turned is 0.
        #expect(CRC32C.masked([]) == 0xA282_EAD8)
        let plain = CRC32C.checksum("123456789".utf8)
        let masked = CRC32C.masked("123456789".utf8) &- 0xA282_EAD8
        #expect(masked >> 17 | masked << 15 == plain)
    }
}
