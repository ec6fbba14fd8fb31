//! The web client: the pages, over the same library as the command line.

use leptos::prelude::*;

fn main() {
    leptos::mount::mount_to_body(|| view! { <p>"Amanah"</p> });
}
