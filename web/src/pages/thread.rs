//! A session: who is here, its letters, and writing the next one.

use leptos::prelude::*;
use leptos_router::components::A;

use super::Instead;
use super::case::CaseHead;
use super::export::Save;
use super::landing::AwayUntil;
use super::letters::letters_new;
use super::templates::Insert;
use crate::desk::{Doing, desk};
use crate::message::{
    self, AcknowledgeAccount, AcknowledgeKeys, AgreeCodeWords, Body, Compare, Letter, Open, Person, RenewKeys, Send,
    StopRelease, Thread,
};
use crate::parts::{
    Field, NotLoaded, Page, SecretField, Working, Wrong, WrongNow, day, focus_heading, in_a_row, moment, name_of,
};
use crate::problem::{Problem, Trouble};
use crate::texts::{fill, say, t};

/// How many letters are shown at first, and how many more each time.
const AT_ONCE: usize = 40;

/// The page of the session that is open.
#[component]
pub(crate) fn ThreadPage() -> impl IntoView {
    let desk = desk();
    let session = Memo::new(move |_| desk.session.get());
    view! {
        {move || match session.get() {
            Some(session) => view! { <Session session/> }.into_any(),
            None => view! { <Instead path="/letters"/> }.into_any(),
        }}
    }
}

#[component]
fn Session(session: String) -> impl IntoView {
    let (desk, doing, writing) = (desk(), Doing::new(), Doing::new());
    let thread = RwSignal::new(None::<Thread>);
    let (newest, fresh) = (RwSignal::new(AT_ONCE), RwSignal::new(0_usize));
    let asked = session.clone();
    Effect::new(move |before: Option<(usize, usize)>| {
        let (new_in, newest, tries) = (desk.news.get(), newest.get(), doing.tries());
        if before == Some((newest, tries)) && new_in.is_some_and(|new_in| new_in != asked) {
            return (newest, tries);
        }
        let asked = Open { session: asked.clone(), newest };
        let show = move |read: Thread| {
            let known = thread.with_untracked(|known| known.as_ref().map(|known| known.seat.unanswered));
            fresh.update(|fresh| *fresh += known.map_or(0, |known| read.seat.unanswered.saturating_sub(known)));
            if thread.with_untracked(|known| known.as_ref() != Some(&read)) {
                thread.set(Some(read));
            }
        };
        if before.is_some_and(|(_, before)| before == tries) {
            doing.quietly(asked, show);
        } else {
            doing.run(asked, show);
        }
        (newest, tries)
    });
    let counsels = move || desk.me.with(|me| me.as_ref().is_some_and(|me| !me.roles.is_empty()));
    // what is shown stays, and whoever writes goes on writing, when something new comes in
    let copied = session.clone();
    let loaded = Memo::new(move |_| thread.with(Option::is_some));
    let count = Memo::new(move |_| thread.with(|thread| thread.as_ref().map_or(0, |thread| thread.seat.letters)));
    let over = Memo::new(move |_| {
        let closed =
            doing.problem.with(|problem| problem.as_ref().is_some_and(|p| p.trouble == Trouble::NoLongerReader));
        loaded.get() && (closed || thread.with(|thread| thread.as_ref().is_some_and(Thread::is_over)))
    });
    let others = Memo::new(move |_| {
        let people = thread.with(|t| t.as_ref().map(|t| t.seat.people.clone()).unwrap_or_default());
        people.into_iter().filter(|person| !person.own).collect::<Vec<_>>()
    });
    let heading = Signal::derive(move || match others.get().iter().map(name_of).collect::<Vec<_>>().as_slice() {
        [] => say("thread-title"),
        names => fill("thread-with", &[("names", in_a_row(names).into())]),
    });
    let trouble = move || thread.with(|thread| thread.as_ref().and_then(|t| t.seat.trouble.clone()));
    view! {
        <Page title="thread-title" heading>
            <p><A href="/letters">{t("thread-back")}</A></p>
            <Working doing text="opening"/>
            // while somebody writes, what went wrong is said there
            <Show when=move || !over.get() && writing.problem.with(Option::is_none)>
                <NotLoaded doing/>
            </Show>
            <Show when=move || loaded.get()>
                {move || match (over.get(), counsels()) {
                    (true, counsels) => view! { <Over thread counsels/> }.into_any(),
                    (false, true) => view! { <CaseHead thread/> }.into_any(),
                    (false, false) => view! { <StageHere thread/> }.into_any(),
                }}
                <Here thread counsels=counsels()/>
                <Letters thread newest/>
                <p role="status" class="arrived">{move || letters_new(fresh.get())}</p>
                {move || trouble().map(|problem| view! { <div role="alert"><WrongNow problem/></div> })}
            </Show>
            {
                let session = session.clone();
                move || (loaded.get() && !over.get()).then(|| view! {
                    <Write
                        session=session.clone()
                        thread
                        newest
                        first=Signal::derive(move || count.get() == 0)
                        counsels=counsels()
                        reading=doing
                        doing=writing
                        fresh
                    />
                })
            }
            <Show when=move || loaded.get()>
                <Save session=copied.clone()/>
            </Show>
        </Page>
    }
}

/// That nobody writes here any more, and how it can go on.
#[component]
fn Over(thread: RwSignal<Option<Thread>>, counsels: bool) -> impl IntoView {
    let renews = move || thread.with(|thread| thread.as_ref().is_some_and(|t| t.seat.renew_by.is_some()));
    let erased = move || thread.with(|thread| thread.as_ref().is_some_and(Thread::is_erased));
    view! {
        // what is said of a new text, or of an erased correspondence, is said there
        <Show when=move || !renews() && !erased()>
            <div class="note" role="alert">
                <p>{t(if counsels { "over-for-counsellor" } else { "over-for-client" })}</p>
                {(!counsels).then(|| view! { <p class="actions"><a href="/begin" class="button">{t("over-begin")}</a></p> })}
            </div>
        </Show>
    }
}

/// Who reads here, and what was allowed.
#[component]
fn Here(thread: RwSignal<Option<Thread>>, counsels: bool) -> impl IntoView {
    let doing = Doing::new();
    let people = Memo::new(move |_| thread.with(|t| t.as_ref().map(|t| t.seat.people.clone()).unwrap_or_default()));
    let names = move || in_a_row(&people.get().iter().map(name_of).collect::<Vec<_>>());
    let allowed = move || {
        let purposes = thread.with(|thread| thread.as_ref().map(|t| t.allowed.clone()).unwrap_or_default());
        purposes
            .into_iter()
            .map(|held| {
                let text = say(&format!("purpose-{}", held.purpose));
                let since = fill("held-since", &[("time", day(held.since).into())]);
                let until = held.until.map(|until| format!(" {}", fill("held-until", &[("time", day(until).into())])));
                view! {
                    <li>{text}{held.name.map(|name| format!(" ({name})"))}<span class="quiet block">{since}{until}</span></li>
                }
            })
            .collect_view()
    };
    let renew = move || thread.with(|thread| thread.as_ref().and_then(|t| t.seat.renew_by));
    let releases = move || thread.with(|thread| thread.as_ref().map(|t| t.releases.clone()).unwrap_or_default());
    view! {
        <section class="here">
            <p>{move || fill("readers-here", &[("names", names().into())])}</p>
            {move || people.get().into_iter().filter(|person| !person.own).filter_map(|person| {
                let away = person.away.clone()?;
                Some(view! { <p class="note"><span class="name">{name_of(&person)}</span>" "<AwayUntil away/></p> })
            }).collect_view()}
            <details>
                <summary>{t("here-details")}</summary>
                <ul class="people">
                    {move || people.get().into_iter().filter(|person| !person.own || person.code_words.is_some()).enumerate().map(|(at, person)| view! {
                        <li><Somebody person at doing/></li>
                    }).collect_view()}
                </ul>
                <Wrong problem=doing.problem/>
                <h3>{move || if counsels { say("allowed-by-client") } else { say("allowed-by-you") }}</h3>
                <ul class="calm">{allowed}</ul>
                {(!counsels).then(|| view! { <CodeWords/> <p><A href="/intake">{t("intake-link")}</A></p> })}
                <p><A href="/history">{t("history-link")}</A></p>
            </details>
        </section>
        {move || renew().map(|end| view! {
            <div class="note">
                <p>{move || fill("document-new", &[("time", day(end).into())])}</p>
                <p><A href="/renew">{t("renew-link")}</A></p>
            </div>
        })}
        {move || releases().into_iter().map(|asked| view! { <Opening asked/> }).collect_view()}
    }
}

/// What was asked of the trustees, with a way for the client to stop it as long as the rules give one.
#[component]
fn Opening(asked: message::Release) -> impl IntoView {
    let (desk, doing) = (desk(), Doing::new());
    let message::Release { request, ground, opened, can_stop } = asked;
    let id = if opened { "release-opened" } else { "release-asked" };
    let stop = move |_| {
        let Some(session) = desk.session.get_untracked().filter(|_| !doing.busy.get_untracked()) else { return };
        doing.run(StopRelease { session, request: request.clone() }, move |()| {
            focus_heading();
            desk.tell(None);
        });
    };
    view! {
        <div class="note wrong" role="alert">
            <p>{move || fill(id, &[("ground", say(&format!("ground-{ground}")).into())])}</p>
            {can_stop.then(|| view! {
                <p>{t("release-stop-means")}</p>
                <p class="actions"><button type="button" class="second" on:click=stop>{t("release-stop")}</button></p>
            })}
            <Working doing text="working"/>
            <Wrong problem=doing.problem/>
            <p><A href="/history">{t("history-link")}</A></p>
        </div>
    }
}

/// The stage in plain words, for the client.
#[component]
fn StageHere(thread: RwSignal<Option<Thread>>) -> impl IntoView {
    let stage = Memo::new(move |_| thread.with(|t| t.as_ref().and_then(|t| t.stage.clone())).map(|(stage, _)| stage));
    view! {
        {move || stage.get().map(|stage| view! {
            <p class="now">{move || fill("stage-for-you", &[("stage", say(&format!("stage-{stage}")).into())])}</p>
        })}
    }
}

/// Somebody with the words by which to compare them.
#[component]
fn Somebody(person: Person, at: usize, doing: Doing) -> impl IntoView {
    let field = if at == 0 { "words".to_owned() } else { format!("words-{at}") };
    let desk = desk();
    let typed = RwSignal::new(String::new());
    let (account, compared, own) = (person.account.clone(), person.compared, person.own);
    let named = person.clone();
    let name = move || name_of(&named);
    let role = person.role.clone();
    let compare = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let asked = Compare { account: account.clone(), words: typed.get_untracked() };
        doing.run(asked, move |()| desk.tell(None));
    };
    view! {
        <span class="name">{name}</span>
        {person.name.is_some().then(|| view! { <span class="quiet">" · "{move || say(&format!("role-{role}"))}</span> })}
        {(!own).then(|| view! {
            <span class="quiet block">{move || if compared { say("compared") } else { say("not-compared") }}</span>
        })}
        {person.code_words.map(|words| view! { <span class="block">{move || fill("code-words-are", &[("words", words.clone().into())])}</span> })}
        {(!compared && !own).then(|| view! {
            <details>
                <summary>{t("compare")}</summary>
                <p>{t("compare-how")}</p>
                <form on:submit=compare>
                    <Field label="compare-words" name=field value=typed/>
                    <p class="actions"><button type="submit" class="second">{t("compare-check")}</button></p>
                </form>
            </details>
        })}
    }
}

/// Agreeing on words by which the client can show later who they are.
#[component]
fn CodeWords() -> impl IntoView {
    let (desk, doing) = (desk(), Doing::new());
    let words = RwSignal::new(String::new());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(session) = desk.session.get_untracked().filter(|_| !doing.busy.get_untracked()) else { return };
        doing.run(AgreeCodeWords { session, words: words.get_untracked() }, move |()| {
            words.set(String::new());
            desk.tell(None);
        });
    };
    view! {
        <details>
            <summary>{t("code-words-agree")}</summary>
            <p>{t("code-words-why")}</p>
            <form on:submit=submit>
                <SecretField label="code-words" name="code-words" value=words/>
                <Wrong problem=doing.problem/>
                <p class="actions"><button type="submit" class="second">{t("code-words-set")}</button></p>
                <Working doing text="sending"/>
            </form>
        </details>
    }
}

#[component]
fn Letters(thread: RwSignal<Option<Thread>>, newest: RwSignal<usize>) -> impl IntoView {
    let earlier = Memo::new(move |_| thread.with(|thread| thread.as_ref().map_or(0, |t| t.earlier)));
    let letters = move || thread.with(|thread| thread.as_ref().map(|t| t.letters.clone()).unwrap_or_default());
    view! {
        <Show when=move || { earlier.get() > 0 }>
            <p class="actions">
                <button type="button" class="second" on:click=move |_| newest.update(|newest| *newest += AT_ONCE)>
                    {move || fill("thread-earlier", &[("count", earlier.get().into())])}
                </button>
            </p>
        </Show>
        <ol class="letters" aria-label=t("thread-title")>
            <For each=letters key=|letter| (letter.position, matches!(letter.body, Body::Words(_))) children=|letter| view! { <OneLetter letter/> }/>
        </ol>
    }
}

#[component]
fn OneLetter(letter: Letter) -> impl IntoView {
    let Letter { from, stored, new, body, .. } = letter;
    let own = from.own;
    let from = move || name_of(&from);
    view! {
        <li class="letter" class:own=own>
            <article>
                <header>
                    <span class="name">{from}</span>" "<span class="quiet">{move || moment(stored)}</span>
                    {new.then(|| view! { " "<span class="badge">{t("letter-unread")}</span> })}
                </header>
                {match body {
                    Body::Words(words) => view! { <div class="words-of-letter">{words}</div> }.into_any(),
                    Body::CodeWords => view! { <p class="quiet">{t("letter-code-words")}</p> }.into_any(),
                    Body::Intake => view! { <p class="quiet">{t(if own { "letter-intake-own" } else { "letter-intake" })}</p> }.into_any(),
                    Body::Stage(stage) => view! { <p class="quiet">{move || stage_said(&stage)}</p> }.into_any(),
                    Body::Closed => view! { <p class="quiet">{t("letter-closed")}</p> }.into_any(),
                    Body::Unreadable => view! { <p class="quiet">{t("letter-unreadable")}</p> }.into_any(),
                }}
            </article>
        </li>
    }
}

fn stage_said(stage: &str) -> String {
    fill("letter-stage", &[("stage", say(&format!("stage-{stage}")).into())])
}

/// Writing: the first letter with questions that may help, every other with room alone.
#[component]
fn Write(
    session: String,
    thread: RwSignal<Option<Thread>>,
    newest: RwSignal<usize>,
    first: Signal<bool>,
    counsels: bool,
    reading: Doing,
    doing: Doing,
    fresh: RwSignal<usize>,
) -> impl IntoView {
    let (desk, arrived) = (desk(), RwSignal::new(None::<bool>));
    let text = RwSignal::new(desk.draft(&session));
    let kept = session.clone();
    Effect::new(move |_| desk.keep_draft(&kept, text.get()));
    let sending = session.clone();
    let send = move || {
        if doing.busy.get_untracked() {
            return;
        }
        let asked = Send { session: sending.clone(), text: text.get_untracked(), newest: newest.get_untracked() };
        let (sent, sent_in, also, was_first) =
            (asked.text.clone(), sending.clone(), asked.text.clone(), first.get_untracked());
        arrived.set(None);
        let always = move |_: &Thread| desk.is_sent(&sent_in, &also);
        doing.run_through(asked, always, move |read| {
            // somebody may have written on meanwhile
            if text.get_untracked() == sent {
                text.set(String::new());
            }
            reading.problem.set(None);
            fresh.set(0);
            thread.set(Some(read));
            arrived.set(Some(was_first));
        });
    };
    let submit = {
        let send = send.clone();
        move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            send();
        }
    };
    let changed = move || {
        let problem = doing.problem.get()?;
        let answerable =
            matches!(problem.trouble, Trouble::KeysChanged | Trouble::AccountFollowed | Trouble::SessionRefused);
        answerable.then_some(problem)
    };
    let asks = changed;
    let unanswered = Memo::new(move |_| asks().is_some());
    view! {
        <section class="write">
            {move || (first.get() && !counsels).then(|| view! { <Prompts/> })}
            <form on:submit=submit>
                <div class="field">
                    <label for="letter">{move || if first.get() && !counsels { say("write-first") } else { say("write-next") }}</label>
                    <textarea
                        id="letter"
                        rows="10"
                        autocomplete="off"
                        spellcheck="false"
                        aria-describedby="letter-hint"
                        prop:value=move || text.get()
                        on:input:target=move |event| text.set(event.target().value())
                    ></textarea>
                    <p class="hint" id="letter-hint">{t("write-hint")}</p>
                </div>
                <p role="status" class="wrong-line">{move || desk.unkept.get().then(|| t("write-unkept"))}</p>
                {counsels.then(|| view! { <Insert text/> })}
                <Wrong problem=doing.problem/>
                {
                    let session = session.clone();
                    move || changed().map(|problem| view! { <GoOn problem thread session=session.clone() doing/> })
                }
                // until new keys were asked about, sending again would say the same again
                <p class="actions" hidden=move || unanswered.get()>
                    <button type="submit" aria-disabled=move || doing.busy.get().to_string()>{t("send")}</button>
                </p>
                <Working doing text="sending"/>
                <p role="status" class="arrived">{move || (arrived.get().is_some() && fresh.get() == 0).then(|| t("arrived"))}</p>
            </form>
            {move || (arrived.get() == Some(true) && fresh.get() == 0 && !counsels).then(|| view! { <Continues/> })}
        </section>
    }
}

#[component]
fn Prompts() -> impl IntoView {
    view! {
        <div class="prompts">
            <h2>{t("prompts-title")}</h2>
            <p>{t("prompts-lead")}</p>
            <details>
                <summary>{t("prompts-more")}</summary>
                <ul class="calm">
                    <li>{t("prompt-now")}</li>
                    <li>{t("prompt-since")}</li>
                    <li>{t("prompt-tried")}</li>
                    <li>{t("prompt-wish")}</li>
                    <li>{t("prompt-safe")}</li>
                </ul>
            </details>
        </div>
    }
}

/// What happens after the first letter.
#[component]
fn Continues() -> impl IntoView {
    view! {
        <section class="note good">
            <h2>{t("continues-title")}</h2>
            <ul class="calm">
                <li>{t("continues-read")}</li>
                <li>{t("continues-look")}</li>
                <li>{t("continues-more")}</li>
                <li>{t("continues-danger")}</li>
            </ul>
        </section>
    }
}

/// Goes on after somebody has new keys or a new account, once they were asked by another way.
#[component]
fn GoOn(problem: Problem, thread: RwSignal<Option<Thread>>, session: String, doing: Doing) -> impl IntoView {
    let Problem { trouble, about, since } = problem;
    let account = about.unwrap_or_default();
    let who = thread
        .with_untracked(|thread| thread.as_ref()?.seat.people.iter().find(|person| person.account == account).cloned());
    let whose = move || {
        let name = name_of(who.as_ref()?);
        Some(match since {
            Some(since) => fill("new-keys-of", &[("name", name.into()), ("time", moment(since).into())]),
            None => fill("go-on-about", &[("name", name.into())]),
        })
    };
    // the letter can be sent again once this is done, and not while it is
    let confirming = Doing::new();
    let confirm = move |_| {
        let account = account.clone();
        let done = move |()| doing.problem.set(None);
        if confirming.busy.get_untracked() {
            return;
        }
        match trouble {
            Trouble::KeysChanged => confirming.run(AcknowledgeKeys { account }, done),
            Trouble::AccountFollowed => confirming.run(AcknowledgeAccount { account }, done),
            _ => confirming.run(RenewKeys { session: session.clone() }, done),
        }
    };
    let id = if trouble == Trouble::SessionRefused { "go-on-new-keys" } else { "go-on-asked" };
    view! {
        <p>{whose}</p>
        <p class="actions"><button type="button" on:click=confirm>{t(id)}</button></p>
        <Working doing=confirming text="working"/>
        <Wrong problem=confirming.problem/>
    }
}
