#if THREAD_SANITIZER
    import Zstandard

    /// See `SanitizerMutex`.
    typealias Mutex = SanitizerMutex
#endif
