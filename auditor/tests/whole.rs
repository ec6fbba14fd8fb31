//! A store in which everything is in order passes, page by page and from a file.
mod common;

use amanah_auditor::Check;
use common::story::whole;

#[test]
fn a_store_in_order_passes_every_check() {
    let report = whole().audit();
    println!("{report}");
    assert!(report.passed(), "{report}");
    assert!(report.controls.iter().all(|control| control.found == Some(true)), "{report}");
    for check in Check::ALL {
        let counted = report.result(check).unwrap().counted;
        assert_eq!(counted == 0, check == Check::Consistency, "{} {counted}", check.name());
    }
}
