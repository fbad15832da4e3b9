//! Writes and reads receipts.

use super::{FileError, State, receipt_name};
use crate::receipt::Receipt;

impl State {
    /// Writes a receipt.
    ///
    /// # Errors
    /// [`FileError`] if the receipt cannot be written.
    pub(crate) fn write_receipt(&self, receipt: &Receipt) -> Result<(), FileError> {
        let name = receipt_name(&receipt.plan_id);
        let mut bytes = serde_json::to_vec_pretty(receipt)
            .map_err(|error| FileError::at("write", &self.store.place(&name))(error.into()))?;
        bytes.push(b'\n');
        self.store.put(&name, &bytes)?;
        crate::killpoint::reached("receipt.written");
        Ok(())
    }

    /// The bytes of a plan's receipt.
    ///
    /// # Errors
    /// When there is no receipt, or it cannot be read.
    pub(crate) fn read_receipt_bytes(&self, plan_id: &str) -> Result<Vec<u8>, FileError> {
        self.existing(&receipt_name(plan_id))
    }

    /// Reads a plan's receipt. `None` if the plan was never applied here.
    ///
    /// # Errors
    /// When the receipt exists and cannot be read.
    pub(crate) fn read_receipt(&self, plan_id: &str) -> Result<Option<Receipt>, FileError> {
        self.parsed(&receipt_name(plan_id))
    }
}
