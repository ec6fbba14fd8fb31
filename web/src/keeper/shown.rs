//! What the SDK knows, as the page shows it.

use std::collections::BTreeMap;

use amanah_client_sdk::access::Access;
use amanah_client_sdk::centre::{Centre, ShownDocument};
use amanah_client_sdk::consent::GivenGrant;
use amanah_client_sdk::content;
use amanah_client_sdk::fingerprint;
use amanah_client_sdk::given::GivenCase;
use amanah_client_sdk::neutral::{line, lines};
use amanah_client_sdk::protocol::absence::Absence;
use amanah_client_sdk::protocol::centre::{Appointment, Role};
use amanah_client_sdk::protocol::consent;
use amanah_client_sdk::protocol::escrow::Policy;
use amanah_client_sdk::protocol::ids::{AccountId, Timestamp};
use amanah_client_sdk::protocol::release::Standing;
use amanah_client_sdk::protocol::signature::Signed;
use amanah_client_sdk::thread::{ReadLetter, Thread};
use amanah_client_sdk::transport::Clock;

use super::{Device, DeviceClock};
use crate::message::{
    self, Appointed, Away, Body, Case, Document, Escrow, Grant, Ground, Held, Intake, Letter, Licence, Permission,
    Person, Seat,
};
use crate::problem::{Problem, Trouble};
use crate::words;

/// The centre in a language, with the escrow that may be chosen.
pub(super) fn centre(centre: &Centre, locale: &str, offered: Option<&Signed<Policy>>) -> message::Centre {
    let staff =
        |role| centre.staff(role, DeviceClock.now()).into_iter().map(|signed| appointed(centre, signed)).collect();
    message::Centre {
        words: centre.id().map(|id| fingerprint::words(&id)).unwrap_or_default(),
        document: centre.newest_document().and_then(|newest| document(newest, locale)),
        counsellors: staff(Role::Counsellor),
        supervisors: staff(Role::Supervisor),
        escrow: offered.map(|policy| escrow(centre, policy)),
    }
}

/// That somebody is away.
pub(super) fn away(absence: &Absence) -> Away {
    Away { until: absence.until.0, note: lines(&absence.note) }
}

fn appointed(centre: &Centre, signed: &Signed<Appointment>) -> Appointed {
    let body = signed.body();
    let licence = body.licence.as_ref().map(|licence| Licence {
        number: line(&licence.number),
        board: line(&licence.board),
        jurisdiction: line(&licence.jurisdiction),
        link: Some(licence.link.clone()).filter(|link| link.starts_with("https://")),
        expires: licence.expires.0,
    });
    let away = centre.absence(&body.account, DeviceClock.now()).map(away);
    Appointed { account: body.account.to_string(), name: line(&body.name), licence, away }
}

/// The document in a language, or in the first that it has.
fn document(shown: &ShownDocument, locale: &str) -> Option<Document> {
    let body = shown.signed.body();
    let mut wordings = body.wordings.iter().zip(&shown.texts);
    let first = wordings.clone().next();
    let (wording, text) = wordings.find(|(wording, _)| wording.locale == locale).or(first)?;
    Some(Document {
        hash: shown.signed.hash().to_string(),
        locale: wording.locale.clone(),
        data: wording.data.clone(),
        rights: wording.rights.clone(),
        contacts: wording.contacts.clone(),
        complaint: wording.complaint.clone(),
        text: text.clone(),
        floor_days: body.retention.floor_days,
        ceiling_days: body.retention.ceiling_days,
        purposes: body.purposes.iter().map(|purpose| words::purpose(*purpose).to_owned()).collect(),
    })
}

fn escrow(centre: &Centre, policy: &Signed<Policy>) -> Escrow {
    let body = policy.body();
    let name = |account: &AccountId| line(centre.name_of(account).unwrap_or_default());
    Escrow {
        hash: policy.hash().to_string(),
        needed: body.threshold,
        trustees: body.trustees.iter().map(|trustee| (name(&trustee.account), line(&trustee.contact))).collect(),
        grounds: body
            .grounds
            .iter()
            .map(|ground| Ground {
                word: words::ground(ground.code).to_owned(),
                delay: ground.delay_ms,
                notice: ground.notice_ms,
                cancellable: ground.cancellable,
            })
            .collect(),
    }
}

/// The name under which the centre has appointed somebody.
fn name_of(device: &Device, account: &AccountId) -> Option<String> {
    device.centre().name_of(account).map(line)
}

/// Somebody in a session.
pub(super) fn person(device: &Device, account: &AccountId, role: Role, thread: Option<&Thread>) -> Person {
    Person {
        account: account.to_string(),
        name: name_of(device, account),
        role: words::role(role).to_owned(),
        own: *account == device.id(),
        compared: device.is_verified(account),
        words: fingerprint::words(account),
        code_words: thread.and_then(|thread| thread.code_words(account)).map(str::to_owned),
        away: device.centre().absence(account, DeviceClock.now()).map(away),
        intake: thread.and_then(|thread| thread.intake(account)).map(intake),
    }
}

fn intake(said: &content::Intake) -> Intake {
    Intake { place: said.place.clone(), crisis: said.crisis.clone(), otherwise: said.otherwise.clone() }
}

/// Everybody in a session, by role.
pub(super) fn people(device: &Device, thread: &Thread) -> Vec<Person> {
    let mut members: Vec<_> =
        thread.manifest().map(|manifest| manifest.body().outline.members.iter().collect()).unwrap_or_default();
    members.sort_by_key(|member| (member.account != device.id(), member.role.number(), member.account));
    members.into_iter().map(|member| person(device, &member.account, member.role, Some(thread))).collect()
}

/// What is wrong with a thread, if anything is.
fn trouble(thread: &Thread) -> Option<Problem> {
    let refused = || (!thread.refusals().is_empty()).then(|| Trouble::SessionRefused.into());
    let erased = || thread.erased().map(|_| Trouble::SessionErased.into());
    thread.fault().map(Problem::from).or_else(erased).or_else(refused)
}

/// A session in the list.
pub(super) fn seat(device: &Device, thread: &Thread, renew_by: Option<Timestamp>) -> Seat {
    let own = device.id();
    Seat {
        session: thread.session().to_string(),
        people: people(device, thread),
        letters: thread.written().count(),
        unanswered: thread.unanswered(),
        answered_before: thread.written().any(|letter| letter.sender == own),
        newest: thread.written().last().map(|letter| letter.stored.0),
        trouble: trouble(thread),
        renew_by: renew_by.map(|end| end.0),
    }
}

/// A session that the relay no longer shows to this account.
pub(super) fn closed_seat(session: String, problem: Problem) -> Seat {
    Seat {
        session,
        people: Vec::new(),
        letters: 0,
        unanswered: 0,
        answered_before: true,
        newest: None,
        trouble: Some(problem),
        renew_by: None,
    }
}

/// A session as it was read, with so many of its newest letters.
pub(super) fn thread(device: &Device, thread: &Thread, newest: usize, renew_by: Option<Timestamp>) -> message::Thread {
    let earlier = thread.letters().len().saturating_sub(newest);
    let releases = thread
        .releases()
        .iter()
        .map(|release| (words::ground(release.outline().ground).to_owned(), release.released_at().is_some()));
    message::Thread {
        seat: seat(device, thread, renew_by),
        earlier,
        letters: thread.letters().iter().skip(earlier).map(|read| letter(device, read)).collect(),
        allowed: held(device, thread),
        waits: waits(device, thread).map(|end| end.0),
        stage: thread.stage().map(|(stage, since)| (words::stage(stage).to_owned(), since.0)),
        releases: releases.collect(),
    }
}

/// What is allowed now; what was signed again is allowed since it was first signed.
fn held(device: &Device, thread: &Thread) -> Vec<Held> {
    let (centre, now) = (device.centre(), DeviceClock.now());
    let mut all: Vec<Held> = Vec::new();
    for (grant, permissions) in thread.allowed(now) {
        let grant = grant.body();
        let until = grant.expires.into_iter().chain(centre.replaced_at(&grant.document, now)).min().map(|end| end.0);
        for permission in permissions {
            let message::Permission { purpose, name, .. } = self::permission(device, permission, false);
            match all.iter_mut().find(|held| held.purpose == purpose && held.name == name) {
                Some(held) => held.until = held.until.zip(until).map(|(one, other)| one.max(other)),
                None => all.push(Held { purpose, name, since: grant.issued.0, until }),
            }
        }
    }
    all
}

/// When the consent of the first client ends who has signed an older document last.
fn waits(device: &Device, thread: &Thread) -> Option<Timestamp> {
    let newest: BTreeMap<AccountId, &consent::Grant> =
        thread.grants().map(|grant| (grant.body().client, grant.body())).collect();
    let now = DeviceClock.now();
    newest.values().filter_map(|grant| device.centre().replaced_at(&grant.document, now)).min()
}

fn letter(device: &Device, read: &ReadLetter) -> Letter {
    let body = match read.body() {
        Some(content::Body::Letter(words)) => Body::Words(words.clone()),
        Some(content::Body::CodeWords(_)) => Body::CodeWords,
        Some(content::Body::Intake(_)) => Body::Intake,
        Some(content::Body::Stage(stage)) => Body::Stage(words::stage(*stage).to_owned()),
        None if read.closed => Body::Closed,
        None => Body::Unreadable,
    };
    let from = person(device, &read.sender, read.role, None);
    Letter { position: read.position, from, stored: read.stored.0, body }
}

/// A case with what this account has allowed in it.
pub(super) fn case(device: &Device, given: &GivenCase, thread: &Thread) -> Case {
    let escrow = thread.manifest().and_then(|manifest| manifest.body().outline.escrow.as_ref());
    Case {
        id: given.case.to_string(),
        people: people(device, thread),
        escrowed: escrow.is_some(),
        grants: given.grants.iter().map(|given| grant(device, given)).collect(),
    }
}

/// A grant and what was taken back of it.
fn grant(device: &Device, given: &GivenGrant) -> Grant {
    let body = given.signed.body();
    let shown = |one: &consent::Permission| permission(device, one, given.revoked.contains(&one.purpose));
    Grant {
        id: given.signed.hash().to_string(),
        issued: body.issued.0,
        permissions: body.permissions.iter().map(shown).collect(),
    }
}

/// One thing that was allowed.
pub(super) fn permission(device: &Device, permission: &consent::Permission, taken_back: bool) -> Permission {
    Permission {
        purpose: words::purpose(permission.purpose).to_owned(),
        name: permission.named.and_then(|named| name_of(device, &named)),
        taken_back,
    }
}

/// One line of an access history.
pub(super) fn access(device: &Device, access: &Access) -> message::Access {
    match access {
        Access::Reader { account, role, from, until, .. } => message::Access::Reader {
            person: person(device, account, *role, None),
            from: from.0,
            until: until.map(|until| until.0),
        },
        Access::History { to, at, .. } => {
            message::Access::Handed { to: person(device, to, Role::Counsellor, None), at: at.0 }
        }
        Access::Release(release) => message::Access::Release {
            to: person(device, &release.outline().recipient, Role::Client, None),
            ground: words::ground(release.outline().ground).to_owned(),
            at: release.moment().time.0,
            standing: match release.standing(DeviceClock.now()) {
                Standing::Waiting => "waiting",
                Standing::Released => "released",
                Standing::Vetoed => "vetoed",
                Standing::Cancelled => "cancelled",
                Standing::Expired => "expired",
            }
            .to_owned(),
        },
    }
}
