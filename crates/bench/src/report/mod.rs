//! What measurements came to: for the terminal, as JSON, or as a page. One shape for all commands.

mod html;
mod latency;
mod made;
pub(crate) mod orders;
mod plot;
mod publish;
mod sheet;

pub use latency::{Latency, distributions, histogram_plot, percentiles};
pub use made::Made;
pub use orders::Report as OrdersReport;
pub use plot::{Axis, Plot, Series, Shape};
pub use publish::{Outputs, publish};
pub use sheet::{Figure, Row, Section, Sheet, Table, Verdict};

pub use crate::timeline::{Moment, over_time};
