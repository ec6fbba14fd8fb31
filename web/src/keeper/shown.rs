//! What the SDK knows, as the page shows it.

use amanah_client_sdk::access::Access;
use amanah_client_sdk::centre::{Centre, ShownDocument};
use amanah_client_sdk::consent::GivenGrant;
use amanah_client_sdk::escrow::SeenRequest;
use amanah_client_sdk::fingerprint;
use amanah_client_sdk::protocol::centre::{Appointment, Role};
use amanah_client_sdk::protocol::consent;
use amanah_client_sdk::protocol::escrow::Policy;
use amanah_client_sdk::protocol::ids::{AccountId, Timestamp};
use amanah_client_sdk::protocol::release::{Release, Standing};
use amanah_client_sdk::protocol::signature::Signed;
use amanah_client_sdk::thread::{ReadLetter, Thread};
use amanah_client_sdk::transport::Clock;

use super::{Device, DeviceClock};
use crate::message::{
    self, Allowed, Appointed, Asked, Body, Can, CentreRecord, Document, Escrow, Grant, Ground, Letter, Licence,
    Permission, Person, Post, Published, Seat, Trustee, Version,
};
use crate::problem::{Problem, Trouble};
use crate::words;

/// The centre in a language, with the escrow that may be chosen.
pub(super) fn centre(centre: &Centre, locale: &str, offered: Option<&Signed<Policy>>) -> message::Centre {
    let staff = |role| centre.staff(role, DeviceClock.now()).into_iter().map(appointed).collect();
    message::Centre {
        words: centre.id().map(|id| fingerprint::words(&id)).unwrap_or_default(),
        document: centre.newest_document().and_then(|newest| document(newest, locale)),
        counsellors: staff(Role::Counsellor),
        supervisors: staff(Role::Supervisor),
        escrow: offered.map(|policy| escrow(centre, policy)),
    }
}

fn appointed(signed: &Signed<Appointment>) -> Appointed {
    let body = signed.body();
    Appointed { account: body.account.to_string(), name: body.name.clone(), licence: licence(body) }
}

fn licence(appointment: &Appointment) -> Option<Licence> {
    appointment.licence.as_ref().map(|licence| Licence {
        number: licence.number.clone(),
        board: licence.board.clone(),
        jurisdiction: licence.jurisdiction.clone(),
        link: Some(licence.link.clone()).filter(|link| link.starts_with("https://")),
        expires: licence.expires.0,
    })
}

/// The centre's record as its own people read it.
pub(super) fn record(centre: &Centre, relay: String, now: Timestamp) -> CentreRecord {
    let staff = Role::ALL.iter().flat_map(|role| centre.staff(*role, now));
    let people = staff.map(|signed| {
        let body = signed.body();
        Post {
            appointment: signed.hash().to_string(),
            name: body.name.clone(),
            role: words::role(body.role).to_owned(),
            until: body.until.0,
            licence: licence(body),
        }
    });
    let mut documents: Vec<Version> = centre.documents().iter().map(|shown| version(centre, shown, now)).collect();
    documents.sort_by_key(|version| std::cmp::Reverse(version.number));
    let on_offer = centre.policy_on_offer(now).map(Signed::hash);
    let mut policies: Vec<Published> = centre
        .policies()
        .map(|policy| Published { escrow: escrow(centre, policy), offered: on_offer == Some(policy.hash()) })
        .collect();
    policies.sort_by_key(|published| std::cmp::Reverse(published.escrow.number));
    CentreRecord { relay, people: people.collect(), documents, policies }
}

fn version(centre: &Centre, shown: &ShownDocument, now: Timestamp) -> Version {
    let body = shown.signed.body();
    Version {
        number: body.number,
        until: centre.replaced_at(&shown.signed.hash(), now).map(|end| end.0),
        grace_days: body.grace_days,
        wordings: body.wordings.iter().filter_map(|wording| document(shown, &wording.locale)).collect(),
    }
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

/// The rules of an escrow.
pub(super) fn escrow(centre: &Centre, policy: &Signed<Policy>) -> Escrow {
    let body = policy.body();
    let roles = |roles: &[Role]| roles.iter().map(|role| words::role(*role).to_owned()).collect();
    let trustees = body.trustees.iter().map(|trustee| Trustee {
        name: centre.name_of(&trustee.account).unwrap_or_default().to_owned(),
        contact: trustee.contact.clone(),
        accepted: centre.has_accepted_policy(&policy.hash(), &trustee.account),
    });
    Escrow {
        hash: policy.hash().to_string(),
        number: body.number,
        needed: body.threshold,
        trustees: trustees.collect(),
        grounds: body
            .grounds
            .iter()
            .map(|ground| Ground {
                word: words::ground(ground.code).to_owned(),
                delay: ground.delay_ms,
                notice: ground.notice_ms,
                cancellable: ground.cancellable,
                requesters: roles(&ground.requesters),
                recipients: roles(&ground.recipients),
            })
            .collect(),
    }
}

/// Somebody in a session.
pub(super) fn person(device: &Device, account: &AccountId, role: Role, thread: Option<&Thread>) -> Person {
    Person {
        account: account.to_string(),
        name: device.centre().name_of(account).map(str::to_owned),
        role: words::role(role).to_owned(),
        own: *account == device.id(),
        compared: device.is_verified(account),
        words: fingerprint::words(account),
        code_words: thread.and_then(|thread| thread.code_words(account)).map(str::to_owned),
    }
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
pub(super) fn seat(device: &Device, thread: &Thread) -> Seat {
    let own = device.id();
    let (centre, now) = (device.centre(), DeviceClock.now());
    let is_own = |grant: &&Signed<consent::Grant>| grant.body().client == own;
    let newest = thread.grants().filter(is_own).last();
    Seat {
        session: thread.session().to_string(),
        people: people(device, thread),
        letters: thread.letters().iter().filter(|letter| !letter.is_code_words()).count(),
        unanswered: thread.unanswered(),
        answered_before: thread.letters().iter().any(|letter| letter.sender == own),
        newest: thread.letters().last().map(|letter| letter.stored.0),
        trouble: trouble(thread),
        renew_by: newest.and_then(|grant| centre.replaced_at(&grant.body().document, now)).map(|end| end.0),
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
pub(super) fn thread(device: &Device, thread: &Thread, newest: usize) -> message::Thread {
    let earlier = thread.letters().len().saturating_sub(newest);
    let allowed = thread.allowed(DeviceClock.now());
    let mut allowed: Vec<Allowed> = allowed
        .into_iter()
        .flat_map(|(_, permissions)| permissions)
        .map(|permission| Allowed {
            purpose: words::purpose(permission.purpose).to_owned(),
            named: permission.named.and_then(|named| device.centre().name_of(&named)).map(str::to_owned),
        })
        .collect();
    allowed.dedup();
    let releases = thread
        .releases()
        .iter()
        .map(|release| (words::ground(release.outline().ground).to_owned(), release.released_at().is_some()));
    message::Thread {
        seat: seat(device, thread),
        earlier,
        letters: thread.letters().iter().skip(earlier).map(|read| letter(device, read)).collect(),
        allowed,
        releases: releases.collect(),
    }
}

fn letter(device: &Device, read: &ReadLetter) -> Letter {
    let body = match &read.content {
        Some(_) if read.is_code_words() => Body::CodeWords,
        Some(content) => Body::Words(content.body.clone()),
        None if read.closed => Body::Closed,
        None => Body::Unreadable,
    };
    // whoever the centre has appointed is no client, as far as a letter tells
    let from = person(device, &read.sender, Role::Client, None);
    Letter { position: read.position, from, stored: read.stored.0, body }
}

/// A grant and what was taken back of it.
pub(super) fn grant(device: &Device, given: &GivenGrant) -> Grant {
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
        name: permission.named.and_then(|named| device.centre().name_of(&named)).map(str::to_owned),
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
            standing: standing(release.standing(DeviceClock.now())).to_owned(),
        },
    }
}

const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Waiting => "waiting",
        Standing::Released => "released",
        Standing::Vetoed => "vetoed",
        Standing::Cancelled => "cancelled",
        Standing::Expired => "expired",
    }
}

/// A request to the trustees, as somebody with a part in it sees it.
pub(super) fn asked(device: &Device, seen: &SeenRequest) -> Asked {
    let (own, now) = (device.id(), DeviceClock.now());
    let release: &Release = &seen.release;
    let outline = release.outline();
    let stands = release.standing(now);
    let (waiting, open) = (stands == Standing::Waiting, release.is_open(now));
    // whoever the centre has not appointed is a client
    let somebody = |account: &AccountId| {
        let held = |role: &&Role| device.centre().appointment(account, **role, now).is_some();
        let role = Role::ALL.iter().find(held).copied().unwrap_or(Role::Client);
        person(device, account, role, None)
    };
    let approvers: Vec<_> = release.approvals().iter().map(|approved| &approved.signed.body().trustee).collect();
    let trustee = waiting && release.policy().body().trustee(&own).is_some();
    let can = match release.may_approve_from(&own).filter(|_| !approvers.contains(&&own)) {
        Some(from) if trustee && now < from => Can::Wait(from.0),
        Some(_) if trustee => Can::Approve,
        None if trustee => Can::Veto,
        _ if open && outline.recipient == own => Can::Open,
        _ => Can::Nothing,
    };
    Asked {
        session: outline.session.to_string(),
        request: release.request().hash().to_string(),
        ground: words::ground(outline.ground).to_owned(),
        made: release.moment().time.0,
        by: somebody(&outline.requester),
        to: somebody(&outline.recipient),
        clients: release.clients().iter().map(somebody).collect(),
        epochs: seen.epochs.clone(),
        reason: seen.reason.as_ref().map(|reason| reason.trim_end().to_owned()),
        told: seen.told,
        tell_by: release.notice_due().0,
        cancellable: release.ground().cancellable,
        seen: release.seen().keys().map(somebody).collect(),
        own_seen: release.seen().get(&own).map(|seen| seen.own.0),
        approved: approvers.into_iter().map(somebody).collect(),
        needed: release.policy().body().threshold,
        standing: if stands == Standing::Released && !open { "over" } else { standing(stands) }.to_owned(),
        ended_by: release.ended().map(|(_, by, _)| somebody(&by)),
        closes: outline.expires.0,
        can,
    }
}
