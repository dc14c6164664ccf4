//! On what the measurement was made; numbers mean little without it.

use std::fs;

use serde::Serialize;

/// The kernel counts processor time in hundredths of a second.
const TICKS_A_SECOND: f64 = 100.0;

/// The machine.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// Cores this process may use.
    pub cores: usize,
    /// The processor's name; empty if the system does not say.
    pub cpu: String,
    /// The kernel's version; empty if the system does not say.
    pub kernel: String,
}

impl Machine {
    /// The machine this runs on.
    pub fn look() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self { cores, cpu: model_name(&info), kernel: kernel.trim().to_owned() }
    }

    /// In a line.
    pub fn line(&self) -> String {
        format!("{} cores, {}, Linux {}", self.cores, self.cpu, self.kernel)
    }
}

fn model_name(cpuinfo: &str) -> String {
    let named = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    named.map_or(String::new(), |(_, name)| name.trim().to_owned())
}

/// Processor time this process has used, in seconds; 0 if the system does not say.
pub(crate) fn own_cpu_seconds() -> f64 {
    fs::read_to_string("/proc/self/stat").ok().and_then(|stat| ticks(&stat)).unwrap_or(0.0) / TICKS_A_SECOND
}

/// User and system ticks: the 14th and 15th field, counted after the name, which may hold spaces.
fn ticks(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_kernel_writes() {
        assert_eq!(model_name("processor\t: 0\nmodel name\t: Fast CPU @ 3 GHz\n"), "Fast CPU @ 3 GHz");
        assert_eq!(ticks("7 (a b) c) S 1 1 1 0 -1 0 0 0 0 0 150 50 0 0"), Some(200.0));
    }
}
