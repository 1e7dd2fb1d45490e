//! What the system tells the process from outside: a mapped file that was cut short, a terminal that was closed.

/// Where a file that is read by mapping it is cut short, or its disk is gone, the system kills the process without a
/// word. This says the word and ends it with exit code 1; what was finished before is on the disk.
#[cfg(unix)]
pub fn say_why_pages_are_lost() {
    extern "C" fn lost(_: libc::c_int) {
        const WORDS: &[u8] = b"error: a file that is open was cut short, overwritten, or its disk is gone; what was finished is kept: bring the file back and start again\n";
        #[expect(
            unsafe_code,
            reason = "write and _exit are the two calls that a signal handler may make"
        )]
        // SAFETY: both are async-signal-safe, and the bytes are a constant.
        unsafe {
            let _ = libc::write(2, WORDS.as_ptr().cast(), WORDS.len());
            libc::_exit(1);
        }
    }
    let handler: extern "C" fn(libc::c_int) = lost;
    #[expect(
        unsafe_code,
        reason = "a signal handler is set by a call of the system"
    )]
    // SAFETY: the handler makes only calls that are allowed in one.
    unsafe {
        libc::signal(libc::SIGBUS, handler as libc::sighandler_t);
    }
}

/// Nothing of the kind happens elsewhere.
#[cfg(not(unix))]
pub fn say_why_pages_are_lost() {}

/// Does `set`, which handles SIGHUP among others, and lets SIGHUP be ignored afterwards where it was before: whoever
/// starts a program by `nohup` wants it to outlive the terminal.
#[cfg(unix)]
pub fn keeping_hangup<T>(set: impl FnOnce() -> T) -> T {
    #[expect(
        unsafe_code,
        reason = "how a signal is handled is asked and set by calls of the system"
    )]
    // SAFETY: asking changes nothing, and the struct is filled in by the call.
    let was_ignored = unsafe {
        let mut before: libc::sigaction = std::mem::zeroed();
        libc::sigaction(libc::SIGHUP, std::ptr::null(), &raw mut before) == 0
            && before.sa_sigaction == libc::SIG_IGN
    };
    let done = set();
    if was_ignored {
        #[expect(unsafe_code, reason = "as above")]
        // SAFETY: ignoring a signal needs no handler.
        unsafe {
            libc::signal(libc::SIGHUP, libc::SIG_IGN);
        }
    }
    done
}

/// There is no such signal elsewhere.
#[cfg(not(unix))]
pub fn keeping_hangup<T>(set: impl FnOnce() -> T) -> T {
    set()
}
