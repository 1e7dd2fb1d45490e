//! How the command line watches a [`Job`]: a bar on a terminal, nothing elsewhere, warnings always;
//! Ctrl-C asks the job to stop, a second Ctrl-C ends the program at once.

use super::out::{tell, visible};
use crate::job::{Job, JobEvent};
use crate::signals::keeping_hangup;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Sends the log to standard error: warnings only, more with `-v`, or as `RUST_LOG` says.
pub fn log_to_stderr(verbosity: u8) {
    let level = match verbosity {
        0 => "warn",
        1 => "shoespace=info,warn",
        _ => "shoespace=debug,info",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    // Fails only where a log is set up already, as in a test: that one is as good.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Where nobody hears it, that is no reason to panic.
        .log_internal_errors(false)
        .without_time()
        .try_init();
}

/// A job watched by a progress bar on standard error and stopped by Ctrl-C.
///
/// `unit` is what is counted, as `pictures`; `promise` is what is said of the work that is done when it is stopped.
pub fn watched_job(unit: &'static str, promise: Option<&'static str>) -> Job {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let known = style(&format!(
        "{{prefix}} {{wide_bar}} {{pos}}/{{len}} {unit}, {{per_sec}}, {{eta}} left"
    ));
    let open = style(&format!(
        "{{prefix}} {{spinner}} {{pos}} {unit}, {{per_sec}}"
    ));
    let latest = Mutex::new(bar);
    let job = Job::observed(move |event| {
        let mut bar = latest.lock().unwrap_or_else(|e| e.into_inner());
        match event {
            JobEvent::Stage(name, total) => {
                bar.finish_and_clear();
                *bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
                bar.set_style(if total.is_some() {
                    known.clone()
                } else {
                    open.clone()
                });
                bar.set_prefix(name.to_owned());
            }
            JobEvent::Advanced(done) => bar.set_position(done),
            JobEvent::Warning(text) => bar.suspend(|| tell!("warning: {}", visible(text))),
        }
    });
    stop_on_ctrl_c(&job, promise);
    job
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// The exit code of a program that was asked to stop, as shells have it.
pub const STOPPED: u8 = 130;

static WAS_ASKED: AtomicBool = AtomicBool::new(false);

/// Whether somebody has asked the work to stop.
pub fn was_asked_to_stop() -> bool {
    WAS_ASKED.load(Ordering::Relaxed)
}

/// Ctrl-C (or SIGTERM) cancels the job, with a `promise` of what becomes of the work that is done; pressed again, it
/// ends the program with the usual code 130.
pub fn stop_on_ctrl_c(job: &Job, promise: Option<&'static str>) {
    let job = job.clone();
    let pressed = AtomicBool::new(false);
    let handler = move || {
        if pressed.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(STOPPED));
        }
        WAS_ASKED.store(true, Ordering::Relaxed);
        let promise = promise.map_or(String::new(), |promise| format!("; {promise}"));
        tell!("stopping{promise} (press Ctrl-C again to end at once)");
        job.cancel();
    };
    if let Err(error) = keeping_hangup(|| ctrlc::set_handler(handler)) {
        tracing::debug!("Ctrl-C is not handled: {error}");
    }
}
