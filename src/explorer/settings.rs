//! What the user chose and what the explorer remembers between runs, as JSON in the config folder.

use bevy::prelude::*;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Megabytes of memory to choose from.
pub const MEMORY: [u32; 4] = [750, 1_500, 3_000, 6_000];

/// How many catalogues are remembered.
const RECENT: usize = 8;

/// Settings of the explorer; each has a control in a panel.
#[derive(Resource, Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExplorerSettings {
    /// Size of the billboards, 1 fits the cloud's density.
    pub billboard_size: f32,
    /// How fast the mouse turns the view, 1 is half a turn across the window.
    pub mouse_speed: f32,
    /// How fast WASD/QE fly, 1 crosses the cloud in about three seconds.
    pub fly_speed: f32,
    /// Size of text and buttons, times what the system asks for.
    pub scale: f32,
    /// A light background instead of the dark one.
    pub light: bool,
    /// The axis gizmo in the corner.
    pub axes: bool,
    /// The names of regions in the scene.
    pub names: bool,
    /// A floor under the cloud.
    pub floor: bool,
    /// Thin lines from the selection to its recommendations.
    pub lines: bool,
    /// No flights and no gliding: everything is where it goes at once.
    pub calm: bool,
    /// How long frames and designs take, in the status line.
    pub timings: bool,
    /// Megabytes that the program is to take, about: how large far pictures are, and when what was read is let go of.
    pub memory: u32,
    /// Catalogues opened lately, newest first.
    pub recent: Vec<PathBuf>,
    /// Whether the left panel is folded away.
    pub left_folded: bool,
    /// Whether the right panel is folded away.
    pub right_folded: bool,
    /// What a newcomer has done or waved away, and is told no more.
    pub learned: Learned,
    /// Where the window was last.
    pub window: Option<WindowPlace>,
}

/// Where a window is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowPlace {
    /// Width and height without its frame, in logical pixels.
    pub size: [u32; 2],
    /// Its top left corner, in pixels of the screen; unknown until it was moved.
    pub at: Option<[i32; 2]>,
    /// Whether it filled the screen; size and place are those to come back to.
    #[serde(default)]
    pub maximized: bool,
}

/// The three things that a newcomer is told where they happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Learned {
    /// To click a shoe.
    pub click: bool,
    /// To turn the space.
    pub orbit: bool,
    /// To design from a shoe.
    pub design: bool,
}

impl Default for ExplorerSettings {
    fn default() -> Self {
        Self {
            billboard_size: 1.0,
            mouse_speed: 1.0,
            fly_speed: 1.0,
            scale: 1.0,
            light: true,
            axes: true,
            names: true,
            floor: true,
            lines: true,
            calm: false,
            timings: false,
            memory: MEMORY[1],
            recent: Vec::new(),
            left_folded: false,
            right_folded: false,
            learned: Learned::default(),
            window: None,
        }
    }
}

impl ExplorerSettings {
    /// Where they are kept; `None` where the system names no home.
    pub fn path() -> Option<PathBuf> {
        Some(crate::paths::config_dir()?.join("explorer.json"))
    }

    /// Reads them; what is missing or out of range gets its default. A broken file is kept under
    /// another name, because the next change writes a new one.
    pub fn load(path: &Path) -> Self {
        let Ok(text) = std::fs::read(path) else {
            return Self::default();
        };
        match serde_json::from_slice::<Self>(&text) {
            Ok(settings) => settings.in_range(),
            Err(error) => {
                let kept = crate::paths::aside(path);
                let outcome = std::fs::rename(path, &kept);
                warn!(
                    "{}: {error}; starting with the defaults (kept as {}: {outcome:?})",
                    path.display(),
                    kept.display()
                );
                Self::default()
            }
        }
    }

    /// Bytes that the program is to take, about.
    pub fn memory_bytes(&self) -> u64 {
        u64::from(self.memory) * 1_000_000
    }

    /// Writes them under a temporary name, then renames.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn save(&self, path: &Path) -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        crate::atomic_file::write(path, |file| Ok(serde_json::to_writer_pretty(file, self)?))
    }

    /// Puts a catalogue at the head of the recent ones.
    pub fn remember(&mut self, catalogue: &Path) {
        self.recent.retain(|path| path != catalogue);
        self.recent.insert(0, catalogue.to_owned());
        self.recent.truncate(RECENT);
    }

    fn in_range(mut self) -> Self {
        let fix = |value: &mut f32| {
            *value = if value.is_finite() {
                value.clamp(0.1, 10.0)
            } else {
                1.0
            };
        };
        fix(&mut self.billboard_size);
        fix(&mut self.mouse_speed);
        fix(&mut self.fly_speed);
        fix(&mut self.scale);
        self.scale = self.scale.clamp(0.75, 2.0);
        self.memory = self.memory.clamp(MEMORY[0], MEMORY[MEMORY.len() - 1]);
        // What no screen has would ask for more memory than there is.
        let is_sane = |place: &WindowPlace| place.size.iter().all(|side| *side <= 16_384);
        self.window = self.window.filter(is_sane);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_and_a_broken_file_gives_the_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/explorer.json");
        let mut settings = ExplorerSettings {
            billboard_size: 2.0,
            ..default()
        };
        for n in 0..20 {
            settings.remember(Path::new(&format!("{n}.parquet")));
        }
        settings.remember(Path::new("15.parquet"));
        assert_eq!(settings.recent.len(), RECENT);
        assert_eq!(settings.recent[0], Path::new("15.parquet"));
        settings.save(&path).unwrap();
        assert_eq!(ExplorerSettings::load(&path), settings);
        std::fs::write(&path, r#"{"billboard_size": 1e9}"#).unwrap();
        assert_eq!(ExplorerSettings::load(&path).billboard_size, 10.0);
        std::fs::write(&path, "{").unwrap();
        assert_eq!(ExplorerSettings::load(&path), ExplorerSettings::default());
    }
}
