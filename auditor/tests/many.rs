//! Many letters: as fast as their signatures, and little is kept of each.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use amanah_auditor::Check;
use common::story::Story;

#[test]
fn twenty_thousand_letters_are_audited() {
    let mut story = Story::new();
    for number in 0..20_000 {
        let sender = if number % 2 == 0 { &story.client } else { &story.counsellor };
        story.one.write(&mut story.store, sender);
    }
    let report = story.store.bundle().audit();
    assert!(report.passed(), "{report}");
    assert!(report.result(Check::Letters).unwrap().counted > 20_000);
}
