//! How device code is compared with the rule table.

pub mod limits;
pub mod points;
