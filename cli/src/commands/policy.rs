//! How the rules of an escrow are shown: who can open together, for which reasons, and when the client is told.

use amanah_client_sdk::centre::Centre;
use amanah_client_sdk::fingerprint;
use amanah_client_sdk::neutral;
use amanah_client_sdk::protocol::centre::Role;
use amanah_client_sdk::protocol::escrow::{Ground, Policy, PolicyTrustee};
use amanah_client_sdk::protocol::signature::Signed;
use serde_json::{Value, json};

use super::show;
use crate::texts::Texts;

/// The rules of an escrow as a reader of the centre's record sees them.
#[derive(Clone, Copy)]
pub(crate) struct ShownPolicy<'a> {
    /// The centre.
    pub(crate) centre: &'a Centre,
    /// The rules.
    pub(crate) signed: &'a Signed<Policy>,
    /// Whether it was checked who has accepted them; only somebody who is signed in can.
    pub(crate) checked: bool,
    /// Whether they are shown to the client who decides.
    pub(crate) to_client: bool,
}

impl ShownPolicy<'_> {
    /// As JSON.
    pub(crate) fn json(self) -> Value {
        let body = self.signed.body();
        json!({
            "policy": self.signed.hash().to_string(),
            "number": body.number,
            "threshold": body.threshold,
            "of": body.trustees.len(),
            "trustees": body.trustees.iter().map(|trustee| self.trustee_json(trustee)).collect::<Vec<_>>(),
            "grounds": body.grounds.iter().map(ground_json).collect::<Vec<_>>(),
        })
    }

    /// As lines: number and hash, trustees, grounds.
    pub(crate) fn lines(self, texts: Texts) -> Vec<String> {
        let body = self.signed.body();
        let mut lines = vec![
            texts.fill("policy-heading", vec![("number", body.number.to_string().into())]),
            format!("  {}", texts.fill("policy-line", vec![("policy", self.signed.hash().to_string().into())])),
            format!("  {}", texts.fill("policy-threshold", self.counts())),
        ];
        lines.extend(body.trustees.iter().flat_map(|trustee| self.trustee_lines(texts, trustee)));
        lines.push(format!("  {}", texts.say("policy-grounds-line")));
        lines.extend(body.grounds.iter().flat_map(|ground| self.ground_lines(texts, ground)));
        lines
    }

    /// What a client must know before saying yes or no, as lines.
    pub(crate) fn offer_lines(self, texts: Texts) -> Vec<String> {
        let mut lines =
            vec![texts.say("escrow-offer"), texts.fill("escrow-yes", self.counts()), texts.say("escrow-no")];
        lines.extend([texts.say("escrow-free"), String::new()]);
        lines.extend(self.lines(texts));
        lines
    }

    fn counts(self) -> Vec<crate::texts::Variable> {
        let body = self.signed.body();
        vec![("needed", u64::from(body.threshold).into()), ("count", body.trustees.len().into())]
    }

    fn has_accepted(self, trustee: &PolicyTrustee) -> Option<bool> {
        self.checked.then(|| self.centre.has_accepted_policy(&self.signed.hash(), &trustee.account))
    }

    fn trustee_json(self, trustee: &PolicyTrustee) -> Value {
        json!({
            "x": trustee.x,
            "account": trustee.account.to_string(),
            "name": self.centre.name_of(&trustee.account),
            "contact": trustee.contact,
            "fingerprint": fingerprint::words(&trustee.account),
            "accepted": self.has_accepted(trustee),
        })
    }

    fn trustee_lines(self, texts: Texts, trustee: &PolicyTrustee) -> Vec<String> {
        let account = trustee.account.to_string();
        let name = self.centre.name_of(&trustee.account).map_or(account, neutral::line);
        let name = match self.has_accepted(trustee) {
            Some(true) => format!("{name} ({})", texts.say("policy-accepted")),
            Some(false) => format!("{name} ({})", texts.say("policy-not-accepted")),
            None => name,
        };
        let contact = vec![("contact", neutral::line(&trustee.contact).into())];
        vec![format!("    {name}"), format!("      {}", texts.fill("contact-line", contact))]
    }

    fn ground_lines(self, texts: Texts, ground: &Ground) -> Vec<String> {
        let roles = |roles: &[Role]| {
            let words = roles.iter().map(|role| texts.say(&format!("role-{}", show::role(*role))));
            words.collect::<Vec<_>>().join(", ")
        };
        let people =
            vec![("requesters", roles(&ground.requesters).into()), ("recipients", roles(&ground.recipients).into())];
        let heading = format!("{} ({})", show::ground_text(texts, ground.code), show::ground(ground.code));
        let cancel = match (ground.cancellable, self.to_client) {
            (true, true) => texts.say("ground-can-stop-you"),
            (true, false) => texts.say("ground-can-stop"),
            (false, true) => texts.say("ground-cannot-stop-you"),
            (false, false) => texts.say("ground-cannot-stop"),
        };
        vec![
            format!("    {heading}"),
            format!(
                "      {} {} {cancel}",
                delay_text(texts, ground.delay_ms),
                self.notice_text(texts, ground.notice_ms)
            ),
            format!("      {}", texts.fill("ground-people", people)),
        ]
    }

    fn notice_text(self, texts: Texts, notice: u64) -> String {
        let time = || vec![("time", show::duration(texts, notice).into())];
        match (notice, self.to_client) {
            (0, true) => texts.say("notice-at-once-you"),
            (0, false) => texts.say("notice-at-once"),
            (_, true) => texts.fill("notice-within-you", time()),
            (_, false) => texts.fill("notice-within", time()),
        }
    }
}

fn delay_text(texts: Texts, delay: u64) -> String {
    match delay {
        0 => texts.say("delay-none"),
        _ => texts.fill("delay-each", vec![("time", show::duration(texts, delay).into())]),
    }
}

fn ground_json(ground: &Ground) -> Value {
    let roles = |roles: &[Role]| roles.iter().map(|role| show::role(*role)).collect::<Vec<_>>();
    json!({
        "ground": show::ground(ground.code),
        "delay_seconds": ground.delay_ms / 1000,
        "notice_seconds": ground.notice_ms / 1000,
        "requesters": roles(&ground.requesters),
        "recipients": roles(&ground.recipients),
        "cancellable": ground.cancellable,
    })
}
