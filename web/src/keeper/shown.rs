//! What the SDK knows, as the page shows it.

use std::collections::BTreeMap;

use amanah_client_sdk::access::Access;
use amanah_client_sdk::centre::{Centre, ShownDocument};
use amanah_client_sdk::consent::GivenGrant;
use amanah_client_sdk::content;
use amanah_client_sdk::escrow::SeenRequest;
use amanah_client_sdk::fingerprint;
use amanah_client_sdk::given::GivenCase;
use amanah_client_sdk::neutral::{line, lines};
use amanah_client_sdk::nickname;
use amanah_client_sdk::protocol::absence::Absence;
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
    self, Appointed, Asked, Away, Body, Can, Case, CentreRecord, Document, Escrow, Grant, Ground, Held, Intake, Letter,
    Licence, Permission, Person, Post, Published, Seat, Trustee, Version,
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
    let away = centre.absence(&body.account, DeviceClock.now()).map(away);
    Appointed { account: body.account.to_string(), name: line(&body.name), licence: licence(body), away }
}

fn licence(appointment: &Appointment) -> Option<Licence> {
    appointment.licence.as_ref().map(|licence| Licence {
        number: line(&licence.number),
        board: line(&licence.board),
        jurisdiction: line(&licence.jurisdiction),
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
            name: line(&body.name),
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
        hours: wording.hours.clone(),
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
        name: line(centre.name_of(&trustee.account).unwrap_or_default()),
        contact: line(&trustee.contact),
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

/// The name under which the centre has appointed somebody.
fn name_of(device: &Device, account: &AccountId) -> Option<String> {
    device.centre().name_of(account).map(line)
}

/// Somebody in a session.
pub(super) fn person(device: &Device, account: &AccountId, role: Role, thread: Option<&Thread>) -> Person {
    let said = thread.and_then(|thread| thread.intake(account)).map(intake);
    Person {
        account: account.to_string(),
        name: name_of(device, account),
        called: said.as_ref().and_then(|said| said.called.clone()).unwrap_or_else(|| nickname(account)),
        role: words::role(role).to_owned(),
        own: *account == device.id(),
        compared: device.is_verified(account),
        words: fingerprint::words(account),
        code_words: thread.and_then(|thread| thread.code_words(account)).map(str::to_owned),
        away: device.centre().absence(account, DeviceClock.now()).map(away),
        intake: said,
    }
}

fn intake(said: &content::Intake) -> Intake {
    Intake {
        place: said.place.clone(),
        crisis: said.crisis.clone(),
        otherwise: said.otherwise.clone(),
        called: said.called.as_deref().map(line),
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
pub(super) fn seat(device: &Device, thread: &Thread, renew_by: Option<Timestamp>) -> Seat {
    let own = device.id();
    Seat {
        session: thread.session().to_string(),
        people: people(device, thread),
        letters: thread.written().count(),
        unread: device.unread(&thread.session()),
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
        unread: 0,
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
    let releases = thread.releases().iter().filter_map(|asked| release(device, asked));
    let seat = seat(device, thread, renew_by);
    let before = device.shown(&thread.session());
    let letters = thread.letters().iter().skip(earlier);
    let letters = letters.map(|read| letter(device, &seat.people, read, read.position > before)).collect();
    message::Thread {
        seat,
        earlier,
        letters,
        allowed: held(device, thread),
        waits: waits(device, thread).map(|end| end.0),
        stage: thread.stage().map(|(stage, since)| (words::stage(stage).to_owned(), since.0)),
        releases: releases.collect(),
    }
}

/// A request to the trustees, if it waits or has opened something. What has ended without it is in the history.
fn release(device: &Device, asked: &Release) -> Option<message::Release> {
    let waiting = asked.standing(DeviceClock.now()) == Standing::Waiting;
    let opened = asked.released_at().is_some();
    (waiting || opened).then(|| message::Release {
        request: asked.request().hash().to_string(),
        ground: words::ground(asked.outline().ground).to_owned(),
        opened,
        can_stop: waiting && asked.ground().cancellable && asked.clients().contains(&device.id()),
    })
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

fn letter(device: &Device, people: &[Person], read: &ReadLetter, new: bool) -> Letter {
    let body = match read.body() {
        Some(content::Body::Letter(words)) => Body::Words(words.clone()),
        Some(content::Body::CodeWords(_)) => Body::CodeWords,
        Some(content::Body::Intake(_)) => Body::Intake,
        Some(content::Body::Stage(stage)) => Body::Stage(words::stage(*stage).to_owned()),
        None if read.closed => Body::Closed,
        None => Body::Unreadable,
    };
    let (sender, role) = (read.sender.to_string(), words::role(read.role));
    let here = people.iter().find(|person| person.account == sender && person.role == role).cloned();
    let from = here.unwrap_or_else(|| person(device, &read.sender, read.role, None));
    let new = new && read.sender != device.id();
    Letter { position: read.position, from, stored: read.stored.0, new, body }
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
pub(super) fn access(device: &Device, thread: &Thread, access: &Access) -> message::Access {
    match access {
        Access::Reader { account, role, from, until, .. } => message::Access::Reader {
            person: person(device, account, *role, Some(thread)),
            from: from.0,
            until: until.map(|until| until.0),
        },
        Access::History { to, at, .. } => {
            message::Access::Handed { to: person(device, to, Role::Counsellor, Some(thread)), at: at.0 }
        }
        Access::Release(release) => message::Access::Release {
            to: person(device, &release.outline().recipient, Role::Client, Some(thread)),
            ground: words::ground(release.outline().ground).to_owned(),
            at: release.moment().time.0,
            standing: words::standing(release.standing(DeviceClock.now())).to_owned(),
        },
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
        standing: if stands == Standing::Released && !open { "over" } else { words::standing(stands) }.to_owned(),
        ended_by: release.ended().map(|(_, by, _)| somebody(&by)),
        closes: outline.expires.0,
        can,
    }
}
