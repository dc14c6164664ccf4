//! A report for the terminal.

use std::fmt::{Display, Formatter, Result};

use crate::{CheckReport, Report};

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "{:>2}  {:<26} {:>10} {:>9}  demand", "#", "check", "checked", "violated")?;
        self.checks.iter().try_for_each(|check| line(check, f))?;
        for left in &self.not_checked {
            writeln!(f, "{:>2}  not checked: {} ({})", left.invariant, left.sentence, left.why)?;
        }
        verdict(self, f)
    }
}

fn line(check: &CheckReport, f: &mut Formatter<'_>) -> Result {
    let CheckReport { invariant, name, sentence, checked, violated, offenders } = check;
    writeln!(f, "{invariant:>2}  {name:<26} {checked:>10} {violated:>9}  {sentence}")?;
    for offender in offenders {
        writeln!(f, "      {}: {}", offender.subject, offender.why)?;
    }
    let unnamed = violated.saturating_sub(offenders.len() as u64);
    if unnamed > 0 {
        writeln!(f, "      … and {unnamed} more")?;
    }
    Ok(())
}

fn verdict(report: &Report, f: &mut Formatter<'_>) -> Result {
    let broken = report.checks.iter().filter(|check| check.violated > 0).count();
    if report.clean {
        writeln!(f, "clean: every check holds")
    } else {
        writeln!(f, "NOT CLEAN: {broken} of {} checks are violated", report.checks.len())
    }
}
