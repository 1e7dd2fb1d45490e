//! The first frame of the program in a window.

use crate::{median, resident};
use shoespace::explorer::app::platform;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Starts the program itself in a window and waits for it to say that its first frame was shown.
pub fn first_frame(catalogue: &Path) {
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
    let mut memory = 0.0;
    for run in 0..6 {
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
                // The first run warms the file cache and the driver's.
                if run > 0 {
                    seconds.push(began.elapsed().as_secs_f64());
                }
                break;
            }
        }
        if run == 5 {
            // All pictures, the recommender and the generator are there by then.
            std::thread::sleep(Duration::from_secs(12));
            memory = resident(child.id());
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
        println!(
            "first frame, window 1280×720     {:>8.2} s    (≤ 2; median of {runs})",
            median(seconds)
        );
        println!("resident memory, at rest         {memory:>8.0} MB   (≤ 700)");
    }
}
