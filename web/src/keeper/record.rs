//! The centre's record as its own people read it.

use amanah_client_sdk::transport::Clock;

use super::{DeviceClock, Keeper, shown};
use crate::message::{Answers, CentreRecord, ReadRecord};
use crate::problem::Problem;

impl Answers<ReadRecord> for Keeper {
    async fn answer(&mut self, _: ReadRecord) -> Result<CentreRecord, Problem> {
        let relay = self.origin.clone();
        let device = self.device()?;
        device.refresh_centre().await?;
        Ok(shown::record(device.centre(), relay, DeviceClock.now()))
    }
}
