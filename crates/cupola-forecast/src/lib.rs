//! Forecasts of time series, and nothing else: no I/O, no clock, no chance. The same request gives the same bytes.
//!
//! A series is cleaned and scaled, freed of the columns that explain it (linear regression), of its seasons (STL), and what
//! is left is smoothed exponentially (ETS, the best of three by AICc). The forecast is the way back. [`run()`] answers a request
//! of the TimeGEN API; [`forecast`], [`cross_validate`] and [`detect_anomalies`] work on plain numbers.

mod anomalies;
mod budget;
mod calendar;
mod clean;
mod exogenous;
mod frequency;
mod model;
mod normal;
mod run;
mod season;
mod smooth;
mod unpack;
mod validate;

pub use anomalies::{Anomalies, detect_anomalies};
pub use budget::POINTS_MAX;
pub use calendar::{Grid, OffGrid};
pub use frequency::{Frequency, NoFrequency};
pub use model::{Fitted, Outlook, Series, Unfit, fit, forecast};
pub use run::run;
pub use unpack::unpack_zstd;
pub use validate::{NotValid, Validation, Window, cross_validate};
