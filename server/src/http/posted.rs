//! Addresses that take one signed structure of the signed-in account, admit it, and say where it was placed.

/// Declares handlers: the name is also that of the admission.
macro_rules! by_account {
    ($( $(#[$doc:meta])* $name:ident, $path:literal; )*) => { $(
        $(#[$doc])*
        #[utoipa::path(
            post,
            path = $path,
            request_body(content_type = "application/cbor"),
            responses((status = 201, body = amanah_protocol::api::Stored))
        )]
        pub(super) async fn $name(
            axum::extract::State(relay): axum::extract::State<std::sync::Arc<super::Relay>>,
            super::extract::SignedIn { account, .. }: super::extract::SignedIn,
            super::extract::Cbor(body): super::extract::Cbor,
        ) -> Result<axum::response::Response, super::problem::Refusal> {
            let scene = relay.scene();
            let change =
                relay.store.change(move |connection| Box::pin(async move { scene.$name(connection, account, &body).await }));
            Ok(super::centre::stored(change.await?))
        }
    )* };
}
pub(super) use by_account;

/// The same for what belongs to a session.
macro_rules! in_session {
    ($( $(#[$doc:meta])* $name:ident, $path:literal; )*) => { $(
        $(#[$doc])*
        #[utoipa::path(
            post,
            path = $path,
            params(("session" = String, Path, description = "Session id")),
            request_body(content_type = "application/cbor"),
            responses((status = 201, body = amanah_protocol::api::Stored))
        )]
        pub(super) async fn $name(
            axum::extract::State(relay): axum::extract::State<std::sync::Arc<super::Relay>>,
            super::extract::SignedIn { account, .. }: super::extract::SignedIn,
            super::extract::Id(session): super::extract::Id<amanah_protocol::ids::SessionId>,
            super::extract::Cbor(body): super::extract::Cbor,
        ) -> Result<axum::response::Response, super::problem::Refusal> {
            let scene = relay.scene();
            let change = relay.store.change(move |connection| {
                Box::pin(async move { scene.$name(connection, account, session, &body).await })
            });
            Ok(super::centre::stored(change.await?))
        }
    )* };
}
pub(super) use in_session;
