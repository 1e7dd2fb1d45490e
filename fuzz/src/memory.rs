//! Memory as a limited good. libFuzzer's own limit on a single request works under a sanitizer only.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The most that may be asked for at once, in bytes.
pub const MOST_AT_ONCE: usize = 1500 << 20;

/// The most that may be held, in bytes.
pub const MOST_IN_ALL: usize = 2048 << 20;

struct Counted;

static HELD: AtomicUsize = AtomicUsize::new(0);
static IS_TOLD: AtomicBool = AtomicBool::new(false);

#[global_allocator]
static MEMORY: Counted = Counted;

fn take(bytes: usize) {
    let held = HELD.fetch_add(bytes, Ordering::Relaxed) + bytes;
    if (bytes > MOST_AT_ONCE || held > MOST_IN_ALL) && !IS_TOLD.swap(true, Ordering::Relaxed) {
        eprintln!(
            "too much memory: {} MB at once, {} MB in all",
            bytes >> 20,
            held >> 20
        );
        eprintln!("{}", std::backtrace::Backtrace::force_capture());
        std::process::abort();
    }
}

// SAFETY: all that is asked is handed on to the system's allocator.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        take(size);
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.realloc(place, layout, size) }
    }
}
