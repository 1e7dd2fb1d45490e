//! Work of minutes that nobody waits for, which lets everything else go before it.

use std::sync::OnceLock;

/// Does `work` where all other threads of the machine go first, those of this program too: whatever it hands to Rayon is done by
/// threads of its own. Where the system gives none it is done all the same.
pub fn quietly<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    static THREADS: OnceLock<Option<rayon::ThreadPool>> = OnceLock::new();
    let threads = THREADS.get_or_init(|| {
        rayon::ThreadPoolBuilder::new()
            .thread_name(|i| format!("quiet {i}"))
            .start_handler(|_| after_all_others())
            .build()
            .inspect_err(|error| tracing::warn!("no threads for work in the background: {error}"))
            .ok()
    });
    match threads {
        Some(threads) => threads.install(work),
        None => work(),
    }
}

/// Lets all others go before the thread that calls this. Where the system knows no such thing of one thread, nothing happens.
#[cfg(target_os = "linux")]
fn after_all_others() {
    /// The largest value of nice.
    const LAST: libc::c_int = 19;
    #[expect(unsafe_code, reason = "it is a call of the system")]
    // SAFETY: it changes a number of the calling thread, which 0 stands for here, and may always be made larger.
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, LAST);
    }
}

#[cfg(not(target_os = "linux"))]
fn after_all_others() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn only_the_threads_of_quiet_work_let_others_go_first() {
        let niceness = || {
            let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
            let after_name = stat.rsplit(')').next().unwrap().to_owned();
            after_name.split_whitespace().nth(16).unwrap().to_owned()
        };
        let before = niceness();
        assert_eq!(quietly(niceness), "19");
        assert_eq!(quietly(|| rayon::join(niceness, || ()).0), "19");
        assert_eq!(niceness(), before);
    }
}
