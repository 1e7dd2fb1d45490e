//! The first frame of the program in a window.

use crate::{median, resident};
use shoespace::explorer::app::platform;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What is promised, and how it is measured.
pub struct Promise {
    /// How often the program is started.
    pub runs: usize,
    /// Seconds to the first frame of a file that the system does not hold in memory; `None`: not measured.
    pub cold: Option<f64>,
    /// The same of one that it does.
    pub warm: f64,
    /// When it is at rest after the first frame.
    pub rest: Duration,
    /// Megabytes at rest.
    pub megabytes: f64,
}

/// Starts the program itself in a window and waits for it to say that its first frame was shown.
pub fn first_frame(catalogue: &Path, promise: &Promise) {
    let server = (!platform::has_display()).then(|| {
        Command::new("Xvfb")
            .args([":87", "-screen", "0", "1280x720x24", "-nolisten", "tcp"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
    });
    let display = match &server {
        Some(Ok(_)) => {
            std::thread::sleep(Duration::from_millis(800));
            Some(":87")
        }
        Some(Err(error)) => {
            println!("first frame not measured: Xvfb does not start ({error})");
            return;
        }
        None => None,
    };
    let mut seconds = Vec::new();
    let mut cold = Vec::new();
    let (mut memory, mut most) = (0.0, 0.0);
    for run in 0..promise.runs {
        // The first run warms the driver's cache, the second is of a file that the system has let go of.
        let is_cold = run == 1 && promise.cold.is_some() && let_go(catalogue);
        let mut command = Command::new(env!("CARGO_BIN_EXE_shoespace"));
        command
            .arg("explore")
            .arg(catalogue)
            .env_remove("WAYLAND_DISPLAY")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(display) = display {
            command.env("DISPLAY", display);
        }
        let began = Instant::now();
        let Ok(mut child) = command.spawn() else {
            println!("first frame not measured: the program does not start");
            break;
        };
        let (sender, lines) = std::sync::mpsc::channel();
        let outputs: [Option<Box<dyn std::io::Read + Send>>; 2] = [
            child.stdout.take().map(|o| Box::new(o) as _),
            child.stderr.take().map(|o| Box::new(o) as _),
        ];
        for output in outputs.into_iter().flatten() {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    let _ = sender.send(line);
                }
            });
        }
        while let Ok(line) = lines.recv_timeout(Duration::from_secs(60)) {
            if line.contains("first frame after") {
                let passed = began.elapsed().as_secs_f64();
                match run {
                    0 => {}
                    _ if is_cold => cold.push(passed),
                    _ => seconds.push(passed),
                }
                break;
            }
        }
        if run + 1 == promise.runs {
            std::thread::sleep(promise.rest);
            memory = resident(child.id(), "VmRSS");
            most = resident(child.id(), "VmHWM");
        }
        let _ = child.kill();
        let _ = child.wait();
    }
    if let Some(Ok(mut server)) = server {
        let _ = server.kill();
        let _ = server.wait();
    }
    if seconds.is_empty() {
        println!("first frame not measured: it was not shown within a minute");
    } else {
        let runs = seconds.len();
        if let (Some(promised), Some(cold)) = (promise.cold, cold.first()) {
            println!("first frame, file not in memory  {cold:>8.2} s    (≤ {promised})");
        }
        println!(
            "first frame, window 1280×720     {:>8.2} s    (≤ {}; median of {runs})",
            median(seconds),
            promise.warm
        );
        println!(
            "resident memory, at rest         {memory:>8.0} MB   (≤ {}; {most:.0} at most)",
            promise.megabytes
        );
    }
}

/// Lets the system forget what it holds of a file; whether it was asked to.
fn let_go(file: &Path) -> bool {
    use std::os::fd::AsRawFd as _;
    let Ok(file) = File::open(file) else {
        return false;
    };
    let _ = file.sync_all();
    #[expect(unsafe_code, reason = "a call of the system")]
    // SAFETY: the descriptor is that of an open file.
    let code = unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_DONTNEED) };
    code == 0
}
