// ThreadSanitizer sees the locks of pthread, and not those of the standard library's `Mutex` (futexes in a library that is not instrumented):
// everything that a `Mutex` guards would be reported as a race. `scripts/sanitize thread` therefore has THREAD_SANITIZER defined, and in these
// builds alone `Mutex` is this one, in every module that has a type alias for it.
#if THREAD_SANITIZER
    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #endif

    /// As `Synchronization.Mutex`, on a lock of pthread. `@unchecked Sendable`: the value is touched under the lock only.
    package struct SanitizerMutex<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
        private let lock: UnsafeMutablePointer<pthread_mutex_t>
        private let value: UnsafeMutablePointer<Value>

        package init(_ initial: consuming sending Value) {
            lock = .allocate(capacity: 1)
            lock.initialize(to: pthread_mutex_t())
            pthread_mutex_init(lock, nil)
            value = .allocate(capacity: 1)
            value.initialize(to: initial)
        }

        deinit {
            value.deinitialize(count: 1)
            value.deallocate()
            pthread_mutex_destroy(lock)
            lock.deallocate()
        }

        package borrowing func withLock<Result: ~Copyable, Failure: Error>(
            _ body: (inout sending Value) throws(Failure) -> sending Result
        ) throws(Failure) -> sending Result {
            nonisolated(unsafe) let value = value
            pthread_mutex_lock(lock)
            defer { pthread_mutex_unlock(lock) }
            return try body(&value.pointee)
        }
    }

    typealias Mutex = SanitizerMutex
#endif
