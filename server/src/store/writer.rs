//! The one writer of this process: many changes share one transaction and one fsync, in one order (group commit).

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use sqlx::AnyPool;
use sqlx::Connection as _;
use tokio::sync::{mpsc, oneshot, watch};

use super::dialect::Dialect;
use super::log::{Grow, Log};
use super::{Connection, Pending, StoreError};

/// The greatest number of changes in one transaction.
const MAX_BATCH: usize = 256;

/// A change: runs in a savepoint of its own and answers its caller by itself, once told whether it was committed.
pub(super) type Change =
    Box<dyn for<'c> FnOnce(&'c mut Connection) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'c>> + Send>;

/// What is left to do for a change after the commit.
pub(super) struct Outcome {
    /// Whether the savepoint is kept.
    pub(super) keep: bool,
    /// Tells the caller; `false` if the transaction failed.
    pub(super) answer: Box<dyn FnOnce(bool) + Send>,
}

/// Whom the writer tells of what it has committed.
#[derive(Debug)]
pub(super) struct Tell {
    /// The newest position.
    pub(super) newest: watch::Sender<u64>,
    /// The log as it is now.
    pub(super) log: watch::Sender<Option<Arc<Log>>>,
}

/// Hands changes to the writer.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    changes: mpsc::Sender<Change>,
}

impl Writer {
    /// Starts the writer. It ends when the last handle is dropped.
    pub(super) fn start(pool: AnyPool, dialect: Dialect, tell: Tell, grow: Grow) -> Self {
        let (changes, queue) = mpsc::channel(1024);
        tokio::spawn(write(pool, dialect, queue, tell, grow));
        Self { changes }
    }

    /// Runs a change and waits until it is durable, or refused.
    pub(super) async fn run<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> Pending<'c, T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let change: Change = Box::new(move |connection| {
            Box::pin(async move {
                let result = change(connection).await;
                let keep = result.is_ok();
                let answer = move |committed: bool| {
                    let result = if keep && !committed { Err(StoreError::Unavailable) } else { result };
                    let _caller_gone = answer.send(result);
                };
                Outcome { keep, answer: Box::new(answer) }
            })
        });
        self.changes.send(change).await.map_err(|_| StoreError::Unavailable)?;
        answered.await.map_err(|_| StoreError::Unavailable)?
    }
}

async fn write(pool: AnyPool, dialect: Dialect, mut queue: mpsc::Receiver<Change>, tell: Tell, grow: Grow) {
    let mut batch = Vec::new();
    while queue.recv_many(&mut batch, MAX_BATCH).await > 0 {
        // Dropping a change without an answer tells its caller that the store is unavailable.
        if let Err(error) = commit(&pool, dialect, &mut batch, &tell, grow).await {
            tracing::error!(%error, "a batch of changes was not stored");
        }
        batch.clear();
    }
}

async fn commit(
    pool: &AnyPool,
    dialect: Dialect,
    batch: &mut Vec<Change>,
    tell: &Tell,
    grow: Grow,
) -> Result<(), StoreError> {
    let mut connection = pool.acquire().await?;
    let known = tell.log.borrow().clone();
    match commit_on(&mut connection, dialect, batch, known, grow).await {
        Ok((position, log)) => {
            tell.newest.send_if_modified(|known| std::mem::replace(known, position) != position);
            if let Some(log) = log {
                tell.log.send_replace(Some(Arc::new(log)));
            }
            Ok(())
        }
        Err(error) => {
            // Its transaction may hang half open; the pool makes a new one.
            let _already_gone = connection.close().await;
            Err(error)
        }
    }
}

/// Returns the newest position after the commit, and the log if it has grown.
async fn commit_on(
    connection: &mut Connection,
    dialect: Dialect,
    batch: &mut Vec<Change>,
    known: Option<Arc<Log>>,
    grow: Grow,
) -> Result<(u64, Option<Log>), StoreError> {
    let mut transaction = connection.begin_with(dialect.begin()).await?;
    dialect.lock(&mut transaction).await?;
    let mut answers = Vec::with_capacity(batch.len());
    for change in batch.drain(..) {
        let mut savepoint = transaction.begin().await?;
        let outcome = change(&mut savepoint).await;
        if outcome.keep {
            savepoint.commit().await?;
        } else {
            savepoint.rollback().await?;
        }
        answers.push(outcome.answer);
    }
    let (position, log) = grow(&mut transaction, known).await?;
    let committed = transaction.commit().await;
    for answer in answers {
        answer(committed.is_ok());
    }
    committed?;
    Ok((position, log))
}
