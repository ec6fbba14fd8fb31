//! The audit at the end: an outsider checks everything that the relay stores, and then what somebody has tampered with.

use std::path::Path;

use anyhow::{Context, Result};

use super::amanah::{Person, program, shown};
use super::checks::Checks;
use super::story::step;
use crate::run;

/// The operator makes a bundle, and whoever knows the centre's id audits it; then copies in which something was changed.
///
/// # Errors
/// When the audit does not pass, or passes a copy that was tampered with.
pub(super) fn play(folder: &Path, data: &Path, centre: &str, outsider: &Person, checks: &mut Checks) -> Result<()> {
    let bundle = folder.join("audit.bundle");
    run::capture(program("amanah-server").args(["export-audit", "--data"]).arg(data).arg("--to").arg(&bundle))?;
    step("The operator writes everything that is stored to a file. No key is in it.");
    let report = outsider.runs(&["audit", "--bundle", shown(&bundle)?, "--centre", centre], &[])?;
    let report = report.accepted(&["audit"])?;
    let audited = report.list("/checks")?;
    for check in audited {
        println!("     PASS  {:<13} {}", check["name"].as_str().unwrap_or_default(), check["counted"]);
    }
    let passed = audited.iter().filter(|check| check["passed"] == true).count();
    checks.equal("Somebody outside audits it without any key, and every check passes.", &audited.len(), &passed)?;
    let planted = report.list("/controls")?;
    let found = planted.iter().filter(|control| control["found"] == true).count();
    checks.equal("What the audit planted itself was found.", &planted.len(), &found)?;

    let database = format!("sqlite:{}", shown(&data.join("amanah.db"))?);
    let beside = ["audit", "--bundle", shown(&bundle)?, "--centre", centre, "--database", &database];
    let report = outsider.runs(&beside, &[])?.accepted(&beside)?;
    let look = report.list("/checks")?.iter().find(|check| check["name"] == "database");
    let looked = look.is_some_and(|check| check["passed"] == true && check["counted"].as_u64() > Some(0));
    checks.equal("The database itself holds that and nothing else.", &true, &looked)?;

    let copies = folder.join("tampered");
    std::fs::create_dir(&copies)?;
    let written = run::capture(program("tamper").arg(&bundle).arg(&copies))?;
    for line in written.lines() {
        let (path, what) = line.split_once('\t').with_context(|| format!("`tamper` printed {line}"))?;
        let refused = outsider.runs(&["audit", "--bundle", path, "--centre", centre], &[])?.refusal();
        checks.equal(&format!("It finds {what}."), "exit code 4, audit-failed", &refused)?;
    }
    Ok(())
}
