import Testing
import Transport

/// The life of an HTTP/1.1 connection, without sockets.
@Suite struct HTTP1ServerStateMachineTests {
    @Test func oneRequestAfterTheOther() {
        var machine = HTTP1ServerStateMachine()
        for _ in 0..<3 {
            #expect(machine.isIdle && machine.wantsInput(bodyHasRoom: true))
            machine.requestHead(keepAlive: true)
            #expect(machine.requestBody() == .deliver)
            #expect(machine.isReceiving)
            machine.requestEnd()
            #expect(!machine.isReceiving)
            // The next request waits in the socket until this one is answered.
            #expect(!machine.wantsInput(bodyHasRoom: true))
            #expect(machine.responseHead() == true)
            #expect(machine.responseHead() == nil)
            #expect(machine.responseEnd() == .next)
        }
    }

    @Test func theBodyIsReadWhileThereIsRoom() {
        var machine = HTTP1ServerStateMachine()
        machine.requestHead(keepAlive: true)
        #expect(machine.wantsInput(bodyHasRoom: true))
        #expect(!machine.wantsInput(bodyHasRoom: false))
    }

    @Test func anAnswerBeforeTheEndOfTheRequestEndsTheConnection() {
        var machine = HTTP1ServerStateMachine()
        machine.requestHead(keepAlive: true)
        #expect(machine.responseHead() == false)
        #expect(machine.responseEnd() == .linger)
        #expect(machine.isLingering && machine.wantsInput(bodyHasRoom: true))
        #expect(machine.requestBody() == .drop)
        machine.requestEnd()
        #expect(machine.isLingering)
    }

    @Test func theClientMayAskToClose() {
        var machine = HTTP1ServerStateMachine()
        machine.requestHead(keepAlive: false)
        machine.requestEnd()
        #expect(machine.responseHead() == false)
        #expect(machine.responseEnd() == .close)
        #expect(!machine.wantsInput(bodyHasRoom: true))
    }

    @Test func aStreamWhoseEndIsNotMarkedClosesTheConnection() {
        var machine = HTTP1ServerStateMachine()
        machine.requestHead(keepAlive: true)
        machine.requestEnd()
        #expect(machine.responseHead(endIsMarked: false) == false)
        #expect(machine.responseEnd() == .close)
    }

    @Test func drainingFinishesTheRequest() {
        var idle = HTTP1ServerStateMachine()
        #expect(idle.drain() == true)
        var early = HTTP1ServerStateMachine()
        early.requestHead(keepAlive: true)
        early.requestEnd()
        #expect(early.drain() == false)
        #expect(early.responseHead() == false)
        #expect(early.responseEnd() == .close)
        // A head that has promised more cannot be taken back, but the connection is closed all the same.
        var late = HTTP1ServerStateMachine()
        late.requestHead(keepAlive: true)
        late.requestEnd()
        #expect(late.responseHead() == true)
        #expect(late.drain() == false)
        #expect(late.responseEnd() == .close)
    }

    @Test func brokenInput() {
        var idle = HTTP1ServerStateMachine()
        #expect(idle.inputBroke() == true)
        #expect(idle.isLingering)
        var active = HTTP1ServerStateMachine()
        active.requestHead(keepAlive: true)
        #expect(active.inputBroke() == false)
        #expect(!active.wantsInput(bodyHasRoom: true))
        #expect(active.responseHead() == false)
        #expect(active.responseEnd() == .linger)
    }
}
